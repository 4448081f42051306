-- Version 7: rooms' limits (docs/protocol.md §8.4), and messages that came from an export.

-- How long a room's messages are kept, as its policy stands.
CREATE TABLE limits (
  room_id BLOB PRIMARY KEY,
  keep_days INTEGER NOT NULL,      -- here; 0 is for ever
  server_days INTEGER NOT NULL,    -- at the server
  keys_gone INTEGER,               -- newest epoch whose archive key was deleted, with all before
  unexplained_ms INTEGER           -- time of the newest deleted message that no limit so far explains
) STRICT, WITHOUT ROWID;

-- When epochs ended, by the server's clock.
CREATE TABLE epoch_ends (
  room_id BLOB NOT NULL, epoch INTEGER NOT NULL, ended_ms INTEGER NOT NULL, PRIMARY KEY (room_id, epoch)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_by_time ON messages (room_id, time_ms);

-- A deleted message leaves no words in the index.
INSERT INTO messages_text (messages_text, rank) VALUES ('secure-delete', 1);

ALTER TABLE messages ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;  -- 1: from an export, not checked by this device
