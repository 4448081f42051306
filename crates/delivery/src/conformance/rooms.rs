//! Rooms: log, leaves, stays.

use securechat_ids::{Epoch, MessageId, Seq, UnixMillis};
use securechat_proto::frame::EventKind;
use sha2::{Digest as _, Sha256};

use super::people::{account, device_row, insert};
use super::{device, get, put, room, user, write};
use crate::rows::{EventRow, LeafRow, Place, RoomKey, RoomStay, RoomTraffic};
use crate::{Fault, Store, StoreError};

fn event(seq: u64, message: u8, bytes: usize) -> EventRow {
    EventRow {
        seq: Seq(seq),
        kind: EventKind::Message,
        epoch: Epoch(0),
        device: device(1),
        message_id: MessageId::from_bytes([message; 16]),
        time: UnixMillis(seq * 10),
        mls: vec![1; bytes].into(),
        body: vec![2; bytes].into(),
    }
}

fn new_room(store: &dyn Store, n: u8) -> RoomKey {
    put(store, move |tx| Ok(tx.insert_room(&room(n), false)?)).expect("a free id")
}

pub(super) fn an_event_follows_its_head_and_is_found_again(store: &dyn Store) {
    let (key, other) = (new_room(store, 1), new_room(store, 2));
    assert_eq!(put(store, |tx| Ok(tx.insert_room(&room(1), true)?)), None, "the id is taken");
    for (key, message) in [(key, 1), (other, 1), (other, 2)] {
        put(store, move |tx| {
            let head = tx.room(&room(if key == other { 2 } else { 1 }))?.expect("the room").head;
            Ok(tx.append_event(key, &event(head.0 + 1, message, 3))?)
        });
    }
    let place = Place { seq: Seq(2), kind: EventKind::Message, epoch: Epoch(0), time: UnixMillis(20) };
    let find = |key, message: u8| {
        get(store, move |tx| Ok(tx.place(key, &device(1), &MessageId::from_bytes([message; 16]))?))
    };
    assert_eq!(find(other, 2), Some(place));
    assert_eq!(find(key, 2), None, "an id is one room's");
    let page = get(store, |tx| Ok(tx.events(other, Seq(1), 10, 1_000)?));
    assert_eq!(page, [event(1, 1, 3), event(2, 2, 3)]);
    assert_eq!(get(store, |tx| Ok(tx.room(&room(2))?)).map(|row| row.head), Some(Seq(2)));
    let all = get(store, |tx| Ok(tx.rooms()?));
    assert_eq!(
        all.iter().map(|row| (row.key, row.head)).collect::<Vec<_>>(),
        [(key, Seq(1)), (other, Seq(2))]
    );
}

pub(super) fn a_page_keeps_to_events_and_bytes(store: &dyn Store) {
    let key = new_room(store, 1);
    put(store, move |tx| {
        for seq in 1..=9 {
            tx.append_event(key, &event(seq, u8::try_from(seq).expect("small"), 50))?;
        }
        Ok(())
    });
    let seqs = |from: u64, events_max, bytes_max| -> Vec<u64> {
        let page = get(store, |tx| Ok(tx.events(key, Seq(from), events_max, bytes_max)?));
        page.iter().map(|event| event.seq.0).collect()
    };
    assert_eq!(seqs(3, 2, 10_000), [3, 4]);
    assert_eq!(seqs(3, 100, 250), [3, 4], "two events of 100 bytes");
    assert_eq!(seqs(3, 100, 1), [3], "one at least");
    assert!(seqs(10, 100, 10_000).is_empty());
    let before = |seq: u64, events_max, bytes_max| -> Vec<u64> {
        let page = get(store, |tx| Ok(tx.events_before(key, Seq(seq), events_max, bytes_max)?));
        page.iter().map(|event| event.seq.0).collect()
    };
    assert_eq!(before(8, 2, 10_000), [6, 7]);
    assert_eq!(before(8, 100, 250), [6, 7], "two events of 100 bytes");
    assert_eq!(before(8, 100, 1), [7], "one at least");
    assert_eq!(before(100, 2, 10_000), [8, 9]);
    assert!(before(1, 100, 10_000).is_empty(), "no other room's events");
    let nothing = RoomTraffic::default();
    assert_eq!(get(store, |tx| Ok(tx.traffic(key, &user(1))?)), nothing, "no device of theirs");
    put(store, |tx| Ok(tx.insert_device(&device_row(1, user(1)))?));
    let all = RoomTraffic { events: 9, bytes: 900 };
    assert_eq!(get(store, |tx| Ok(tx.traffic(key, &user(1))?)), all);
}

