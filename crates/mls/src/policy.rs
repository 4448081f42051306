//! A room's policy: a GroupContext extension (type 0xF5C1) that server and members read alike.

use std::collections::BTreeSet;

use securechat_ids::UserId;
use serde::{Deserialize, Serialize};

/// How many days a message waits at the server for devices that are away, where nothing is kept for later reading.
const UNDELIVERED_DAYS: u32 = 30;

/// What kind of room it is, who may join, and how far newcomers read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Format version, 1.
    #[serde(rename = "v")]
    pub version: u8,
    /// Channel, private room or direct message.
    pub kind: Kind,
    /// How far newcomers read back; only ever tightened.
    pub history: History,
    /// Who may join.
    pub join: Join,
    /// How many days messages are kept; 0 is for ever.
    pub keep_days: u32,
    /// Who may add people, remove people and change this policy.
    pub admins: BTreeSet<UserId>,
    /// Who made the room.
    pub created_by: UserId,
}

/// Kind of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Listed in the team's directory.
    Channel,
    /// Known to its members only.
    Private,
    /// Two people.
    Dm,
}

/// How far newcomers read back, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// Everything that is kept.
    Shared,
    /// From their joining on.
    SinceJoin,
    /// Nothing is kept to be read back.
    None,
}

/// Who may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Whoever an admin adds.
    Invite,
    /// Everybody of the team, by themselves.
    Open,
}

/// Why bytes are not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The extension is missing.
    #[error("the group has no SecureChat policy")]
    Missing,
    /// Not CBOR of this shape, or of a newer version.
    #[error("the group's policy is malformed or of a newer version")]
    Malformed,
}

impl Policy {
    /// A new room's policy, with its maker as the one admin; messages are kept for ever.
    pub fn new(kind: Kind, history: History, join: Join, created_by: UserId) -> Self {
        let admins = BTreeSet::from([created_by]);
        Self { version: 1, kind, history, join, keep_days: 0, admins, created_by }
    }

    /// How many days the server keeps messages; 0 is for ever.
    pub fn server_keep_days(&self) -> u32 {
        match (self.history, self.keep_days) {
            (History::None, 0) => UNDELIVERED_DAYS,
            (History::None, days) => days.min(UNDELIVERED_DAYS),
            (History::Shared | History::SinceJoin, days) => days,
        }
    }

    /// The extension's bytes (CBOR).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(self, &mut bytes).expect("writing CBOR to memory cannot fail");
        bytes
    }

    /// Reads the extension's bytes, all of them: what server and members do not read alike must not be carried along.
    ///
    /// # Errors
    /// [`PolicyError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PolicyError> {
        let mut rest = bytes;
        let policy: Self = ciborium::from_reader(&mut rest).map_err(|_| PolicyError::Malformed)?;
        if policy.version == 1 && rest.is_empty() { Ok(policy) } else { Err(PolicyError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_all_of_its_bytes() {
        let by = UserId::from_bytes([1; 16]);
        let policy = Policy::new(Kind::Private, History::Shared, Join::Invite, by);
        let mut bytes = policy.to_bytes();
        assert_eq!(Policy::from_bytes(&bytes), Ok(policy));
        bytes.push(0);
        assert_eq!(Policy::from_bytes(&bytes), Err(PolicyError::Malformed));
    }

    #[test]
    fn a_policy_has_these_bytes() {
        let policy = Policy {
            keep_days: 30,
            ..Policy::new(Kind::Channel, History::Shared, Join::Open, UserId::from_bytes([1; 16]))
        };
        let mut expected = b"\xa7\x61v\x01\x64kind\x67channel\x67history\x66shared\x64join\x64open".to_vec();
        expected.extend(b"\x69keep_days\x18\x1e\x66admins\x81\x50");
        expected.extend([1; 16]);
        expected.extend(b"\x6acreated_by\x50");
        expected.extend([1; 16]);
        assert_eq!(policy.to_bytes(), expected);
    }

    #[test]
    fn where_nothing_is_kept_the_server_keeps_for_a_month_at_most() {
        let days = |history, keep_days| {
            let policy = Policy::new(Kind::Private, history, Join::Invite, UserId::from_bytes([1; 16]));
            Policy { keep_days, ..policy }.server_keep_days()
        };
        assert_eq!([days(History::Shared, 0), days(History::SinceJoin, 400)], [0, 400]);
        assert_eq!([days(History::None, 0), days(History::None, 400), days(History::None, 7)], [30, 30, 7]);
    }
}
