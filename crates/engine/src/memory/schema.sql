-- A device's memory, version 1: one encrypted SQLite file, one transaction a step.

-- Who this device is. One row.
CREATE TABLE account (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  server_id BLOB NOT NULL,
  server_url TEXT NOT NULL,      -- https://host:port
  server_pin TEXT NOT NULL,      -- what its TLS identity must hash to
  user_id BLOB NOT NULL,
  user_name TEXT NOT NULL,
  device_id BLOB NOT NULL,
  device_seed BLOB NOT NULL,     -- Ed25519
  root16 BLOB NOT NULL,          -- own chain's root, first half
  vault_key BLOB NOT NULL,
  role TEXT NOT NULL,
  token TEXT,                    -- session token, if any
  generation BLOB,               -- the server's, as last seen
  team_room BLOB
) STRICT;

-- The workspace log, link by link, checked when it came in.
CREATE TABLE links (position INTEGER PRIMARY KEY, link BLOB NOT NULL) STRICT;

-- The root that each user's chain had when first seen.
CREATE TABLE pins (user_id BLOB PRIMARY KEY, root16 BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- How people want to be called.
CREATE TABLE profiles (user_id BLOB PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
  room_id BLOB PRIMARY KEY,
  state TEXT NOT NULL,           -- listed, joining, joined, gone, halted
  kind TEXT NOT NULL,            -- channel, private, dm
  history TEXT NOT NULL,
  name TEXT NOT NULL,
  topic TEXT NOT NULL,
  peer BLOB,                     -- the other person of a dm
  epoch INTEGER NOT NULL,
  cursor INTEGER NOT NULL,       -- newest event taken in
  head INTEGER NOT NULL,         -- newest event known to exist
  joined_at INTEGER NOT NULL,    -- seq of the commit that brought this device in
  read_to INTEGER NOT NULL,      -- newest event read by this person here
  epoch_began INTEGER NOT NULL,  -- seq of the commit that began the epoch
  tell_newcomer INTEGER,         -- seq of a newcomer's commit whom nobody has told the room's name yet
  trouble TEXT                   -- a sentence, when something is wrong with it
) STRICT;

-- Whose devices are in a room, as its ratchet tree says.
CREATE TABLE members (
  room_id BLOB NOT NULL, leaf INTEGER NOT NULL, user_id BLOB NOT NULL, device_id BLOB NOT NULL,
  PRIMARY KEY (room_id, leaf)
) STRICT, WITHOUT ROWID;

-- Transcript hash after each event of a room's present epoch.
CREATE TABLE transcripts (
  room_id BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  number INTEGER PRIMARY KEY,
  room_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  device_id BLOB NOT NULL,
  user_id BLOB NOT NULL,
  seq INTEGER,                   -- none while it waits in the outbox
  time_ms INTEGER NOT NULL,      -- the server's; the sender's own while it waits
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  content BLOB NOT NULL,
  UNIQUE (room_id, device_id, message_id)
) STRICT;
CREATE INDEX messages_by_seq ON messages (room_id, seq);

CREATE VIRTUAL TABLE messages_text USING fts5 (
  text, content = 'messages', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER messages_text_insert AFTER INSERT ON messages BEGIN
  INSERT INTO messages_text (rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER messages_text_delete AFTER DELETE ON messages BEGIN
  INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.number, old.text);
END;

-- Messages on their way out, first in, first out for each room.
CREATE TABLE outbox (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  content BLOB NOT NULL,
  epoch INTEGER,                 -- epoch of the stored ciphertext, if there is one
  mls BLOB,
  body BLOB,
  failed TEXT                    -- why it will not go out by itself, if so
) STRICT;
CREATE INDEX outbox_by_room ON outbox (room_id, number);

-- Changes to rooms on their way out: what is wanted, and the commit made of it for the present epoch.
CREATE TABLE intents (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id BLOB NOT NULL,
  wish BLOB NOT NULL,            -- CBOR
  message_id BLOB NOT NULL,
  epoch INTEGER,
  made BLOB                      -- CBOR of the commit, if there is one
) STRICT;
CREATE INDEX intents_by_room ON intents (room_id, number);

-- What a person is writing.
CREATE TABLE drafts (room_id BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
