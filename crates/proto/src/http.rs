//! Bodies of the JSON API under `/api/v1` (docs/protocol.md §3): accounts, devices, invites, people.
//!
//! Bytes travel as base64url without padding ([`B64`]), identifiers as 32 hex digits, times as Unix milliseconds.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
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

mod devices;
mod entry;
mod linking;
mod overview;
mod people;
mod recovery;
mod report;

pub use devices::{AddDevice, Device, RevokeDevice};
pub use entry::{
    Challenge, ChallengeFor, ChangePassword, LoggedIn, Login, PasswordParameters, Prelogin, ProveDevice,
    Register, SESSION_LABEL, ServerInfo, Session, Vault, session_challenge,
};
pub use linking::{AwaitLinking, Linking, LinkingMessage, OpenLinking, TakeLinking};
pub use overview::{Certificate, Check, Limit, Overview, RefusalCount, Storage};
pub use people::{Deactivate, Invite, NewInvite, RevokeInvite, Role, SetRole, User};
pub use recovery::{
    LostDevice, NamedDevice, NewResetCode, RESET_CODE_PREFIX, Recover, RecoverChallenge, RecoverFor,
    RecoverPassword, Recovered, Reset, ResetCode, ResetFor, ResetStart, RotateRecovery, recover_challenge,
    recover_password_challenge,
};
pub use report::{Report, ReportReceipt, ReportRoom, ReportSession};

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
