-- Invites, by SHA-256 of their code.
CREATE TABLE invites (
    id         TEXT    NOT NULL PRIMARY KEY,
    code_hash  BLOB    NOT NULL UNIQUE,
    uses       INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('member', 'admin')),
    made_by    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
