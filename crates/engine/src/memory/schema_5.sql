-- Version 5: trust (docs/protocol.md §5, §8.3).

-- Root of this device's copy of the workspace log at every size it had.
CREATE TABLE log_roots (size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT;

-- Heads of the log that members named and this device's copy has not come to yet.
CREATE TABLE log_claims (
  number INTEGER PRIMARY KEY,
  size INTEGER NOT NULL, root BLOB NOT NULL,
  device_id BLOB NOT NULL,
  evidence BLOB NOT NULL,        -- CBOR: what it is evidence of, should it not come true
  UNIQUE (device_id, size, root)
) STRICT;

-- What must not happen and did, kept to be looked at and handed on.
CREATE TABLE evidence (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  what TEXT NOT NULL, sentence TEXT NOT NULL,
  device_id BLOB NOT NULL, room_id BLOB NOT NULL,   -- empty: none
  evidence BLOB NOT NULL,        -- CBOR
  looked_at INTEGER NOT NULL
) STRICT;

-- The newest receipt of each device in a room; of this device what it has put.
CREATE TABLE receipts (
  room_id BLOB NOT NULL, device_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  seq INTEGER NOT NULL,          -- 0: not told
  receipt BLOB NOT NULL,         -- as it was signed
  compared INTEGER NOT NULL,     -- 0 while this device has not come to that seq
  PRIMARY KEY (room_id, device_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipts_waiting ON receipts (room_id, seq) WHERE compared = 0;

-- People whom this person has compared, with the root compared; without a root: not verified any more.
CREATE TABLE verified (
  user_id BLOB PRIMARY KEY, root BLOB NOT NULL, time_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
