-- Version 6: devices that are linked, and those that appear (docs/protocol.md §3.1).

-- What the log must say, by the device that let this one in. At most one row; gone once it was seen.
CREATE TABLE expected_log (value BLOB NOT NULL) STRICT;

-- This user's devices that came after this one.
CREATE TABLE later_devices (
  device_id BLOB PRIMARY KEY,
  answered INTEGER NOT NULL      -- 1 once the person has said that it is theirs, or it was let in from here
) STRICT, WITHOUT ROWID;
