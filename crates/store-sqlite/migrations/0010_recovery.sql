-- Nonces that a recovery key may sign, and codes by which somebody who lost everything begins anew, one a person.
CREATE TABLE recovery_challenges (
    nonce_hash BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reset_codes (
    user_id    BLOB    NOT NULL PRIMARY KEY,
    code_hash  BLOB    NOT NULL UNIQUE,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX recovery_challenges_by_end ON recovery_challenges (expires_ms);
CREATE INDEX reset_codes_by_end ON reset_codes (expires_ms);
