-- Rooms: where they stand, their public MLS state, their leaves and people.
CREATE TABLE rooms (
    number  INTEGER NOT NULL PRIMARY KEY,        -- short name, used below
    room_id BLOB    NOT NULL UNIQUE,
    epoch   INTEGER NOT NULL,
    head    INTEGER NOT NULL,                    -- seq of the newest event
    open    INTEGER NOT NULL CHECK (open IN (0, 1)),
    due     INTEGER NOT NULL                     -- how many leaves are to be removed
) STRICT;

-- Large, and not needed to publish: hence apart from rooms.
CREATE TABLE groups (
    room       INTEGER NOT NULL PRIMARY KEY,
    public     BLOB    NOT NULL,
    group_info BLOB    NOT NULL
) STRICT;

-- Devices told of events: 16 bytes each, one behind the other. Found anew with each commit, read with each message.
CREATE TABLE audiences (
    room    INTEGER NOT NULL PRIMARY KEY,
    devices BLOB    NOT NULL
) STRICT;

CREATE TABLE leaves (
    room       INTEGER NOT NULL,
    leaf_index INTEGER NOT NULL,
    user_id    BLOB    NOT NULL,
    device_id  BLOB    NOT NULL,
    due        INTEGER NOT NULL CHECK (due IN (0, 1)),
    PRIMARY KEY (room, leaf_index)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX leaves_of_device ON leaves (device_id, room);

CREATE TABLE stays (
    user_id  BLOB    NOT NULL,
    room     INTEGER NOT NULL,
    stay     TEXT    NOT NULL CHECK (stay IN ('member', 'left')),
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, room)
) STRICT, WITHOUT ROWID;

-- Trees of epochs that issued Welcomes.
CREATE TABLE trees (
    room       INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    tree       BLOB    NOT NULL,
    expires_ms INTEGER NOT NULL,
    PRIMARY KEY (room, epoch)
) STRICT;

CREATE INDEX trees_by_end ON trees (expires_ms);
