//! The constants of our MLS profile (docs/protocol.md §6).

use openmls::group::GroupContext;
use openmls::prelude::{
    Capabilities, Ciphersuite, CredentialType, Extension, ExtensionType, Extensions, LeafNode,
    PURE_PLAINTEXT_WIRE_FORMAT_POLICY, ProtocolVersion, RequiredCapabilitiesExtension,
    SenderRatchetConfiguration, UnknownExtension, VerifiableCiphersuite, WireFormatPolicy,
};

use crate::Policy;

/// X-Wing (ML-KEM-768 + X25519), AES-256-GCM, SHA-384, Ed25519: draft-ietf-mls-pq-ciphersuites, 0x004E.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519;
/// Type of the policy extension in the GroupContext (private-use range, RFC 9420 §17.3).
pub const POLICY_EXTENSION: u16 = 0xF5C1;
/// PrivateMessages are padded to a multiple of this many bytes.
pub const PADDING_BYTES: usize = 128;
/// Handshakes are PublicMessages so that the server can check them; application messages are PrivateMessages.
pub const WIRE_FORMAT: WireFormatPolicy = PURE_PLAINTEXT_WIRE_FORMAT_POLICY;
/// Longest life of a key package, in seconds: 84 days and an hour.
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

/// Extensions of a room's GroupContext: its policy, and that whoever is in the room must know it. Without the second,
/// OpenMLS takes a policy at the founding but no change of it later.
pub fn group_context(policy: &Policy) -> Extensions<GroupContext> {
    let known = [ExtensionType::Unknown(POLICY_EXTENSION)];
    let required = RequiredCapabilitiesExtension::new(&known, &[], &[]);
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required),
        Extension::Unknown(POLICY_EXTENSION, UnknownExtension(policy.to_bytes())),
    ])
    .expect("two different extensions, both at home in a GroupContext")
}

/// Whether a leaf can do what every room of ours asks of it; what it can do beside is its own affair.
pub(crate) fn fits(leaf: &LeafNode) -> bool {
    let can = leaf.capabilities();
    can.versions().contains(&ProtocolVersion::Mls10)
        && can.ciphersuites().contains(&VerifiableCiphersuite::from(SUITE))
        && can.extensions().contains(&ExtensionType::Unknown(POLICY_EXTENSION))
        && can.credentials().contains(&CredentialType::Basic)
        && leaf.extensions().iter().next().is_none()
}

/// How far a sender's ratchet may run ahead or be asked to look back.
pub fn sender_ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(64, 2000)
}
