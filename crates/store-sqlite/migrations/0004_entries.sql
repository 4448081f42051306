-- What grants entry, by SHA-256: a copy of this file opens no session.
CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL,
    device_id  BLOB    NOT NULL,
    opened_ms  INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_user ON sessions (user_id, opened_ms);
CREATE INDEX sessions_of_device ON sessions (device_id);
CREATE INDEX sessions_by_end ON sessions (expires_ms);

CREATE TABLE tickets (
    ticket_hash BLOB    NOT NULL PRIMARY KEY,
    user_id     BLOB    NOT NULL,
    expires_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_by_end ON tickets (expires_ms);

CREATE TABLE challenges (
    nonce_hash BLOB    NOT NULL PRIMARY KEY,
    device_id  BLOB    NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX challenges_by_end ON challenges (expires_ms);
