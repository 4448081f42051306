-- What each device of a room says of how far it has come: sealed for the room, one replaceable slot each.
CREATE TABLE receipts (
    room      INTEGER NOT NULL,
    device_id BLOB    NOT NULL,
    epoch     INTEGER NOT NULL,
    sealed    BLOB    NOT NULL,
    PRIMARY KEY (room, device_id)
) STRICT, WITHOUT ROWID;
