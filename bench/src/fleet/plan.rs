//! Who is in which room: the same on both servers, so that one set of sessions serves every scenario.

/// Large rooms by their number of members, which is also their number: the first so many people are in each.
pub(crate) const BIG_ROOMS: [u16; 3] = [10, 100, 1_000];
/// Rooms of five.
pub(crate) const SMALL_ROOMS: u16 = 200;
/// Members of each.
pub(crate) const SMALL_MEMBERS: u16 = 5;
/// Who speaks in a large room.
pub(crate) const SPEAKERS: usize = 10;
/// Number of the first small room.
const SMALL_FROM: u16 = 2_000;
/// Number of the first room of the person who is in a thousand.
pub(super) const MANY_FROM: u16 = 3_000;
/// Rooms of that person.
pub(crate) const MANY_ROOMS: u16 = 1_000;
/// A room that somebody has to catch up with.
pub(crate) const LONG_ROOM: u16 = 5_000;
/// Messages in it.
pub(crate) const LONG_MESSAGES: u64 = 10_000;

/// The small room of a person.
pub(crate) fn small_room(person: usize) -> u16 {
    SMALL_FROM + u16::try_from(person).unwrap_or(u16::MAX) / SMALL_MEMBERS
}

/// All rooms that a person is in and that anybody speaks in.
pub(super) fn rooms_of(person: usize) -> Vec<u16> {
    let big = BIG_ROOMS.into_iter().filter(|members| person < usize::from(*members));
    let small = (person < usize::from(SMALL_ROOMS * SMALL_MEMBERS)).then(|| small_room(person));
    big.chain(small).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_have_as_many_members_as_they_are_called_by() {
        let members = |room| (0..20_000).filter(|person| rooms_of(*person).contains(&room)).count();
        assert_eq!([10, 100, 1_000].map(members), [10, 100, 1_000]);
        assert_eq!([SMALL_FROM, SMALL_FROM + SMALL_ROOMS - 1].map(members), [5, 5]);
        assert_eq!(members(SMALL_FROM + SMALL_ROOMS), 0);
    }
}
