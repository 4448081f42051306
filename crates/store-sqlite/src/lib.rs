//! The server's memory in one SQLite file.
