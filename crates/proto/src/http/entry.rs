//! Bodies of the door: what a server says of itself, passwords, sessions (docs/protocol.md §2, §3).

use securechat_ids::{DeviceId, Generation, ServerId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use super::{B64, Role, Secret};

body! {
    /// What a server says of itself to anybody.
    ServerInfo {
        /// Who it is.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        server_id: ServerId,
        /// Which life of its memory this is.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        generation: Generation,
        /// Release of the program.
        version: String,
        /// Protocol version it speaks.
        protocol: u32,
        /// Four words of its TLS identity, to compare by voice.
        words: Vec<String>,
        /// What that identity hashes to, as in an invite link. Only for those who cannot see the certificate themselves.
        pin: String,
        /// Whether it waits for its owner.
        needs_owner: bool,
        /// Its clock, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        now_ms: UnixMillis,
    }
}

body! {
    /// Asks how to stretch a password.
    Prelogin {
        /// Folded user name.
        user_name: String,
    }
}

body! {
    /// How to stretch a password (Argon2id, RFC 9106). The same for known and unknown names.
    PasswordParameters {
        /// 16 bytes.
        salt: B64,
        /// Memory, KiB.
        memory_kib: u32,
        /// Passes.
        passes: u32,
    }
}

body! {
    /// Makes an account with its first device.
    Register {
        /// Code of an invite or of the owner link.
        code: Secret,
        /// Must equal the name in the genesis link.
        user_name: String,
        /// How `auth` was stretched.
        parameters: PasswordParameters,
        /// `b64url(HKDF(mk, "securechat/auth/v1"))`, 43 characters.
        auth: Secret,
        /// 32 random bytes that the server keeps under its key file and hands out after a log-in.
        share: B64,
        /// Signed genesis link of the user's chain.
        genesis: B64,
        /// The sealed vault.
        vault: B64,
        /// Device name sealed under the vault key.
        device_name: B64,
    }
}

body! {
    /// Logs in by password, to add a device.
    Login {
        /// Folded user name.
        user_name: String,
        /// See [`Register::auth`].
        auth: Secret,
    }
}

body! {
    /// What a new device needs to unlock the vault and to sign itself onto the chain.
    LoggedIn {
        /// Whose account.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// Grants one `POST` to [`super::path::DEVICES`], for ten minutes.
        ticket: Secret,
        /// See [`Register::share`].
        share: B64,
        /// The sealed vault.
        vault: Vault,
        /// The user's signed chain links, in order.
        chain: Vec<B64>,
    }
}

body! {
    /// Asks for a nonce to sign.
    ChallengeFor {
        /// The device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
    }
}

body! {
    /// A nonce, good for one minute and one use.
    Challenge {
        /// 32 bytes.
        nonce: B64,
    }
}

body! {
    /// Opens a session by device key.
    ProveDevice {
        /// The device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// From [`Challenge`].
        nonce: B64,
        /// Ed25519 over `"SecureChat session v1" ‖ server_id ‖ device_id ‖ nonce`.
        signature: B64,
    }
}

body! {
    /// An open session.
    Session {
        /// Whose.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// Which device's.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Bearer token, stored hashed by the server.
        token: Secret,
        /// When it ends, Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
        /// `owner`, `admin` or `member`.
        role: Role,
    }
}

body! {
    /// Changes the password, all or nothing.
    ChangePassword {
        /// Proof of the old one, see [`Register::auth`].
        auth: Secret,
        /// How the new one was stretched.
        new_parameters: PasswordParameters,
        /// Proof of the new one.
        new_auth: Secret,
        /// New share.
        new_share: B64,
        /// Vault with the new password slot; its version must be one more than the server's.
        new_vault: Vault,
        /// Whether all other sessions end.
        end_other_sessions: bool,
    }
}

body! {
    /// The sealed vault, opaque to the server.
    Vault {
        /// Grows by one with each change.
        version: u64,
        /// At most [`crate::limits::VAULT_BYTES_MAX`].
        sealed: B64,
    }
}

/// Label of the signature that opens a session, see [`ProveDevice::signature`].
pub const SESSION_LABEL: &[u8] = b"SecureChat session v1";

/// The bytes a device signs to open a session.
pub fn session_challenge(server: &ServerId, device: &DeviceId, nonce: &[u8]) -> Vec<u8> {
    [SESSION_LABEL, server.as_bytes(), device.as_bytes(), nonce].concat()
}
