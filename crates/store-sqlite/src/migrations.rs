//! The schema, step by step. A step that was released is never edited; a new one is added.

use rusqlite::Connection;

use crate::OpenError;

const STEPS: &[&str] = &[
    include_str!("../migrations/0001_meta.sql"),
    include_str!("../migrations/0002_accounts.sql"),
    include_str!("../migrations/0003_links.sql"),
    include_str!("../migrations/0004_entries.sql"),
    include_str!("../migrations/0005_invites.sql"),
    include_str!("../migrations/0006_rooms.sql"),
    include_str!("../migrations/0007_events.sql"),
    include_str!("../migrations/0008_mail.sql"),
    include_str!("../migrations/0009_items.sql"),
    include_str!("../migrations/0010_recovery.sql"),
    include_str!("../migrations/0011_receipts.sql"),
    include_str!("../migrations/0012_limits.sql"),
];

/// Takes the steps that the file has not taken yet, each in its own transaction.
pub(crate) fn run(conn: &Connection) -> Result<(), OpenError> {
    let taken = taken(conn)?;
    for (number, step) in STEPS.iter().enumerate().skip(taken) {
        let version = number + 1;
        conn.execute_batch(&format!("BEGIN IMMEDIATE; {step}; PRAGMA user_version = {version}; COMMIT"))?;
    }
    Ok(())
}

/// Whether all steps are taken, and no other.
pub(crate) fn check(conn: &Connection) -> Result<(), OpenError> {
    match taken(conn)? {
        taken if taken < STEPS.len() => Err(OpenError::Older(taken)),
        _ => Ok(()),
    }
}

fn taken(conn: &Connection) -> Result<usize, OpenError> {
    let taken: usize = conn.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))? as usize;
    if taken > STEPS.len() { Err(OpenError::Newer(taken)) } else { Ok(taken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_taken_once() {
        let conn = Connection::open_in_memory().expect("opens");
        run(&conn).expect("all steps");
        run(&conn).expect("none left");
        check(&conn).expect("whole");
        let version: usize =
            conn.query_row("PRAGMA user_version", [], |r| r.get::<_, u32>(0)).expect("reads") as usize;
        assert_eq!(version, STEPS.len());
    }

    #[test]
    fn a_file_of_an_older_release_is_not_looked_into() {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch("PRAGMA user_version = 1").expect("sets");
        assert!(matches!(check(&conn), Err(OpenError::Older(1))));
    }

    #[test]
    fn a_file_of_a_newer_release_is_left_alone() {
        let conn = Connection::open_in_memory().expect("opens");
        conn.execute_batch("PRAGMA user_version = 999").expect("sets");
        assert!(matches!(run(&conn), Err(OpenError::Newer(999))));
        assert!(matches!(check(&conn), Err(OpenError::Newer(999))));
    }
}
