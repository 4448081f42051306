//! A linking from the first message to the last, and who is turned away.

use super::*;

const NOW: UnixMillis = UnixMillis(1_000_000);
const ID: LinkingId = [7; 16];

struct Counting(u8);

impl Rng for Counting {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0 += 1;
        bytes.fill(self.0);
    }
}

fn old(byte: u8) -> Party<'static> {
    Party::Old { device: device(byte) }
}

fn device(byte: u8) -> DeviceId {
    DeviceId::from_bytes([byte; 16])
}

fn at(byte: u8) -> IpAddr {
    IpAddr::from([10, 0, 0, byte])
}

fn opened() -> (Linkings, Secret) {
    let mut linkings = Linkings::default();
    let (token, expires) = linkings.open(ID, b"first".to_vec(), at(1), NOW, &mut Counting(0)).expect("opens");
    assert_eq!(expires, NOW.plus(limits::LINKING_MS));
    (linkings, token)
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.expect_err("is refused").code
}

#[test]
fn two_sides_hear_each_other_and_nobody_else_does() {
    let (mut linkings, token) = opened();
    let new = Party::New { token: &token.0 };
    assert_eq!(linkings.take(&ID, device(1), NOW).expect("takes"), b"first");
    assert_eq!(linkings.take(&ID, device(1), NOW).expect("its answer was lost"), b"first");
    assert_eq!(linkings.get(&ID, new, 0, NOW), Ok(None));
    linkings.put(&ID, old(1), 0, b"second".to_vec(), NOW).expect("is taken");
    linkings.put(&ID, old(1), 0, b"second".to_vec(), NOW).expect("once more");
    assert_eq!(linkings.get(&ID, new, 0, NOW), Ok(Some(b"second".to_vec())));
    linkings.put(&ID, new, 1, b"third".to_vec(), NOW).expect("is taken");
    assert_eq!(linkings.get(&ID, old(1), 1, NOW), Ok(Some(b"third".to_vec())));
    for stranger in [old(2), Party::New { token: "x" }] {
        assert_eq!(code(linkings.get(&ID, stranger, 0, NOW)), Code::NotFound);
        assert_eq!(code(linkings.put(&ID, stranger, 0, b"x".to_vec(), NOW)), Code::NotFound);
    }
    assert!(linkings.is_new_device(&ID, &token.0) && !linkings.is_new_device(&ID, "x"));
}

#[test]
fn a_second_taker_ends_it_for_both() {
    let (mut linkings, token) = opened();
    linkings.take(&ID, device(1), NOW).expect("takes");
    assert_eq!(code(linkings.take(&ID, device(2), NOW)), Code::Conflict);
    assert_eq!(code(linkings.get(&ID, Party::New { token: &token.0 }, 0, NOW)), Code::Conflict);
    assert_eq!(code(linkings.put(&ID, old(1), 0, b"x".to_vec(), NOW)), Code::Conflict);
    assert_eq!(code(linkings.take(&ID, device(1), NOW)), Code::Conflict);
}

#[test]
fn after_five_minutes_it_is_gone() {
    let (mut linkings, token) = opened();
    let late = NOW.plus(limits::LINKING_MS);
    assert_eq!(code(linkings.take(&ID, device(1), late)), Code::NotFound);
    assert_eq!(code(linkings.get(&ID, Party::New { token: &token.0 }, 0, late)), Code::NotFound);
    linkings.open(ID, Vec::new(), at(1), late, &mut Counting(9)).expect("its place is free");
}

#[test]
fn messages_come_in_order_and_are_bounded() {
    let (mut linkings, token) = opened();
    let new = Party::New { token: &token.0 };
    assert_eq!(code(linkings.put(&ID, new, 0, b"other".to_vec(), NOW)), Code::Conflict, "is there already");
    assert_eq!(code(linkings.put(&ID, new, 2, b"x".to_vec(), NOW)), Code::Conflict, "leaves a gap");
    assert_eq!(code(linkings.put(&ID, new, 1, vec![0; 4 * 1024 + 1], NOW)), Code::TooLarge);
    for number in 1..8 {
        linkings.put(&ID, new, number, b"x".to_vec(), NOW).expect("is taken");
    }
    assert_eq!(code(linkings.put(&ID, new, 8, b"x".to_vec(), NOW)), Code::LimitReached);
}

#[test]
fn nobody_fills_the_relay() {
    let mut linkings = Linkings::default();
    let mut rng = Counting(0);
    let mut open =
        |n: u8, m: u8| linkings.open([n, m].repeat(8).try_into().expect("16"), vec![], at(n), NOW, &mut rng);
    for m in 0..20 {
        open(1, m).expect("opens");
    }
    assert_eq!(code(open(1, 20)), Code::RateLimited);
    for n in 2..11 {
        (0..20).for_each(|m| drop(open(n, m).expect("opens")));
    }
    assert_eq!(code(open(11, 0)), Code::Busy);
}
