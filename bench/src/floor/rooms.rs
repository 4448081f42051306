//! Who is in which room, and what of a batch each room gets in one write.

use std::collections::BTreeMap;

use super::log::Said;
use crate::wire::{BINARY, server_frame};

/// A record holds 16 KiB; what a room gets is cut so that it fits one.
const RECORD_BYTES: usize = 16 * 1024;

/// Members of rooms, by the numbers of their connections.
#[derive(Default)]
pub(super) struct Rooms(BTreeMap<u16, Vec<usize>>);

impl Rooms {
    pub(super) fn join(&mut self, room: u16, member: usize) {
        self.0.entry(room).or_default().push(member);
    }

    pub(super) fn leave_all(&mut self, member: usize) {
        self.0.values_mut().for_each(|members| members.retain(|other| *other != member));
    }

    pub(super) fn members(&self, room: u16) -> &[usize] {
        self.0.get(&room).map_or(&[], Vec::as_slice)
    }
}

/// Bytes for rooms in order, each built once for all its members.
pub(super) fn by_room(said: &[Said]) -> Vec<(u16, Vec<u8>)> {
    let mut parts: Vec<(u16, Vec<u8>)> = Vec::new();
    let mut last: BTreeMap<u16, usize> = BTreeMap::new();
    for (room, message) in said {
        let fits = |part: &usize| parts[*part].1.len() + message.len() + 10 <= RECORD_BYTES;
        let part = last.get(room).copied().filter(fits).unwrap_or_else(|| {
            parts.push((*room, Vec::new()));
            parts.len() - 1
        });
        last.insert(*room, part);
        server_frame(BINARY, message, &mut parts[part].1);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_gets_a_batch_in_one_part_and_a_large_one_in_several() {
        let said: Vec<Said> = (0..10).map(|n| (n % 2, vec![0; 300])).collect();
        let parts = by_room(&said);
        assert_eq!(
            parts.iter().map(|(room, bytes)| (*room, bytes.len())).collect::<Vec<_>>(),
            [(0, 5 * 304), (1, 5 * 304)]
        );
        let many: Vec<Said> = (0..100).map(|_| (7, vec![0; 300])).collect();
        assert_eq!(by_room(&many).len(), 2);
    }
}