pub(super) fn leaves_are_due_when_their_person_or_device_is_gone(store: &dyn Store) {
    let key = new_room(store, 1);
    let leaf = |index: u32, of, n| LeafRow { index, user: user(of), device: device(n) };
    let leaves = [leaf(0, 1, 11), leaf(1, 2, 12), leaf(2, 3, 13), leaf(3, 3, 14)];
    put(store, move |tx| {
        for (n, name) in [(1, "ana"), (2, "ben"), (3, "cas")] {
            insert(tx, &account(user(n), name))?;
            tx.set_stay(key, &user(n), RoomStay::Member, UnixMillis(5))?;
        }
        for leaf in leaves {
            tx.insert_device(&device_row(leaf.device.as_bytes()[0], leaf.user))?;
        }
        Ok(tx.change_leaves(key, &[], &leaves)?)
    });
    let refreshed = || put(store, move |tx| Ok((tx.refresh_due(key)?, tx.audience(key)?)));
    let devices = |numbers: &[u8]| numbers.iter().map(|n| device(*n)).collect::<Vec<_>>();
    assert_eq!(refreshed(), (vec![], devices(&[11, 12, 13, 14])));
    put(store, |tx| Ok(tx.set_device_inactive(&device(13))?));
    assert_eq!(refreshed(), (vec![2], devices(&[11, 12, 14])));
    put(store, |tx| Ok(tx.set_inactive(&user(2))?));
    assert_eq!(refreshed(), (vec![1, 2], devices(&[11, 14])));
    put(store, move |tx| Ok(tx.set_stay(key, &user(1), RoomStay::Left, UnixMillis(6))?));
    assert_eq!(refreshed(), (vec![0, 1, 2], devices(&[14])));
    assert_eq!(get(store, |tx| Ok(tx.room(&room(1))?)).map(|row| row.due), Some(3));
    assert_eq!(get(store, |tx| Ok(tx.leaf_of(key, &device(13))?)), Some((leaves[2], true)));
    put(store, move |tx| Ok(tx.change_leaves(key, &leaves[..3], &[])?));
    assert_eq!(refreshed(), (vec![], devices(&[14])));
    assert_eq!(get(store, |tx| Ok(tx.due(key)?)), Vec::<u32>::new());
    assert_eq!(get(store, |tx| Ok(tx.rooms_with_device(&device(14))?)), [(key, room(1))]);
}

pub(super) fn a_stay_keeps_its_beginning(store: &dyn Store) {
    let key = new_room(store, 1);
    let set = |stay, since| {
        put(store, move |tx| {
            tx.set_stay(key, &user(1), stay, UnixMillis(since))?;
            Ok(tx.stay(key, &user(1))?)
        })
    };
    assert_eq!(set(RoomStay::Member, 5), Some((RoomStay::Member, UnixMillis(5))));
    assert_eq!(set(RoomStay::Member, 6), Some((RoomStay::Member, UnixMillis(5))));
    let rooms = || get(store, |tx| Ok(tx.count_rooms()?));
    assert_eq!(rooms(), 1);
    assert_eq!(set(RoomStay::Left, 7), Some((RoomStay::Left, UnixMillis(5))));
    assert_eq!((get(store, |tx| Ok(tx.count_rooms_of(&user(1))?)), rooms()), (0, 0));
    assert_eq!(set(RoomStay::Member, 8), Some((RoomStay::Member, UnixMillis(8))), "a new stay");
    assert_eq!(get(store, |tx| Ok(tx.rooms_of(&user(1))?)).len(), 1);
    put(store, move |tx| Ok(tx.delete_stay(key, &user(1))?));
    assert_eq!(get(store, |tx| Ok(tx.stay(key, &user(1))?)), None);
}

