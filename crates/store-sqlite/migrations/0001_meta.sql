-- Facts of which there is one: who the server is, which life of its memory this is, the team's room, the owner code.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
