//! The workbench: one command for everything a person or CI does with this workspace.
//!
//! It depends on `anyhow` and nothing else, so that the first `cargo xtask` on a new machine
//! is compiled in seconds and can then look after everything the product itself needs.

mod architecture;
mod bench;
mod build;
mod check;
mod clock;
mod counts;
mod derived;
mod holes;
mod place;
mod prerequisites;
mod proofs;
mod prove;
mod run;
mod say;
mod serve;
mod static_libcrypto;
mod steps;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
cargo xtask serve [ARGS…]       build the release binary and run `securechat serve ARGS…`
cargo xtask build [--release]   build the product; --release leaves target/release/securechat
cargo xtask check               quick: format, architecture, holes' patches, clippy
cargo xtask test                everything CI runs: check, wasm, all tests, cargo-deny where it is installed
cargo xtask wasm                compile the client's crates for the browser (wasm32-unknown-unknown)
cargo xtask web                 build the web app that the binary holds, where it is out of date
cargo xtask prove [ARGS…]       the real binary under faults: kills, power cuts, full disks, broken networks;
                                --quick (minutes) or --full (hours), --only NAME, --resume, --record
cargo xtask bench [NAME…]       how fast it is, beside the floor; --record writes docs/benchmarks.md
cargo xtask holes [N]           open each known hole on purpose (docs/holes); its tests must fail
cargo xtask gen                 write derived files again (docs/map.md, the view's types)

What a command needs and the machine lacks is installed with apt-get when you are root;
otherwise the exact command is printed and nothing is changed.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome: Result<()> = match words.as_slice() {
        ["serve", ..] => serve::serve(&arguments[1..]),
        ["build"] => build::debug().map(drop),
        ["build", "--release"] => build::release().map(drop),
        ["check"] => check::quick(),
        ["test"] => check::everything(),
        ["wasm" | "web-check"] => wasm::command(),
        ["web"] => wasm::web::build(),
        ["prove", ..] => prove::command(&arguments[1..]),
        ["bench", ..] => bench::bench(&arguments[1..]),
        ["holes"] => holes::command(""),
        ["holes", wanted] => holes::command(wanted),
        ["gen"] => derived::write(),
        [] | ["help" | "--help" | "-h"] => {
            say::line(USAGE);
            return ExitCode::SUCCESS;
        }
        other => {
            say::trouble(&format!("there is no `cargo xtask {}`\n\n{USAGE}", other.join(" ")));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::trouble(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
