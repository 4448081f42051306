//! Sessions, tickets, challenges.

use securechat_ids::UnixMillis;

use super::{device, get, put, user};
use crate::Store;
use crate::rows::SessionRow;

pub(super) fn tickets_and_challenges_are_taken_once(store: &dyn Store) {
    put(store, |tx| {
        tx.insert_ticket(&[1; 32], &user(1), UnixMillis(50))?;
        tx.insert_ticket(&[2; 32], &user(1), UnixMillis(10))?;
        Ok(tx.insert_challenge(&[3; 32], &device(1), UnixMillis(60))?)
    });
    put(store, |tx| {
        tx.insert_recovery_challenge(&[4; 32], &user(1), UnixMillis(60))?;
        tx.insert_recovery_challenge(&[5; 32], &user(1), UnixMillis(10))?;
        tx.set_reset_code(&user(1), &[6; 32], UnixMillis(60))?;
        tx.set_reset_code(&user(1), &[7; 32], UnixMillis(60))?;
        Ok(tx.set_reset_code(&user(2), &[8; 32], UnixMillis(10))?)
    });
    put(store, |tx| Ok(tx.purge_entries(UnixMillis(20))?));
    assert_eq!(put(store, |tx| Ok(tx.take_recovery_challenge(&[5; 32])?)), None, "purged");
    let mine = Some((user(1), UnixMillis(60)));
    assert_eq!(put(store, |tx| Ok(tx.take_recovery_challenge(&[4; 32])?)), mine);
    assert_eq!(put(store, |tx| Ok(tx.take_recovery_challenge(&[4; 32])?)), None, "taken");
    assert_eq!(get(store, |tx| Ok(tx.reset_code(&[6; 32])?)), None, "replaced");
    assert_eq!(get(store, |tx| Ok(tx.reset_code(&[8; 32])?)), None, "purged");
    assert_eq!(get(store, |tx| Ok(tx.reset_code(&[7; 32])?)), mine);
    put(store, |tx| Ok(tx.delete_reset_code(&user(1))?));
    assert_eq!(get(store, |tx| Ok(tx.reset_code(&[7; 32])?)), None, "used");
    assert_eq!(put(store, |tx| Ok(tx.take_ticket(&[2; 32])?)), None, "purged");
    assert_eq!(put(store, |tx| Ok(tx.take_ticket(&[1; 32])?)), Some((user(1), UnixMillis(50))));
    assert_eq!(put(store, |tx| Ok(tx.take_ticket(&[1; 32])?)), None, "taken");
    assert_eq!(put(store, |tx| Ok(tx.take_challenge(&[3; 32])?)), Some((device(1), UnixMillis(60))));
    assert_eq!(put(store, |tx| Ok(tx.take_challenge(&[3; 32])?)), None, "taken");
}

pub(super) fn sessions_are_trimmed_from_the_oldest(store: &dyn Store) {
    let session = |n: u8| SessionRow {
        token_hash: [n; 32],
        user: user(1),
        device: device(n % 2),
        opened: UnixMillis(n.into()),
        expires: UnixMillis(100 + u64::from(n)),
    };
    put(store, move |tx| {
        for n in [3, 1, 2, 4] {
            tx.insert_session(&session(n))?;
        }
        Ok(tx.trim_sessions(&user(1), 3)?)
    });
    assert_eq!(get(store, |tx| Ok(tx.session(&[1; 32])?)), None);
    assert_eq!(get(store, |tx| Ok(tx.session(&[2; 32])?)), Some(session(2)));
    assert_eq!(get(store, |tx| Ok(tx.sessions_of(&user(1), UnixMillis(102))?.len())), 2);
    put(store, |tx| Ok(tx.set_session_end(&[2; 32], UnixMillis(900))?));
    assert_eq!(get(store, |tx| Ok(tx.sessions_of(&user(1), UnixMillis(102))?.len())), 3);
    put(store, |tx| Ok(tx.delete_device_sessions(&device(0))?));
    assert_eq!(get(store, |tx| Ok(tx.sessions_of(&user(1), UnixMillis(0))?.len())), 1);
}
