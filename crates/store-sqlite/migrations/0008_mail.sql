-- What waits for a device. Numbers only ever grow: an inbox number is a cursor that outlives its row.
CREATE TABLE key_packages (
    number       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    reference    BLOB    NOT NULL UNIQUE,
    device_id    BLOB    NOT NULL,
    usage        TEXT    NOT NULL CHECK (usage IN ('once', 'last_resort', 'spent')),
    not_after_ms INTEGER NOT NULL,
    package      BLOB    NOT NULL                -- empty once spent: the reference alone is kept, for its Welcome
) STRICT;

CREATE INDEX key_packages_of_device ON key_packages (device_id, usage, number);

CREATE TABLE inbox (
    number    INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device_id BLOB    NOT NULL,
    room_id   BLOB    NOT NULL,
    epoch     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    welcome   BLOB    NOT NULL
) STRICT;

CREATE INDEX inbox_of_device ON inbox (device_id, number);
