//! Where two people's direct messages are: one room for each pair, found by both without asking.

use securechat_ids::{RoomId, ServerId, UserId};
use sha2::{Digest, Sha256};

/// First byte of every direct-message room's id, and of no other room's.
const MARK: u8 = 0xd1;

/// Whether an id is one that only direct messages have.
pub fn is_dm_room(room: &RoomId) -> bool {
    room.as_bytes()[0] == MARK
}

/// Room of a pair: the first 16 bytes of `SHA-256("SecureChat dm v1" ‖ server_id ‖ smaller id ‖ larger id)`, the first of
/// them replaced by 0xd1.
///
/// A server takes up a room under such an id only as a direct message and only from one of the two: nobody else can
/// take the place where two people will look for each other.
pub fn dm_room(server: &ServerId, one: &UserId, other: &UserId) -> RoomId {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    let hash = Sha256::new()
        .chain_update(b"SecureChat dm v1")
        .chain_update(server.as_bytes())
        .chain_update(first.as_bytes())
        .chain_update(second.as_bytes())
        .finalize();
    let mut id: [u8; 16] = hash[..16].try_into().expect("a hash has 32 bytes");
    id[0] = MARK;
    RoomId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_find_the_same_room_and_nobody_else_does() {
        let server = ServerId::from_bytes([1; 16]);
        let user = |n| UserId::from_bytes([n; 16]);
        assert_eq!(dm_room(&server, &user(2), &user(3)), dm_room(&server, &user(3), &user(2)));
        assert_ne!(dm_room(&server, &user(2), &user(3)), dm_room(&server, &user(2), &user(4)));
        assert!(is_dm_room(&dm_room(&server, &user(2), &user(3))));
        assert!(!is_dm_room(&RoomId::from_bytes([0; 16])));
    }
}
