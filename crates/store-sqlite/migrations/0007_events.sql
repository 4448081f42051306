-- Events of all rooms. place is room number << 32 | seq: a room's log lies together and needs no index of its own.
CREATE TABLE events (
    place      INTEGER NOT NULL PRIMARY KEY,
    kind       INTEGER NOT NULL CHECK (kind IN (1, 2)),
    epoch      INTEGER NOT NULL,
    device_id  BLOB    NOT NULL,
    message_id BLOB    NOT NULL,
    time_ms    INTEGER NOT NULL,
    mls        BLOB    NOT NULL,
    body       BLOB    NOT NULL
) STRICT;

-- The idempotency key. Message ids begin with their time, so new entries lie at the right edge, whatever the room.
CREATE UNIQUE INDEX events_once ON events (message_id, device_id, (place >> 32));
