-- Version 3: history (docs/protocol.md §8.1, §8.2).

-- What opens the bodies of an epoch. Told keys may be wrong: there can be more than one.
CREATE TABLE archive_keys (
  room_id BLOB NOT NULL, epoch INTEGER NOT NULL, key BLOB NOT NULL,
  own INTEGER NOT NULL,          -- 1 if it is from this device's own group
  PRIMARY KEY (room_id, epoch, key)
) STRICT, WITHOUT ROWID;

-- Epochs whose key a later reader cannot reach by the log alone.
CREATE TABLE owed_keys (
  room_id BLOB NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (room_id, epoch)
) STRICT, WITHOUT ROWID;

-- How far back each room has been read.
CREATE TABLE history (
  room_id BLOB PRIMARY KEY,
  reached INTEGER NOT NULL,      -- everything from this seq on has been taken in
  wanted INTEGER NOT NULL,       -- messages still to be read back
  ended TEXT,                    -- what is in the way: beginning, since_join, none, owed, deleted
  gap_to INTEGER,                -- newest event taken in before this device was out for a while
  gap_resume INTEGER             -- reached, as it was then
) STRICT, WITHOUT ROWID;

-- Epochs that no link leads back to, by the room's policy, and whose key this user's own devices hand each other.
CREATE TABLE held_keys (
  room_id BLOB NOT NULL, epoch INTEGER NOT NULL, PRIMARY KEY (room_id, epoch)
) STRICT, WITHOUT ROWID;

-- What this user's devices keep for each other at the server, sealed (docs/protocol.md §2.1).
CREATE TABLE items (
  kind TEXT NOT NULL, subject BLOB NOT NULL,
  version INTEGER NOT NULL,      -- newest known; 0 while there is none at the server
  due INTEGER NOT NULL,          -- 1 while this device has something newer
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX items_due ON items (kind, subject) WHERE due = 1;

-- Number of the newest item taken in. One row.
CREATE TABLE items_seen (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL) STRICT;
