//! MLS bytes as server and members meet them.

use std::sync::OnceLock;

use rusqlite::Connection;
use securechat_ids::UnixMillis;
use securechat_mls::{
    Member, Policy, PublicRoom, Removable, check_key_package, judge, peek_private_message, split_welcome,
};
use securechat_mls_member::{Joining, MemberError, Provider, SCHEMA};

/// A room of three that commits are tried against; `tests/generate.rs` wrote it together with commits that fit.
const ROOM: &[u8] = include_bytes!("../../../fuzz/fixtures/room.cbor");

/// Somewhere in the life of the corpus' key packages.
const NOW: UnixMillis = UnixMillis(1_795_600_000_000);

/// What the server reads of a message, and the CBOR that is inside MLS structures.
pub(crate) fn message(bytes: &[u8]) {
    let peeked = peek_private_message(bytes);
    if peeked.is_ok() {
        // Exactly one message: neither more nor less of it is one.
        assert!(peek_private_message(&bytes[..bytes.len() - 1]).is_err());
        assert!(peek_private_message(&[bytes, &[0]].concat()).is_err());
    }
    if let Ok(policy) = Policy::from_bytes(bytes) {
        assert_eq!(Policy::from_bytes(&policy.to_bytes()), Ok(policy));
        assert!(Policy::from_bytes(&[bytes, &[0]].concat()).is_err(), "a policy ends where it ends");
    }
    if let Some(member) = Member::from_bytes(bytes) {
        assert_eq!(member.to_bytes(), bytes);
    }
}

pub(crate) fn key_package(bytes: &[u8]) {
    if let Ok(checked) = check_key_package(bytes, NOW) {
        assert_eq!(check_key_package(bytes, NOW), Ok(checked));
        assert!(check_key_package(&[bytes, &[0]].concat(), NOW).is_err());
    }
}

/// What the server cuts apart, and what a device that has no key package for it makes of it.
pub(crate) fn welcome(bytes: &[u8]) {
    let Ok(parts) = split_welcome(bytes) else { return };
    for (reference, part) in &parts {
        let again = split_welcome(part).expect("a part is a Welcome");
        assert_eq!(again, [(reference.clone(), part.clone())]);
    }
    // Making a database costs more than all the rest.
    if let [(_, part)] = parts.as_slice() {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch(SCHEMA).expect("a schema");
        let opened = Joining::open(&Provider::new(&conn), part, &room().tree());
        assert!(
            matches!(opened, Err(MemberError::NoKeyPackage | MemberError::Invalid(_))),
            "nobody has its key"
        );
    }
}

/// A new room: two bytes say how long its GroupInfo is, the rest is its tree.
pub(crate) fn founding(bytes: &[u8]) {
    let Some((group_info, tree)) = split(bytes) else { return };
    if let Ok(room) = PublicRoom::found(group_info, tree) {
        assert_eq!(room.leaves().len(), 1);
        reads_back(&room);
    }
}

/// A commit: two bytes say how long it is, the rest is the GroupInfo of the epoch it makes.
pub(crate) fn commit(bytes: &[u8]) {
    let Some((commit, group_info)) = split(bytes) else { return };
    if let Some(next) = enter(commit, group_info) {
        assert_eq!(next.epoch().0, room().epoch().0 + 1);
        reads_back(&next);
    }
}

/// The room after a commit that holds.
fn enter(commit: &[u8], group_info: &[u8]) -> Option<PublicRoom> {
    let mut room = room();
    let staged = room.stage(commit).ok()?;
    let _whatever_it_says = judge(room.policy(), &room.leaves(), staged.facts(), Removable::Unchecked);
    room.apply(staged, group_info).ok().map(|()| room)
}

pub(crate) fn stored_room(bytes: &[u8]) {
    if let Ok(room) = PublicRoom::from_bytes(bytes) {
        reads_back(&room);
    }
}

fn reads_back(room: &PublicRoom) {
    let again = PublicRoom::from_bytes(&room.to_bytes()).expect("what was written can be read");
    assert_eq!((again.room(), again.epoch(), again.leaves()), (room.room(), room.epoch(), room.leaves()));
    assert_eq!((again.policy(), again.tree()), (room.policy(), room.tree()));
}

fn room() -> PublicRoom {
    static READS: OnceLock<()> = OnceLock::new();
    READS.get_or_init(|| assert!(!ROOM.is_empty(), "run the generator first (fuzz/README.md)"));
    PublicRoom::from_bytes(ROOM).expect("the fixture reads")
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Refusing everything would be a poor target: seeds without a life that ends must be taken on any day.
    #[test]
    fn seeds_reach_the_end_of_what_they_are_for() {
        let seed = |name: &str| {
            let path = format!("{}/../../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read(path).expect("a seed")
        };
        for name in ["renew", "remove", "policy"] {
            let bytes = seed(&format!("room_commit/seed-{name}"));
            let (commit, group_info) = split(&bytes).expect("two parts");
            assert!(enter(commit, group_info).is_some(), "{name}");
        }
        let founded = seed("room_founding/seed-founded");
        let (group_info, tree) = split(&founded).expect("two parts");
        assert!(PublicRoom::found(group_info, tree).is_ok());
        assert!(PublicRoom::from_bytes(&seed("stored_room/seed-three")).is_ok());
        assert_eq!(split_welcome(&seed("welcome/seed-two")).map(|parts| parts.len()), Ok(2));
        assert!(peek_private_message(&seed("mls_message/seed-said")).is_ok());
    }
}
