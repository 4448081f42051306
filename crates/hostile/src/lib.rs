//! Untrusted bytes against every parser: one function a target, called by the fuzzers in `fuzz/` and replayed by tests.
//!
//! Each target may refuse its bytes. It must not panic, must read back what it writes, and must not take memory out of
//! proportion. For tests only: it panics where a test would.

mod mls;
mod signed;
mod text;
mod wire;

/// A parser that meets bytes of strangers.
pub struct Target {
    /// Name of its corpus and its fuzzer.
    pub name: &'static str,
    /// Longest input that reaches it: what the layer before it lets through.
    pub bytes_max: usize,
    /// Most bytes of memory it may take for each byte of input, beside [`ALLOWANCE`].
    pub memory_per_byte: usize,
    /// Tries one input; panics if a promise is broken.
    pub run: fn(&[u8]),
}

/// Memory any input may cost, however short: serde sets aside up to a MiB for a list whose length is only claimed.
pub const ALLOWANCE: usize = 3 << 20;

/// All of them.
pub const TARGETS: &[Target] = &[
    target("client_frame", wire::client_frame, 256 << 10, 16),
    target("server_frame", wire::server_frame, 256 << 10, 16),
    target("http_body", wire::http_body, 64 << 10, 64),
    target("chain_link", signed::chain_link, 2 << 10, 64),
    target("content", securechat_engine::hostile::content, 64 << 10, 64),
    target("sealed", securechat_engine::hostile::sealed, 64 << 10, 64),
    target("mls_message", mls::message, 64 << 10, 64),
    target("key_package", mls::key_package, 8 << 10, 64),
    target("welcome", mls::welcome, 64 << 10, 64),
    target("room_founding", mls::founding, 64 << 10, 64),
    target("room_commit", mls::commit, 64 << 10, 64),
    target("stored_room", mls::stored_room, 64 << 10, 64),
    target("invite_link", text::invite_link, 4 << 10, 64),
    target("names", text::names, 4 << 10, 64),
    target("server_config", text::server_config, 16 << 10, 256),
    target("export", text::export, 256 << 10, 64),
];

const fn target(name: &'static str, run: fn(&[u8]), bytes_max: usize, memory_per_byte: usize) -> Target {
    Target { name, bytes_max, memory_per_byte, run }
}

/// Tries one input against a target by name; what the layer before it would have refused is passed over.
pub fn try_one(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    if bytes.len() <= target.bytes_max {
        (target.run)(bytes);
    }
}
