//! What a malicious server can do, one behaviour a test: each ends refused, in an alarm, or as a documented limit.
//!
//! `docs/malicious-server.md` is the list. Every test shows first that the malice really happened.

mod answers;
mod entries;
mod epochs;
mod joining;
mod log;
mod outsider;
mod scene;
mod table;
