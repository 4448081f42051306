//! Which parts of SQLite the browser downloads.
//!
//! `sqlite-wasm-rs` builds nearly all there is; the engine's SQL uses tables, FTS5, foreign keys and savepoints, and its doctor a quick check. What
//! changes the grammar (`SQLITE_OMIT_ANALYZE`, `SQLITE_OMIT_WINDOWFUNC`) cannot be left out of the amalgamation, and
//! without the date functions SQLite asks for a C library's.

/// Read by the build script of `sqlite-wasm-rs`.
pub(super) const VARIABLE: &str = "SQLITE_WASM_RS_FLAGS";

/// Extensions that are on unless they are undefined, by their names after `SQLITE_ENABLE_`.
const DISABLED: [&str; 13] = [
    "API_ARMOR",
    "BYTECODE_VTAB",
    "COLUMN_METADATA",
    "DBPAGE_VTAB",
    "DBSTAT_VTAB",
    "MATH_FUNCTIONS",
    "OFFSET_SQL_FUNC",
    "PREUPDATE_HOOK",
    "RTREE",
    "SESSION",
    "STMTVTAB",
    "UNKNOWN_SQL_FUNCTION",
    "UNLOCK_NOTIFY",
];

/// Parts of the core, by their names after `SQLITE_OMIT_`. There is no WAL in OPFS, which has no shared memory.
const OMITTED: [&str; 10] = [
    "AUTHORIZATION",
    "COMPILEOPTION_DIAGS",
    "DESERIALIZE",
    "GET_TABLE",
    "JSON",
    "PROGRESS_CALLBACK",
    "TCL_VARIABLE",
    "TRACE",
    "UTF16",
    "WAL",
];

/// The variable's value.
pub(super) fn flags() -> String {
    let disabled = DISABLED.iter().map(|name| format!("-USQLITE_ENABLE_{name}"));
    let omitted = OMITTED.iter().map(|name| format!("-DSQLITE_OMIT_{name}"));
    disabled.chain(omitted).collect::<Vec<_>>().join(" ")
}
