//! Accounts, chains, invites.

use securechat_ids::{UnixMillis, UserId};
use securechat_proto::http::Role;

use super::{device, get, put, user};
use crate::rows::{AccountRow, DeviceRow, InviteRow, LinkRow, PasswordRow, VaultRow};
use crate::{Fault, Store, Tx};

pub(super) fn account(id: UserId, name: &str) -> AccountRow {
    AccountRow {
        user: id,
        name: name.parse().expect("a name"),
        role: Role::Member,
        active: true,
        created: UnixMillis(1),
        root16: [1; 16],
    }
}

pub(super) fn device_row(n: u8, of: UserId) -> DeviceRow {
    DeviceRow {
        device: device(n),
        user: of,
        key: [n; 32],
        active: true,
        sealed_name: vec![n],
        added: UnixMillis(1),
        seen: UnixMillis(1),
    }
}

fn password() -> PasswordRow {
    PasswordRow { hash: "h".into(), salt: [1; 16], memory_kib: 1, passes: 1, sealed_share: vec![1] }
}

pub(super) fn insert(tx: &mut dyn Tx, account: &AccountRow) -> Result<bool, Fault> {
    Ok(tx.insert_account(account, &password(), &VaultRow { version: 1, sealed: vec![1] })?)
}

pub(super) fn of_two_accounts_of_one_name_one_is_made(store: &dyn Store) {
    assert!(put(store, |tx| insert(tx, &account(user(1), "ana"))));
    assert!(!put(store, |tx| insert(tx, &account(user(2), "ana"))), "the name");
    assert!(!put(store, |tx| insert(tx, &account(user(1), "ben"))), "the id");
    assert!(put(store, |tx| insert(tx, &AccountRow { role: Role::Owner, ..account(user(3), "cas") })));
    assert!(
        !put(store, |tx| insert(tx, &AccountRow { role: Role::Owner, ..account(user(4), "dan") })),
        "a second owner"
    );
    let named = get(store, |tx| Ok(tx.account_named(&"ana".parse().expect("a name"))?));
    assert_eq!(named, Some(account(user(1), "ana")));
    assert_eq!(get(store, |tx| Ok(tx.owner()?)), Some(user(3)));
    assert_eq!(get(store, |tx| Ok(tx.count_accounts()?)), 2);
    put(store, |tx| Ok(tx.set_inactive(&user(3))?));
    assert_eq!(get(store, |tx| Ok((tx.count_accounts()?, tx.count_active_accounts()?))), (2, 1));
    assert_eq!(get(store, |tx| Ok(tx.password(&user(2))?)), None, "nothing of those refused");
    assert!(put(store, |tx| Ok(tx.insert_device(&device_row(7, user(1)))?)));
    assert!(!put(store, |tx| Ok(tx.insert_device(&device_row(7, user(3)))?)), "another's device");
    assert_eq!(get(store, |tx| Ok(tx.device(&device(7))?)), Some(device_row(7, user(1))));
}

pub(super) fn a_vault_is_replaced_by_the_next_version_only(store: &dyn Store) {
    put(store, |tx| insert(tx, &account(user(1), "ana")));
    let next = |version| VaultRow { version, sealed: vec![9] };
    assert!(!put(store, move |tx| Ok(tx.replace_vault(&user(1), &next(1))?)));
    assert!(!put(store, move |tx| Ok(tx.replace_vault(&user(1), &next(3))?)));
    assert!(put(store, move |tx| Ok(tx.replace_vault(&user(1), &next(2))?)));
    assert_eq!(get(store, |tx| Ok(tx.vault(&user(1))?)), Some(next(2)));
}

pub(super) fn a_chain_and_the_log_keep_their_order(store: &dyn Store) {
    assert_eq!(get(store, |tx| Ok(tx.log_size()?)), 0);
    let links = [(1, 0), (2, 0), (1, 1), (1, 2), (2, 1)];
    put(store, move |tx| {
        for (position, (of, seq)) in (0_u64..).zip(links) {
            let bytes = vec![of, seq];
            let row = LinkRow { position, user: user(of), seq: seq.into(), bytes, peak: [of; 32] };
            tx.append_link(&row)?;
        }
        Ok(())
    });
    assert_eq!(get(store, |tx| Ok(tx.log_size()?)), 5);
    assert_eq!(get(store, |tx| Ok(tx.links_from(1, 2)?)), [[2, 0], [1, 1]]);
    assert_eq!(get(store, |tx| Ok(tx.chain_links(&user(1))?)), [[1, 0], [1, 1], [1, 2]]);
    assert_eq!(get(store, |tx| Ok(tx.peak(4)?)), Some([2; 32]));
    assert_eq!(get(store, |tx| Ok(tx.peak(5)?)), None);
}

pub(super) fn an_invite_is_found_by_its_code_and_purged(store: &dyn Store) {
    let invite = |n: u8, uses, expires| InviteRow {
        id: n.to_string(),
        code_hash: [n; 32],
        uses,
        expires: UnixMillis(expires),
        role: Role::Member,
        made_by: user(1),
    };
    put(store, move |tx| {
        for row in [invite(1, 2, 100), invite(2, 1, 300), invite(3, 1, 200)] {
            tx.insert_invite(&row)?;
        }
        Ok(tx.set_invite_uses("3", 0)?)
    });
    assert_eq!(get(store, |tx| Ok(tx.invite(&[1; 32])?)), Some(invite(1, 2, 100)));
    put(store, |tx| Ok(tx.purge_invites(UnixMillis(150))?));
    assert_eq!(get(store, |tx| Ok(tx.invites()?)), [invite(2, 1, 300)]);
    assert!(put(store, |tx| Ok(tx.delete_invite("2")?)));
    assert!(!put(store, |tx| Ok(tx.delete_invite("2")?)));
}
