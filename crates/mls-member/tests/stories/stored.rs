//! What lies in the store: CBOR as ciborium writes it, whoever reads it.

use rusqlite::Connection;
use securechat_mls::{Join, Kind};

use super::world::*;

fn values(conn: &Connection) -> Vec<(u8, Vec<u8>)> {
    let mut query = conn.prepare("SELECT slot, value FROM mls").expect("prepares");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("queries");
    rows.collect::<Result<_, _>>().expect("reads")
}

/// Databases outlive programs: what one version wrote, every other reads.
#[test]
fn every_row_is_cbor_that_ciborium_would_write_again_byte_for_byte() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    eva.key_package();
    add(&ana, &mut server, &[], &[&ben]);
    ben.hear(&ana.say(b"hello")).expect("decrypts");
    ben.stage(&securechat_mls_member::Change::default());
    let mut slots = Vec::new();
    for device in [&ana, &ben, &eva] {
        for (slot, bytes) in values(&device.conn) {
            let value: ciborium::Value = ciborium::from_reader(bytes.as_slice()).expect("CBOR");
            let mut again = Vec::new();
            ciborium::into_writer(&value, &mut again).expect("writes");
            assert_eq!(again, bytes, "slot {slot}");
            slots.push(slot);
        }
    }
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots, [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 22]);
}
