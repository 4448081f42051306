//! Key packages and inboxes.

use securechat_ids::{Epoch, Seq, UnixMillis};

use super::{device, get, put, room};
use crate::Store;
use crate::rows::{KeyPackageRow, PackageUse};

pub(super) fn a_spent_key_package_is_known_and_not_handed_out(store: &dyn Store) {
    let package = |n: u8, usage, not_after| KeyPackageRow {
        reference: vec![n; 48],
        device: device(1),
        usage,
        not_after: UnixMillis(not_after),
        package: vec![n],
    };
    let rows = [
        package(1, PackageUse::Once, 10),
        package(2, PackageUse::Once, 100),
        package(3, PackageUse::Once, 100),
        package(4, PackageUse::LastResort, 100),
    ];
    let first = rows[0].clone();
    put(store, move |tx| {
        for row in &rows {
            assert!(tx.insert_key_package(row)?);
        }
        Ok(())
    });
    assert!(!put(store, move |tx| Ok(tx.insert_key_package(&first)?)), "its reference is known");
    let next = |usage| get(store, move |tx| Ok(tx.key_package(&device(1), usage, UnixMillis(50))?));
    let count = |usage| get(store, move |tx| Ok(tx.count_key_packages(&device(1), usage, UnixMillis(50))?));
    assert_eq!(next(PackageUse::Once), Some(package(2, PackageUse::Once, 100)), "the oldest that lives");
    assert_eq!(count(PackageUse::Once), 2);
    put(store, |tx| Ok(tx.spend_key_package(&[2; 48])?));
    assert_eq!(next(PackageUse::Once), Some(package(3, PackageUse::Once, 100)));
    assert_eq!(next(PackageUse::Spent).map(|row| row.package), Some(vec![]), "its bytes are gone");
    assert_eq!(get(store, |tx| Ok(tx.package_device(&[2; 48])?)), Some(device(1)));
    assert_eq!(count(PackageUse::LastResort), 1);
    put(store, |tx| Ok(tx.purge_key_packages(&device(1), UnixMillis(50))?));
    assert_eq!(get(store, |tx| Ok(tx.package_device(&[1; 48])?)), None);
    put(store, |tx| Ok(tx.delete_key_packages(&device(1))?));
    assert_eq!(get(store, |tx| Ok(tx.package_device(&[4; 48])?)), None);
}

pub(super) fn an_inbox_number_is_never_used_again(store: &dyn Store) {
    let put_one = |n: u8| {
        put(store, move |tx| Ok(tx.insert_inbox(&device(n), &room(1), Epoch(3), Seq(4), &[n; 10])?))
    };
    let first = put_one(1);
    let others = put_one(2);
    let second = put_one(1);
    assert!(first < second);
    let numbers = |after, items_max, bytes_max| -> Vec<u64> {
        let page = get(store, |tx| Ok(tx.inbox(&device(1), after, items_max, bytes_max)?));
        page.iter().map(|item| item.number).collect()
    };
    assert_eq!(numbers(0, 10, 100), [first, second]);
    assert_eq!(numbers(first, 10, 100), [second]);
    assert_eq!(numbers(0, 1, 100), [first]);
    assert_eq!(numbers(0, 10, 1), [first], "one at least");
    put(store, move |tx| Ok(tx.delete_inbox(&device(1), second)?));
    assert_eq!(get(store, |tx| Ok(tx.inbox_head(&device(1))?)), 0);
    assert_eq!(get(store, |tx| Ok(tx.inbox_head(&device(2))?)), others, "another's inbox");
    let third = put_one(1);
    assert!(third > second, "a cursor at {second} must not hide it");
    let fourth = put_one(1);
    put(store, |tx| Ok(tx.trim_inbox(&device(1), 1)?));
    assert_eq!(numbers(0, 10, 100), [fourth]);
    put(store, |tx| Ok(tx.trim_inbox(&device(1), 1)?));
    assert_eq!(numbers(0, 10, 100), [fourth]);
}
