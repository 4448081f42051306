//! What must not happen and did, and the log heads of others that wait to be compared.

use rusqlite::{Connection, OptionalExtension, Row};

use super::MemoryError;
use crate::cbor;
use crate::evidence::{Evidence, EvidenceKind, LogHead};

/// Claims kept; who names more heads than this that never come is lying anyway.
const CLAIMS_MAX: u64 = 1_000;
/// Pieces of evidence kept; the first ones count most.
const EVIDENCE_MAX: u64 = 200;

fn count(conn: &Connection, table: &str) -> Result<u64, MemoryError> {
    Ok(conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
}

/// Remembers a head that this device's log has not come to yet.
pub(crate) fn claim(conn: &Connection, head: &LogHead, evidence: &Evidence) -> Result<(), MemoryError> {
    let device = evidence.device.map(|device| *device.as_bytes()).unwrap_or_default();
    if count(conn, "log_claims")? < CLAIMS_MAX {
        conn.prepare_cached(
            "INSERT OR IGNORE INTO log_claims (size, root, device_id, evidence) VALUES (?, ?, ?, ?)",
        )?
        .execute(rusqlite::params![head.size, head.root, device, cbor::to_bytes(evidence)])?;
    }
    Ok(())
}

/// The largest size that is claimed; 0 if nothing is.
pub(crate) fn claimed(conn: &Connection) -> Result<u64, MemoryError> {
    Ok(conn.query_row("SELECT coalesce(max(size), 0) FROM log_claims", [], |row| row.get(0))?)
}

/// Takes out the claims up to a size.
pub(crate) fn take_claims(conn: &Connection, up_to: u64) -> Result<Vec<(LogHead, Evidence)>, MemoryError> {
    let mut query =
        conn.prepare_cached("SELECT size, root, evidence FROM log_claims WHERE size <= ? ORDER BY number")?;
    let rows = query
        .query_map([up_to], |row| {
            Ok((LogHead { size: row.get(0)?, root: row.get(1)? }, row.get::<_, Vec<u8>>(2)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    conn.prepare_cached("DELETE FROM log_claims WHERE size <= ?")?.execute([up_to])?;
    let read = |(head, bytes): (LogHead, Vec<u8>)| {
        Ok((head, cbor::from_bytes(&bytes).ok_or(MemoryError::Corrupt("log_claims"))?))
    };
    rows.into_iter().map(read).collect()
}

/// Keeps a piece of evidence; `false` if the same has been kept and not been looked at yet.
pub(crate) fn keep(conn: &Connection, evidence: &Evidence) -> Result<bool, MemoryError> {
    let device = evidence.device.map(|device| device.as_bytes().to_vec()).unwrap_or_default();
    let room = evidence.room.map(|room| room.as_bytes().to_vec()).unwrap_or_default();
    let known = conn
        .prepare_cached(
            "SELECT 1 FROM evidence WHERE what = ? AND device_id = ? AND room_id = ? AND looked_at = 0",
        )?
        .exists(rusqlite::params![evidence.what.name(), device, room])?;
    if known || count(conn, "evidence")? >= EVIDENCE_MAX {
        return Ok(false);
    }
    conn.prepare_cached(
        "INSERT INTO evidence (what, sentence, device_id, room_id, evidence, looked_at) VALUES (?, ?, ?, ?, ?, 0)",
    )?
    .execute(rusqlite::params![
        evidence.what.name(),
        evidence.sentence,
        device,
        room,
        cbor::to_bytes(evidence)
    ])?;
    Ok(true)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<(Vec<u8>, bool)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// All of it, the oldest first.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Evidence>, MemoryError> {
    let mut query = conn.prepare_cached("SELECT evidence, looked_at FROM evidence ORDER BY number")?;
    let rows = query.query_map([], from_row)?.collect::<Result<Vec<_>, _>>()?;
    let read = |(bytes, looked_at): (Vec<u8>, bool)| {
        let evidence: Evidence = cbor::from_bytes(&bytes).ok_or(MemoryError::Corrupt("evidence"))?;
        Ok(Evidence { looked_at, ..evidence })
    };
    rows.into_iter().map(read).collect()
}

/// Whether something says that the server lies about people and nobody has looked at it yet.
pub(crate) fn distrusts(conn: &Connection) -> Result<bool, MemoryError> {
    let kind = EvidenceKind::SplitView.name();
    let row = conn
        .prepare_cached("SELECT 1 FROM evidence WHERE what = ? AND looked_at = 0")?
        .query_row([kind], |_| Ok(()))
        .optional()?;
    Ok(row.is_some())
}

/// Somebody has looked at what this sentence says.
pub(crate) fn look_at(conn: &Connection, sentence: &str) -> Result<bool, MemoryError> {
    let rows =
        conn.execute("UPDATE evidence SET looked_at = 1 WHERE sentence = ? AND looked_at = 0", [sentence])?;
    Ok(rows > 0)
}
