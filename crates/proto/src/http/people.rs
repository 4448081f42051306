//! Bodies about who is on the team: invites, users, roles (docs/protocol.md §3).

use securechat_ids::{UnixMillis, UserId};
use serde::{Deserialize, Serialize};

use super::Secret;

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
