//! A person's sealed items.

use super::{get, put, user};
use crate::Store;
use crate::rows::ItemRow;

pub(super) fn an_item_gives_way_to_its_next_version_under_a_new_number(store: &dyn Store) {
    let write = |of: u8, name: u8, version: u64, bytes: usize| {
        put(store, move |tx| Ok(tx.put_item(&user(of), &[name; 16], version, &vec![name; bytes])?));
    };
    let read = |of: u8, after: u64, items_max, bytes_max| -> Vec<ItemRow> {
        get(store, |tx| Ok(tx.items(&user(of), after, items_max, bytes_max)?))
    };
    let version = |of: u8, name: u8| get(store, |tx| Ok(tx.item_version(&user(of), &[name; 16])?));
    assert_eq!(version(1, 1), 0);
    write(1, 1, 1, 10);
    write(1, 2, 1, 10);
    write(2, 1, 1, 10);
    let first = read(1, 0, 10, 1_000);
    assert_eq!(first.iter().map(|item| item.name[0]).collect::<Vec<_>>(), [1, 2]);
    write(1, 1, 2, 0);
    assert_eq!(version(1, 1), 2);
    assert_eq!(version(2, 1), 1, "somebody else's");
    let changed = read(1, first[1].number, 10, 1_000);
    assert_eq!(changed.iter().map(|item| (item.name[0], item.version)).collect::<Vec<_>>(), [(1, 2)]);
    assert!(changed[0].sealed.is_empty());
    write(1, 3, 1, 10);
    let both = read(1, 0, 2, 1_000);
    assert_eq!(both.iter().map(|item| item.name[0]).collect::<Vec<_>>(), [2, 1], "by number, two at most");
    assert_eq!(read(1, 0, 10, 1).len(), 1, "one at least");
    assert_eq!(get(store, |tx| Ok(tx.count_items(&user(1))?)), (3, 20));
}
