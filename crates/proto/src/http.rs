//! Bodies of the JSON API under `/api/v1` (docs/protocol.md §3): accounts, devices, invites, people.
//!
//! Bytes travel as base64url without padding ([`B64`]), identifiers as 32 hex digits, times as Unix milliseconds.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use securechat_ids::{DeviceId, Generation, RoomId, ServerId, UnixMillis, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Code;

/// Every path of the API, in one place.
pub mod path {
    /// `GET` → [`super::ServerInfo`].
    pub const SERVER: &str = "/api/v1/server";
    /// `POST` [`super::Prelogin`] → [`super::PasswordParameters`].
    pub const PRELOGIN: &str = "/api/v1/auth/prelogin";
    /// `POST` [`super::Register`] → [`super::Session`].
    pub const REGISTER: &str = "/api/v1/auth/register";
    /// `POST` [`super::Login`] → [`super::LoggedIn`].
    pub const LOGIN: &str = "/api/v1/auth/login";
    /// `POST` [`super::ChallengeFor`] → [`super::Challenge`].
    pub const CHALLENGE: &str = "/api/v1/auth/challenge";
    /// `POST` [`super::ProveDevice`] → [`super::Session`].
    pub const SESSION: &str = "/api/v1/auth/session";
    /// `POST` with a session → nothing.
    pub const LOGOUT: &str = "/api/v1/auth/logout";
    /// `POST` [`super::ChangePassword`] with a session → nothing.
    pub const PASSWORD: &str = "/api/v1/auth/password";
    /// `POST` [`super::RecoverFor`] → [`super::RecoverChallenge`].
    pub const RECOVER_CHALLENGE: &str = "/api/v1/auth/recover/challenge";
    /// `POST` [`super::Recover`] → [`super::Recovered`].
    pub const RECOVER: &str = "/api/v1/auth/recover";
    /// `POST` [`super::RecoverPassword`] with a session → nothing.
    pub const RECOVER_PASSWORD: &str = "/api/v1/auth/password/recover";
    /// `POST` [`super::RotateRecovery`] with a session → nothing.
    pub const ROTATE_RECOVERY: &str = "/api/v1/recovery/rotate";
    /// `POST` [`super::ResetFor`] → [`super::ResetStart`].
    pub const RESET_START: &str = "/api/v1/auth/reset/start";
    /// `POST` [`super::Reset`] → [`super::Session`].
    pub const RESET: &str = "/api/v1/auth/reset";
    /// `POST` [`super::NewResetCode`] with an owner's or admin's session → [`super::ResetCode`].
    pub const RESET_CODE: &str = "/api/v1/users/reset-code";
    /// `GET` with a session → [`super::Vault`]; `PUT` [`super::Vault`] → nothing.
    pub const VAULT: &str = "/api/v1/vault";
    /// `GET` with a session → `[`[`super::Device`]`]`; `POST` [`super::AddDevice`] with a login ticket → [`super::Session`].
    pub const DEVICES: &str = "/api/v1/devices";
    /// `POST` [`super::RevokeDevice`] with a session → nothing.
    pub const REVOKE_DEVICE: &str = "/api/v1/devices/revoke";
    /// `POST` [`super::LostDevice`] with a session → nothing.
    pub const LOST_DEVICE: &str = "/api/v1/devices/lost";
    /// `POST` [`super::AddDevice`] with a session → nothing.
    pub const VOUCH_DEVICE: &str = "/api/v1/devices/vouch";
    /// `POST` [`super::OpenLinking`] → [`super::Linking`].
    pub const LINK: &str = "/api/v1/link";
    /// `POST` [`super::TakeLinking`] with a session → [`super::LinkingMessage`].
    pub const TAKE_LINK: &str = "/api/v1/link/take";
    /// `POST` [`super::LinkingMessage`] with a linking's token or the taker's session → nothing.
    pub const PUT_LINK: &str = "/api/v1/link/put";
    /// `POST` [`super::AwaitLinking`] with a linking's token or the taker's session → [`super::LinkingMessage`].
    pub const GET_LINK: &str = "/api/v1/link/get";
    /// `GET` with a session → `[`[`super::Invite`]`]`; `POST` [`super::NewInvite`] → [`super::Invite`] with its code.
    pub const INVITES: &str = "/api/v1/invites";
    /// `POST` [`super::RevokeInvite`] with a session → nothing.
    pub const REVOKE_INVITE: &str = "/api/v1/invites/revoke";
    /// `GET` with a session → `[`[`super::User`]`]`.
    pub const USERS: &str = "/api/v1/users";
    /// `POST` [`super::SetRole`] with an owner's session → nothing.
    pub const SET_ROLE: &str = "/api/v1/users/role";
    /// `POST` [`super::Deactivate`] with an owner's or admin's session → nothing.
    pub const DEACTIVATE: &str = "/api/v1/users/deactivate";
    /// `GET` with a session → [`super::Report`].
    pub const REPORT: &str = "/api/v1/report";
    /// `GET` with an owner's or admin's session → [`super::Overview`].
    pub const OVERVIEW: &str = "/api/v1/overview";
    /// `GET` → the OpenAPI document.
    pub const OPENAPI: &str = "/api/v1/openapi.json";
    /// The WebSocket.
    pub const WS: &str = "/ws";
    /// `GET` → 200 while the process lives.
    pub const HEALTHZ: &str = "/healthz";
    /// `GET` → 200 while the server can take writes.
    pub const READYZ: &str = "/readyz";
}

