//! Receipts of a room's devices.

use securechat_ids::{Epoch, RoomId, UnixMillis};

use super::{device, get, put, user};
use crate::Store;
use crate::rows::{LeafRow, RoomStay};

pub(super) fn a_receipt_gives_way_to_the_devices_next_one(store: &dyn Store) {
    let room = RoomId::from_bytes([1; 16]);
    let key = put(store, move |tx| Ok(tx.insert_room(&room, false)?)).expect("a fresh id");
    put(store, move |tx| {
        let leaf = |index, of| LeafRow { index, user: user(of), device: device(of) };
        tx.change_leaves(key, &[], &[leaf(0, 1), leaf(1, 2)])?;
        for of in [1, 2] {
            tx.set_stay(key, &user(of), RoomStay::Member, UnixMillis(0))?;
        }
        tx.put_receipt(key, &device(1), Epoch(3), b"first")?;
        tx.put_receipt(key, &device(2), Epoch(3), b"other")?;
        Ok(tx.put_receipt(key, &device(1), Epoch(4), b"second")?)
    });
    let kept = |of: u8| get(store, |tx| Ok(tx.receipts_of(&user(of))?));
    let all = get(store, |tx| Ok(tx.receipts(key)?));
    let shown: Vec<_> = all.iter().map(|row| (row.device, row.epoch.0, row.sealed.as_ref())).collect();
    assert_eq!(shown, [(device(1), 4, b"second".as_slice()), (device(2), 3, b"other")]);
    assert_eq!(kept(1), [(room, all[0].clone())]);
    put(store, move |tx| Ok(tx.delete_receipt(key, &device(1))?));
    assert!(kept(1).is_empty());
    assert_eq!(kept(2).len(), 1, "somebody else's");
}
