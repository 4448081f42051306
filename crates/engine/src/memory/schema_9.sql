-- Version 9: stopped rooms and what leads on (docs/protocol.md §9.1, §9.2).
CREATE TABLE repairs (
  room_id BLOB PRIMARY KEY,
  halt TEXT,                     -- why it is stopped: desync, left_out, rolled_back, people
  came_back_ms INTEGER,          -- when this device last left its state of it behind to come back
  retried INTEGER,               -- where it stood when a person had it tried again
  earlier INTEGER NOT NULL       -- 1 while a person lets it come back into an earlier epoch
) STRICT, WITHOUT ROWID;

-- Rooms that go on elsewhere: which one goes on in which.
CREATE TABLE successors (room_id BLOB PRIMARY KEY, successor BLOB NOT NULL) STRICT, WITHOUT ROWID;
