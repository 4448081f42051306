-- Version 8: what this user's other devices call rooms that this one has not come into yet (docs/protocol.md §2.1).
CREATE TABLE handed_names (
  room_id BLOB PRIMARY KEY, name TEXT NOT NULL, topic TEXT NOT NULL
) STRICT, WITHOUT ROWID;
