-- The workspace log: signed chain links in order, never changed or deleted. peak is the root of the largest full subtree
-- (RFC 6962) that the link completes, from which the log's root at any size is found with few reads.
CREATE TABLE links (
    position INTEGER NOT NULL PRIMARY KEY,
    user_id  BLOB    NOT NULL,
    seq      INTEGER NOT NULL,
    bytes    BLOB    NOT NULL,
    peak     BLOB    NOT NULL
) STRICT;

CREATE UNIQUE INDEX links_of_user ON links (user_id, seq);
