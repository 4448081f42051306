//! The constants of our MLS profile (docs/protocol.md §6).

use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, ExtensionType, PURE_PLAINTEXT_WIRE_FORMAT_POLICY,
    ProtocolVersion, SenderRatchetConfiguration, WireFormatPolicy,
};

/// X-Wing (ML-KEM-768 + X25519), AES-256-GCM, SHA-384, Ed25519: draft-ietf-mls-pq-ciphersuites, 0x004E.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519;
/// Type of the policy extension in the GroupContext (private-use range, RFC 9420 §17.3).
pub const POLICY_EXTENSION: u16 = 0xF5C1;
/// PrivateMessages are padded to a multiple of this many bytes.
pub const PADDING_BYTES: usize = 128;
/// Handshakes are PublicMessages so that the server can check them; application messages are PrivateMessages.
pub const WIRE_FORMAT: WireFormatPolicy = PURE_PLAINTEXT_WIRE_FORMAT_POLICY;
/// Longest life of a key package, in seconds (84 days and the hour before its making).
pub const KEY_PACKAGE_SECONDS_MAX: u64 = 84 * 24 * 3600 + 3600;

/// Most leaves of a room.
pub const LEAVES_MAX: usize = 1_000;
/// Most devices of one user in a room.
pub const DEVICES_PER_USER_MAX: usize = 8;

/// What every leaf of ours can do: exactly this profile.
pub fn capabilities() -> Capabilities {
    Capabilities::new(
        Some(&[ProtocolVersion::Mls10]),
        Some(&[SUITE]),
        Some(&[ExtensionType::Unknown(POLICY_EXTENSION), ExtensionType::LastResort]),
        None,
        Some(&[CredentialType::Basic]),
    )
}

/// How far a sender's ratchet may run ahead or be asked to look back.
pub fn sender_ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(64, 2000)
}
