//! `cargo xtask prove`: builds the product and puts it under faults (`crates/prove`).

use anyhow::{Result, bail};

use crate::prerequisites::{self, FAULTS};
use crate::{build, place, run, say};

/// The word by which development builds break promises on purpose (`store-sqlite/src/broken.rs`).
const BREAK: &[u8] = b"SECURECHAT_BREAK";

/// Builds, then runs with these arguments. A full run proves the release build, which is what a team has; a quick one the
/// development build, which is there already. Controls are always development builds: no other can break a promise.
pub(crate) fn command(arguments: &[String]) -> Result<()> {
    if prerequisites::is_root() {
        prerequisites::ensure(&[&FAULTS])?;
    }
    let breakable = build::debug()?;
    let full = arguments.iter().any(|argument| argument == "--full");
    let binary = if full { build::release()? } else { breakable.clone() };
    if full && contains(&std::fs::read(&binary)?, BREAK) {
        bail!("the release build can break its promises on purpose; it must not contain {BREAK:?}");
    }
    run::pass(run::cargo().args(["build", "--package", "securechat-prove"]))?;
    let mut prove = std::process::Command::new(place::target().join("debug/securechat-prove"));
    prove.current_dir(place::root());
    prove.arg("--binary").arg(binary).arg("--breakable").arg(breakable);
    prove.arg("--folder").arg(place::target().join("prove"));
    for argument in arguments {
        match argument.as_str() {
            "--record" => prove.arg("--record").arg(place::root().join("docs/proof.md")),
            other => prove.arg(other),
        };
    }
    say::doing(&run::shown(&prove));
    run::pass(&mut prove)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}