/// Bytes as base64url text without padding.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct B64(pub Vec<u8>);

impl fmt::Debug for B64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "B64({} bytes)", self.0.len())
    }
}

impl Serialize for B64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for B64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64URL_NOPAD.decode(text.as_bytes()).map(B64).map_err(de::Error::custom)
    }
}

impl From<Vec<u8>> for B64 {
    fn from(bytes: Vec<u8>) -> Self {
        B64(bytes)
    }
}

/// Bytes that must not be printed: they grant something.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

macro_rules! schema {
    ($($ty:ty => $example:literal),* $(,)?) => {$(
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $ty {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($example))
                    .into()
            }
        }
        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $ty {}
    )*};
}

schema! {
    B64 => "bytes as base64url without padding",
    Secret => "a secret text",
}

macro_rules! body {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $ty,)*
        }
    };
}

mod linking;
mod overview;
mod recovery;

pub use linking::{AwaitLinking, Linking, LinkingMessage, OpenLinking, TakeLinking};
pub use overview::{Certificate, Check, Limit, Overview, RefusalCount, Storage};
pub use recovery::{
    LostDevice, NamedDevice, NewResetCode, RESET_CODE_PREFIX, Recover, RecoverChallenge, RecoverFor,
    RecoverPassword, Recovered, Reset, ResetCode, ResetFor, ResetStart, RotateRecovery, recover_challenge,
    recover_password_challenge,
};

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
        /// Grants one `POST` to [`path::DEVICES`], for ten minutes.
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
    /// Adds the device that the link names.
    AddDevice {
        /// Signed `add_device` link.
        link: B64,
        /// Device name sealed under the vault key.
        device_name: B64,
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

body! {
    /// A device as its own user sees it.
    Device {
        /// The device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Sealed under the vault key.
        device_name: B64,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        added_ms: UnixMillis,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        last_seen_ms: UnixMillis,
        /// Whether this session is its.
        current: bool,
    }
}

body! {
    /// Revokes the device that the link names.
    RevokeDevice {
        /// Signed `revoke_device` link.
        link: B64,
    }
}

body! {
    /// Makes an invite.
    NewInvite {
        /// How many may use it; at most [`crate::limits::INVITE_USES_MAX`].
        uses: u32,
        /// Seconds it lives; at most [`crate::limits::INVITE_SECONDS_MAX`].
        expires_s: u64,
        /// Role of those who use it; `owner` is refused.
        role: Role,
    }
}

body! {
    /// An invite.
    Invite {
        /// Names it when listing and revoking.
        id: String,
        /// The code, only in the answer that makes it: the server keeps a hash.
        code: Option<Secret>,
        /// Uses left.
        uses: u32,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
        /// Role it gives.
        role: Role,
    }
}

body! {
    /// Ends an invite.
    RevokeInvite {
        /// From [`Invite::id`].
        id: String,
    }
}

body! {
    /// A person as members see them.
    User {
        /// Who.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// Name.
        user_name: String,
        /// Role.
        role: Role,
        /// Whether the account works.
        active: bool,
        /// Whether a device of theirs is connected now.
        online: bool,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        created_ms: UnixMillis,
    }
}

body! {
    /// Gives a role.
    SetRole {
        /// To whom.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
        /// Which; `owner` hands the team over.
        role: Role,
    }
}

body! {
    /// Deactivates a person: sessions end, leaves are to be removed everywhere.
    Deactivate {
        /// Whom.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        user_id: UserId,
    }
}

body! {
    /// All that the server holds about the asker.
    Report {
        /// The account.
        user: User,
        /// Devices.
        devices: Vec<Device>,
        /// Rooms with times and padded sizes.
        rooms: Vec<ReportRoom>,
        /// Live sessions.
        sessions: Vec<ReportSession>,
        /// Bytes of the sealed vault.
        vault_bytes: u64,
        /// Links of the user's chain, as they were signed; everybody of the team has them.
        chain_links: Vec<B64>,
        /// Sealed items.
        items: u64,
        /// Their sealed bytes.
        item_bytes: u64,
        /// Sealed receipts, one for each room and device.
        receipts: Vec<ReportReceipt>,
        /// Invites the asker made that still work; without their codes.
        invites: Vec<Invite>,
    }
}

body! {
    /// A session of the asker; of its token the server keeps a hash.
    ReportSession {
        /// Which device's.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        opened_ms: UnixMillis,
        /// Unix milliseconds; moves on with use.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        expires_ms: UnixMillis,
    }
}

body! {
    /// A sealed receipt of a device of the asker.
    ReportReceipt {
        /// Where.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        room_id: RoomId,
        /// Of which device.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        device_id: DeviceId,
        /// Epoch whose key sealed it.
        epoch: u64,
        /// Sealed bytes.
        bytes: u64,
    }
}

body! {
    /// What the server holds of the asker in one room.
    ReportRoom {
        /// The room; its name is not known to the server.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        room_id: RoomId,
        /// Unix milliseconds.
        #[cfg_attr(feature = "openapi", schema(value_type = u64))]
        joined_ms: UnixMillis,
        /// Events sent by the asker's devices.
        events: u64,
        /// Their sealed bytes.
        bytes: u64,
    }
}

body! {
    /// A refusal as JSON.
    Problem {
        /// What kind.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        code: Code,
        /// For people.
        message: String,
        /// Milliseconds to wait; zero when waiting does not help.
        retry_after_ms: u64,
    }
}

/// What a person may do in the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Talks.
    Member,
    /// Also invites and deactivates.
    Admin,
    /// Also gives roles; exactly one.
    Owner,
}

impl Role {
    /// The stable text.
    pub const fn text(self) -> &'static str {
        match self {
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "member" => Ok(Role::Member),
            "admin" => Ok(Role::Admin),
            "owner" => Ok(Role::Owner),
            _ => Err("a role is 'member', 'admin' or 'owner'".into()),
        }
    }
}

/// Label of the signature that opens a session, see [`ProveDevice::signature`].
pub const SESSION_LABEL: &[u8] = b"SecureChat session v1";

/// The bytes a device signs to open a session.
pub fn session_challenge(server: &ServerId, device: &DeviceId, nonce: &[u8]) -> Vec<u8> {
    [SESSION_LABEL, server.as_bytes(), device.as_bytes(), nonce].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_travel_as_base64url() {
        let json = serde_json::to_string(&B64(vec![0xfb, 0xff])).expect("serialises");
        assert_eq!(json, "\"-_8\"");
        assert_eq!(serde_json::from_str::<B64>(&json).expect("parses"), B64(vec![0xfb, 0xff]));
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(serde_json::from_str::<Prelogin>(r#"{"user_name":"a","admin":true}"#).is_err());
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "Secret(…)");
    }
}
