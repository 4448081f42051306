-- Set while another device has replaced the recovery key: the vault key may have gone with it. One row, or none.
CREATE TABLE vault_doubt (id INTEGER PRIMARY KEY CHECK (id = 1)) STRICT;
