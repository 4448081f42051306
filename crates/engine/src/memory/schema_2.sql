-- Version 2: what a person has set on this device (appearance, notifications, muted rooms), by name.
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