pub(super) fn a_tree_ends(store: &dyn Store) {
    let key = new_room(store, 1);
    put(store, move |tx| {
        tx.insert_tree(key, Epoch(1), b"one", UnixMillis(10))?;
        tx.insert_tree(key, Epoch(2), b"two", UnixMillis(20))?;
        Ok(tx.purge_trees(UnixMillis(15))?)
    });
    assert_eq!(get(store, |tx| Ok(tx.tree(key, Epoch(1))?)), None);
    assert_eq!(get(store, |tx| Ok(tx.tree(key, Epoch(2))?)), Some(b"two".to_vec()));
    // Reading is for reading.
    let refused = crate::read_with(store, |tx| Ok(tx.purge_trees(UnixMillis(99))?));
    assert!(matches!(refused, Err(Fault::Store(StoreError::Broken(_)))), "{refused:?}");
    assert!(write(store, move |tx| Ok(tx.tree(key, Epoch(2))?)).expect("read").is_some());
}

pub(super) fn what_is_due_is_deleted_in_order_and_leaves_hashes(store: &dyn Store) {
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    let (kept, limited) = (new_room(store, 1), new_room(store, 2));
    put(store, move |tx| {
        for key in [kept, limited] {
            for seq in 1..=600 {
                let mut event = EventRow {
                    message_id: MessageId::from_bytes([u8::try_from(seq % 256).expect("small"); 16]),
                    device: device(u8::try_from(seq / 256).expect("small")),
                    ..event(seq, 0, 40)
                };
                event.time = UnixMillis(if seq <= 500 { seq } else { 9 * DAY_MS });
                if seq == 250 {
                    event.kind = EventKind::Commit;
                }
                tx.append_event(key, &event)?;
            }
        }
        Ok(tx.set_keep_days(limited, 7)?)
    });
    let mut steps = 0;
    while put(store, |tx| Ok(crate::rooms::sweep(tx, UnixMillis(10 * DAY_MS))?)) > 0 {
        steps += 1;
    }
    assert_eq!(steps, 3, "two hundred at a time");
    let page = |key, from| get(store, move |tx| Ok(tx.events(key, Seq(from), 1_000, 1_000_000)?));
    for event in page(limited, 1) {
        let (mls, body) = (event.mls.as_ref(), event.body.as_ref());
        match event.seq.0 {
            250 => assert_eq!((event.kind, mls, body.len()), (EventKind::Commit, [1; 40].as_slice(), 0)),
            1..=500 => {
                let hashes = (Sha256::digest([1; 40]), Sha256::digest([2; 40]));
                assert_eq!(event.kind, EventKind::Deleted);
                assert_eq!((mls, body), (&hashes.0[..], &hashes.1[..]));
            }
            _ => assert_eq!((event.kind, mls), (EventKind::Message, [1; 40].as_slice())),
        }
    }
    assert!(page(kept, 1).iter().all(|event| event.kind != EventKind::Deleted));
    let find = || get(store, move |tx| Ok(tx.place(limited, &device(0), &MessageId::from_bytes([9; 16]))?));
    assert_eq!(
        find().map(|place| place.kind),
        Some(EventKind::Message),
        "a repeated request has its old answer"
    );
    put(store, move |tx| Ok(tx.set_keep_days(limited, 0)?));
    assert_eq!(
        put(store, |tx| Ok(crate::rooms::sweep(tx, UnixMillis(90 * DAY_MS))?)),
        0,
        "kept for ever now"
    );
    // The store's own housekeeping may be in the way for a moment.
    while !store.forget().expect("lets go of what was deleted") {
        std::thread::yield_now();
    }
}
