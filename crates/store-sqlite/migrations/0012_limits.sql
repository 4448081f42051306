-- Rooms' limits: how long messages are kept, and how far each room's log has been swept.
ALTER TABLE rooms ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 0;   -- 0: for ever
ALTER TABLE rooms ADD COLUMN swept INTEGER NOT NULL DEFAULT 0;       -- everything up to this seq has been deleted

CREATE INDEX rooms_limited ON rooms (number) WHERE keep_days > 0;

-- 1: mls and body are the hashes of what was there.
ALTER TABLE events ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1));
