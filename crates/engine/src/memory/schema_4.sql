-- Set while another device has replaced the recovery key, or this one is about to: the vault key may go with it. One row, or none.
CREATE TABLE vault_doubt (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;
