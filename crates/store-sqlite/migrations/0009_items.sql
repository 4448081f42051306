-- A person's sealed items, each the newest of its name. Numbers only ever grow: one is a cursor for their devices.
CREATE TABLE items (
    number  INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id BLOB    NOT NULL,
    name    BLOB    NOT NULL,
    version INTEGER NOT NULL,
    sealed  BLOB    NOT NULL,                    -- empty once taken away
    UNIQUE (user_id, name)
) STRICT;

CREATE INDEX items_of_user ON items (user_id, number);
