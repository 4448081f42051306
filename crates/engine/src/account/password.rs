//! From a password to two secrets: one that proves it to the server, one that the server never sees (docs/protocol.md §2).

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use securechat_proto::http::{B64, PasswordParameters, Secret};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Cx;

/// Memory for new passwords, KiB (RFC 9106 §4, second recommendation).
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes for new passwords.
const PASSES: u32 = 3;
/// Least memory this client accepts from a server, KiB: less would be an attack on the password.
const MEMORY_KIB_MIN: u32 = 19 * 1024;
/// Most memory this client accepts, KiB: more would be an attack on this machine.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// Least passes.
const PASSES_MIN: u32 = 2;
/// Most passes.
const PASSES_MAX: u32 = 16;
/// Fewest characters of a new password.
const CHARACTERS_MIN: usize = 8;
/// Most bytes of a password.
const BYTES_MAX: usize = 1024;
/// Salt length, bytes.
const SALT_BYTES: usize = 16;

/// The stretched password: 32 bytes from Argon2id, zeroed when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Stretched([u8; 32]);

/// Why a password cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short to protect anything.
    #[error("the password is too short; use at least {CHARACTERS_MIN} characters, better a few words")]
    Short,
    /// Too long.
    #[error("the password is longer than {BYTES_MAX} bytes")]
    Long,
    /// Equal to the user name, or one character repeated.
    #[error("the password is too easy to guess; use a few unrelated words")]
    Guessable,
    /// The server asks for a stretching so weak or so heavy that it must be an attack.
    #[error("the server asks for password parameters outside safe bounds, so nothing was sent to it")]
    Parameters,
}

/// Whether a new password may be used for this name.
///
/// # Errors
/// [`PasswordError`] with what to do.
pub fn check_strength(password: &str, user_name: &str) -> Result<(), PasswordError> {
    if password.len() > BYTES_MAX {
        return Err(PasswordError::Long);
    }
    if password.chars().count() < CHARACTERS_MIN {
        return Err(PasswordError::Short);
    }
    let first = password.chars().next();
    let one_character = password.chars().all(|c| Some(c) == first);
    if one_character || password.eq_ignore_ascii_case(user_name) {
        return Err(PasswordError::Guessable);
    }
    Ok(())
}

/// Parameters for a new password: today's cost and a fresh salt.
pub fn fresh_parameters(cx: &mut Cx<'_>) -> PasswordParameters {
    PasswordParameters {
        salt: B64(cx.bytes::<SALT_BYTES>().to_vec()),
        memory_kib: MEMORY_KIB,
        passes: PASSES,
    }
}

/// Stretches a password: `Argon2id(NFKC(password), salt, m, t, p = 1)`.
///
/// # Errors
/// [`PasswordError::Parameters`] for parameters outside this client's bounds, [`PasswordError::Long`].
pub fn stretch(password: &str, parameters: &PasswordParameters) -> Result<Stretched, PasswordError> {
    let in_bounds = (MEMORY_KIB_MIN..=MEMORY_KIB_MAX).contains(&parameters.memory_kib)
        && (PASSES_MIN..=PASSES_MAX).contains(&parameters.passes)
        && parameters.salt.0.len() == SALT_BYTES;
    if !in_bounds {
        return Err(PasswordError::Parameters);
    }
    if password.len() > BYTES_MAX {
        return Err(PasswordError::Long);
    }
    let normal: Zeroizing<String> = Zeroizing::new(password.nfkc().collect());
    let params = Params::new(parameters.memory_kib, parameters.passes, 1, Some(32))
        .map_err(|_| PasswordError::Parameters)?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(normal.as_bytes(), &parameters.salt.0, &mut out)
        .map_err(|_| PasswordError::Parameters)?;
    Ok(Stretched(out))
}

impl Stretched {
    /// What proves the password to the server: 43 characters, safe for bcrypt's 72 bytes and its NUL.
    pub fn auth(&self) -> Secret {
        let mut okm = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(b"securechat/auth/v1", okm.as_mut())
            .expect("32 bytes are a valid HKDF length");
        Secret(BASE64URL_NOPAD.encode(okm.as_ref()))
    }

    /// What seals the vault key; needs the share that the server hands out only after a log-in.
    pub(super) fn wrap(&self, share: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut okm = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(share), &self.0)
            .expand(b"securechat/wrap/v1", okm.as_mut())
            .expect("32 bytes are a valid HKDF length");
        okm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(memory_kib: u32, passes: u32) -> PasswordParameters {
        PasswordParameters { salt: B64(vec![7; SALT_BYTES]), memory_kib, passes }
    }

    #[test]
    fn both_secrets_of_a_password_have_these_values() {
        let stretched = stretch("correct horse", &parameters(MEMORY_KIB_MIN, PASSES_MIN)).expect("stretches");
        let again = stretch("correct horse", &parameters(MEMORY_KIB_MIN, PASSES_MIN)).expect("stretches");
        assert_eq!(stretched.auth(), again.auth());
        assert_eq!(stretched.auth().0.len(), 43);
        assert_ne!(stretched.wrap(&[1; 32]).as_ref(), stretched.wrap(&[2; 32]).as_ref());
    }

    /// The old project's bcrypt cut at 72 bytes and at NUL.
    #[test]
    fn passwords_that_agree_in_72_bytes_or_up_to_a_nul_differ() {
        let p = parameters(MEMORY_KIB_MIN, PASSES_MIN);
        let long = "x".repeat(72);
        let auth = |text: &str| stretch(text, &p).expect("stretches").auth();
        assert_ne!(auth(&format!("{long}a")), auth(&format!("{long}b")));
        assert_ne!(auth("secret\0one"), auth("secret\0two"));
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one_password() {
        let p = parameters(MEMORY_KIB_MIN, PASSES_MIN);
        let composed = stretch("caf\u{e9} au lait", &p).expect("stretches");
        let combining = stretch("cafe\u{301} au lait", &p).expect("stretches");
        assert_eq!(composed.auth(), combining.auth());
    }

    #[test]
    fn a_server_that_asks_for_weak_or_absurd_stretching_gets_nothing() {
        for (memory, passes) in [(8 * 1024, 3), (64 * 1024, 1), (4 * 1024 * 1024, 3), (64 * 1024, 99)] {
            assert_eq!(
                stretch("password", &parameters(memory, passes)).err(),
                Some(PasswordError::Parameters)
            );
        }
    }

    #[test]
    fn weak_passwords_are_named() {
        assert_eq!(check_strength("short", "ana"), Err(PasswordError::Short));
        assert_eq!(check_strength("anastasia", "Anastasia"), Err(PasswordError::Guessable));
        assert_eq!(check_strength("aaaaaaaaaaaa", "ana"), Err(PasswordError::Guessable));
        assert_eq!(check_strength("correct horse", "ana"), Ok(()));
    }
}
