//! Where two people's direct messages are: one room for each pair, found by both without asking.

use securechat_ids::{RoomId, ServerId, UserId};
use sha2::{Digest, Sha256};

/// Room of a pair: the first 16 bytes of `SHA-256("SecureChat dm v1" ‖ server_id ‖ smaller id ‖ larger id)`.
///
/// A server takes up a direct-message room under this id only from one of the two.
pub fn dm_room(server: &ServerId, one: &UserId, other: &UserId) -> RoomId {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    let hash = Sha256::new()
        .chain_update(b"SecureChat dm v1")
        .chain_update(server.as_bytes())
        .chain_update(first.as_bytes())
        .chain_update(second.as_bytes())
        .finalize();
    RoomId::from_bytes(hash[..16].try_into().expect("a hash has 32 bytes"))
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
    }
}
