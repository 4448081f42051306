//! The list of rooms: which part of it is seen, who is next.

use securechat_client::ids::RoomId;
use securechat_client::view::{RoomStanding, RoomView};

/// The first of `count` entries seen in `height` rows so that `chosen` is among them.
pub(crate) fn first_shown(chosen: usize, count: usize, height: usize) -> usize {
    if count <= height {
        return 0;
    }
    chosen.saturating_sub(height / 2).min(count - height)
}

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Down the list.
    On,
    /// Up the list.
    Back,
}

/// The next room one can be in, around the end of the list.
pub(crate) fn next_room(rooms: &[RoomView], from: Option<RoomId>, way: Way) -> Option<RoomId> {
    walk(rooms, from, way).find(|room| is_entered(room)).map(|room| room.room)
}

/// The next room with something unread, around the end of the list.
pub(crate) fn next_unread(rooms: &[RoomView], from: Option<RoomId>, way: Way) -> Option<RoomId> {
    walk(rooms, from, way).find(|room| room.unread > 0).map(|room| room.room)
}

/// Whether one is in it, or was.
pub(crate) fn is_entered(room: &RoomView) -> bool {
    room.state != RoomStanding::Listed
}

/// All other rooms, in order from the one looked at.
fn walk(rooms: &[RoomView], from: Option<RoomId>, way: Way) -> impl Iterator<Item = &RoomView> {
    let count = rooms.len();
    let here = rooms.iter().position(|room| Some(room.room) == from);
    let steps = if here.is_some() { 1..count } else { 0..count };
    let at = here.unwrap_or(0);
    steps.map(move |step| match way {
        Way::On => &rooms[(at + step) % count],
        Way::Back => &rooms[(at + count - step) % count],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::testing::room;

    #[test]
    fn the_chosen_entry_is_always_seen() {
        for count in 0..40 {
            for chosen in 0..count {
                let first = first_shown(chosen, count, 7);
                assert!(first <= chosen && chosen < first + 7, "{chosen} of {count}: {first}");
            }
        }
    }

    #[test]
    fn the_next_unread_room_is_found_around_the_end() {
        let mut rooms = vec![room(1, "#general"), room(2, "#ops"), room(3, "#random")];
        rooms[0].unread = 2;
        let from = Some(rooms[1].room);
        assert_eq!(next_unread(&rooms, from, Way::On), Some(rooms[0].room));
        assert_eq!(next_unread(&rooms, Some(rooms[0].room), Way::On), None);
        assert_eq!(next_room(&rooms, from, Way::On), Some(rooms[2].room));
        assert_eq!(next_room(&rooms, Some(rooms[0].room), Way::Back), Some(rooms[2].room));
        assert_eq!(next_room(&[], None, Way::On), None);
    }
}
