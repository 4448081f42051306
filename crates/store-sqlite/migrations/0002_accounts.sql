-- People and their devices. What a chain says is in links; devices and accounts.root16 repeat it for look-up, written in
-- the same transaction.
CREATE TABLE accounts (
    user_id    BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,          -- folded; this index decides who wins a race for a name
    role       TEXT    NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    active     INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_ms INTEGER NOT NULL,
    root16     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_owner ON accounts (role) WHERE role = 'owner';

CREATE TABLE passwords (
    user_id      BLOB    NOT NULL PRIMARY KEY,
    hash         TEXT    NOT NULL,               -- bcrypt of what the client stretched; the password never comes here
    salt         BLOB    NOT NULL,
    memory_kib   INTEGER NOT NULL,
    passes       INTEGER NOT NULL,
    sealed_share BLOB    NOT NULL                -- sealed under the server's key file, which is not in this database
) STRICT, WITHOUT ROWID;

CREATE TABLE vaults (
    user_id BLOB    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    sealed  BLOB    NOT NULL
) STRICT;

CREATE TABLE devices (
    device_id   BLOB    NOT NULL PRIMARY KEY,
    user_id     BLOB    NOT NULL,
    key         BLOB    NOT NULL,
    active      INTEGER NOT NULL CHECK (active IN (0, 1)),
    sealed_name BLOB    NOT NULL,
    added_ms    INTEGER NOT NULL,
    seen_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX devices_of_user ON devices (user_id, added_ms);
