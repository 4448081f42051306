//! Rooms: where they stand, their leaves and people.

use rusqlite::{Row, params};
use securechat_delivery::StoreError;
use securechat_delivery::rows::{
    EventRow, GroupRow, LeafRow, Place, RoomKey, RoomRow, RoomRows, RoomStay, RoomTraffic,
};
use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, Seq, UnixMillis, UserId};

use super::{event, text};
use crate::tx::{SqliteTx, int, uint};

fn room(row: &Row<'_>) -> rusqlite::Result<RoomRow> {
    Ok(RoomRow {
        key: RoomKey(row.get(0)?),
        room: RoomId::from_bytes(row.get(1)?),
        epoch: Epoch(uint(row, 2)?),
        head: Seq(uint(row, 3)?),
        open: row.get(4)?,
        due: row.get(5)?,
    })
}

fn leaf(row: &Row<'_>) -> rusqlite::Result<LeafRow> {
    Ok(LeafRow {
        index: row.get(0)?,
        user: UserId::from_bytes(row.get(1)?),
        device: DeviceId::from_bytes(row.get(2)?),
    })
}

impl RoomRows for SqliteTx<'_> {
    fn insert_room(&mut self, room: &RoomId, open: bool) -> Result<Option<RoomKey>, StoreError> {
        self.one(
            "INSERT INTO rooms (room_id, epoch, head, open, due) VALUES (?, 0, 0, ?, 0)
             ON CONFLICT DO NOTHING RETURNING number",
            (room.as_bytes(), open),
            |row| Ok(RoomKey(row.get(0)?)),
        )
    }

    fn room(&mut self, id: &RoomId) -> Result<Option<RoomRow>, StoreError> {
        self.one(
            "SELECT number, room_id, epoch, head, open, due FROM rooms WHERE room_id = ?",
            [id.as_bytes()],
            room,
        )
    }

    fn rooms(&mut self) -> Result<Vec<RoomRow>, StoreError> {
        self.all("SELECT number, room_id, epoch, head, open, due FROM rooms ORDER BY number", [], room)
    }

    fn rooms_of(&mut self, user: &UserId) -> Result<Vec<(RoomRow, RoomStay, UnixMillis)>, StoreError> {
        self.all(
            "SELECT r.number, r.room_id, r.epoch, r.head, r.open, r.due, s.stay, s.since_ms
             FROM stays s JOIN rooms r ON r.number = s.room WHERE s.user_id = ? ORDER BY r.room_id",
            [user.as_bytes()],
            |row| Ok((room(row)?, text::stay(row, 6)?, UnixMillis(uint(row, 7)?))),
        )
    }

    fn count_rooms_of(&mut self, user: &UserId) -> Result<u64, StoreError> {
        self.number("SELECT count(*) FROM stays WHERE user_id = ? AND stay = 'member'", [user.as_bytes()])
    }

    fn count_rooms(&mut self) -> Result<u64, StoreError> {
        self.number("SELECT count(DISTINCT room) FROM stays WHERE stay = 'member'", [])
    }

    fn set_epoch(&mut self, key: RoomKey, epoch: Epoch, open: bool) -> Result<(), StoreError> {
        self.execute("UPDATE rooms SET epoch = ?, open = ? WHERE number = ?", (int(epoch.0), open, key.0))?;
        Ok(())
    }

    fn group(&mut self, key: RoomKey) -> Result<Option<GroupRow>, StoreError> {
        self.one("SELECT public, group_info FROM groups WHERE room = ?", [key.0], |row| {
            Ok(GroupRow { public: row.get(0)?, group_info: row.get(1)? })
        })
    }

    fn set_group(&mut self, key: RoomKey, public: &[u8], group_info: &[u8]) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO groups (room, public, group_info) VALUES (?1, ?2, ?3)
             ON CONFLICT (room) DO UPDATE SET public = ?2, group_info = ?3",
            (key.0, public, group_info),
        )?;
        Ok(())
    }

    fn place(
        &mut self,
        key: RoomKey,
        device: &DeviceId,
        message: &MessageId,
    ) -> Result<Option<Place>, StoreError> {
        event::place(self, key, device, message)
    }

    fn append_event(&mut self, key: RoomKey, appended: &EventRow) -> Result<(), StoreError> {
        event::append(self, key, appended)
    }

    fn events(
        &mut self,
        key: RoomKey,
        from: Seq,
        events_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        event::page(self, key, from, events_max, bytes_max)
    }

    fn events_before(
        &mut self,
        key: RoomKey,
        before: Seq,
        events_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        event::page_before(self, key, before, events_max, bytes_max)
    }

    fn set_keep_days(&mut self, key: RoomKey, days: u32) -> Result<(), StoreError> {
        self.execute("UPDATE rooms SET keep_days = ?1 WHERE number = ?2 AND keep_days <> ?1", (days, key.0))?;
        Ok(())
    }

    fn next_due(&mut self, now: UnixMillis) -> Result<Option<(RoomKey, Seq, UnixMillis)>, StoreError> {
        event::next_due(self, now)
    }

    fn replace_event(
        &mut self,
        key: RoomKey,
        seq: Seq,
        bytes: (&[u8], &[u8]),
        deleted: bool,
    ) -> Result<(), StoreError> {
        event::replace(self, key, seq, bytes, deleted)
    }

    fn set_swept(&mut self, key: RoomKey, seq: Seq) -> Result<(), StoreError> {
        self.execute("UPDATE rooms SET swept = ? WHERE number = ?", (int(seq.0), key.0))?;
        Ok(())
    }

    fn traffic(&mut self, key: RoomKey, user: &UserId) -> Result<RoomTraffic, StoreError> {
        event::traffic(self, key, user)
    }

    fn leaves(&mut self, key: RoomKey) -> Result<Vec<LeafRow>, StoreError> {
        self.all(
            "SELECT leaf_index, user_id, device_id FROM leaves WHERE room = ? ORDER BY leaf_index",
            [key.0],
            leaf,
        )
    }

    fn leaf_of(&mut self, key: RoomKey, device: &DeviceId) -> Result<Option<(LeafRow, bool)>, StoreError> {
        self.one(
            "SELECT leaf_index, user_id, device_id, due FROM leaves WHERE device_id = ? AND room = ?",
            (device.as_bytes(), key.0),
            |row| Ok((leaf(row)?, row.get(3)?)),
        )
    }

    fn change_leaves(&mut self, key: RoomKey, gone: &[LeafRow], come: &[LeafRow]) -> Result<(), StoreError> {
        for leaf in gone {
            self.execute("DELETE FROM leaves WHERE room = ? AND leaf_index = ?", (key.0, leaf.index))?;
        }
        for leaf in come {
            self.execute(
                "INSERT INTO leaves (room, leaf_index, user_id, device_id, due) VALUES (?, ?, ?, ?, 0)",
                params![key.0, leaf.index, leaf.user.as_bytes(), leaf.device.as_bytes()],
            )?;
        }
        Ok(())
    }

    fn rooms_with_device(&mut self, device: &DeviceId) -> Result<Vec<(RoomKey, RoomId)>, StoreError> {
        self.all(
            "SELECT r.number, r.room_id FROM leaves l JOIN rooms r ON r.number = l.room
             WHERE l.device_id = ? ORDER BY r.room_id",
            [device.as_bytes()],
            |row| Ok((RoomKey(row.get(0)?), RoomId::from_bytes(row.get(1)?))),
        )
    }

    fn refresh_due(&mut self, key: RoomKey) -> Result<Vec<u32>, StoreError> {
        let leaves = self.all(
            "SELECT l.leaf_index, l.device_id, l.due,
                    coalesce(d.active = 1 AND a.active = 1 AND s.stay = 'member', 0)
             FROM leaves l
             LEFT JOIN devices d ON d.device_id = l.device_id
             LEFT JOIN accounts a ON a.user_id = l.user_id
             LEFT JOIN stays s ON s.user_id = l.user_id AND s.room = l.room
             WHERE l.room = ? ORDER BY l.leaf_index",
            [key.0],
            |row| Ok((row.get::<_, u32>(0)?, row.get::<_, [u8; 16]>(1)?, row.get(2)?, row.get(3)?)),
        )?;
        let (mut due, mut audience) = (Vec::new(), Vec::with_capacity(16 * leaves.len()));
        for (index, device, was_due, stays) in leaves {
            let (was_due, stays): (bool, bool) = (was_due, stays);
            if stays {
                audience.extend_from_slice(&device);
            } else {
                due.push(index);
            }
            if was_due == stays {
                self.execute(
                    "UPDATE leaves SET due = ? WHERE room = ? AND leaf_index = ?",
                    (!stays, key.0, index),
                )?;
            }
        }
        self.execute("UPDATE rooms SET due = ? WHERE number = ?", (int(due.len() as u64), key.0))?;
        self.execute(
            "INSERT INTO audiences (room, devices) VALUES (?1, ?2)
             ON CONFLICT (room) DO UPDATE SET devices = ?2",
            (key.0, audience),
        )?;
        Ok(due)
    }

    fn due(&mut self, key: RoomKey) -> Result<Vec<u32>, StoreError> {
        self.all(
            "SELECT leaf_index FROM leaves WHERE room = ? AND due = 1 ORDER BY leaf_index",
            [key.0],
            |row| row.get(0),
        )
    }

    fn audience(&mut self, key: RoomKey) -> Result<Vec<DeviceId>, StoreError> {
        let devices = self.one("SELECT devices FROM audiences WHERE room = ?", [key.0], |row| {
            Ok(row
                .get_ref(0)?
                .as_blob()?
                .as_chunks::<16>()
                .0
                .iter()
                .copied()
                .map(DeviceId::from_bytes)
                .collect())
        })?;
        Ok(devices.unwrap_or_default())
    }

    fn stay(&mut self, key: RoomKey, user: &UserId) -> Result<Option<(RoomStay, UnixMillis)>, StoreError> {
        self.one(
            "SELECT stay, since_ms FROM stays WHERE user_id = ? AND room = ?",
            (user.as_bytes(), key.0),
            |row| Ok((text::stay(row, 0)?, UnixMillis(uint(row, 1)?))),
        )
    }

    fn set_stay(
        &mut self,
        key: RoomKey,
        user: &UserId,
        stay: RoomStay,
        since: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO stays (user_id, room, stay, since_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (user_id, room) DO UPDATE
             SET since_ms = iif(stays.stay = 'member', stays.since_ms, ?4), stay = ?3",
            params![user.as_bytes(), key.0, text::stay_text(stay), int(since.0)],
        )?;
        Ok(())
    }

    fn delete_stay(&mut self, key: RoomKey, user: &UserId) -> Result<(), StoreError> {
        self.execute("DELETE FROM stays WHERE user_id = ? AND room = ?", (user.as_bytes(), key.0))?;
        Ok(())
    }

    fn insert_tree(
        &mut self,
        key: RoomKey,
        epoch: Epoch,
        tree: &[u8],
        expires: UnixMillis,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO trees (room, epoch, tree, expires_ms) VALUES (?, ?, ?, ?)",
            (key.0, int(epoch.0), tree, int(expires.0)),
        )?;
        Ok(())
    }

    fn tree(&mut self, key: RoomKey, epoch: Epoch) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT tree FROM trees WHERE room = ? AND epoch = ?", (key.0, int(epoch.0)), |row| {
            row.get(0)
        })
    }

    fn purge_trees(&mut self, now: UnixMillis) -> Result<(), StoreError> {
        self.execute("DELETE FROM trees WHERE expires_ms < ?", [int(now.0)])?;
        Ok(())
    }
}
