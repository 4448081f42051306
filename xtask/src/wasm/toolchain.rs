//! Finds a compiler with a standard library for the browser: what is here, else rustup, else Debian.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{TARGET, debian};
use crate::{run, say};

/// `debian` goes straight to Debian's packages where the target is absent: CI cannot reach rustup's server.
const CHOICE: &str = "SECURECHAT_WASM_TOOLCHAIN";

/// rustup retries a server that does not answer for longer than anybody wants to wait.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// The compiler to set as `RUSTC`, or nothing if the one cargo would take anyway will do.
pub(super) fn find() -> Result<Option<PathBuf>> {
    let rustc = PathBuf::from(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    if has_std(&rustc) {
        return Ok(None);
    }
    let choice = env::var(CHOICE).unwrap_or_default();
    if choice != "debian" && rustup_adds_it() && has_std(&rustc) {
        return Ok(None);
    }
    if run::find("apt-get").is_none() || run::find("dpkg-deb").is_none() {
        bail!("Rust cannot compile for {TARGET} yet; please run `rustup target add {TARGET}` and try again");
    }
    debian::rustc().map(Some)
}

/// Whether a compiler has the target's standard library beside it.
pub(super) fn has_std(rustc: &Path) -> bool {
    let asked = run::output(Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]));
    let Ok(folder) = asked else { return false };
    let Ok(entries) = fs::read_dir(folder.trim()) else { return false };
    entries.flatten().any(|entry| is_std(&entry.file_name().to_string_lossy()))
}

fn is_std(file: &str) -> bool {
    file.starts_with("libstd-") && file.ends_with(".rlib")
}

fn rustup_adds_it() -> bool {
    if run::find("rustup").is_none() {
        return false;
    }
    let added = run::within(RUSTUP_LIMIT, Command::new("rustup").args(["target", "add", TARGET]));
    let added = added.unwrap_or(false);
    if !added {
        say::doing("rustup could not add the target; trying Debian's packages");
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_is_not_there_has_no_std() {
        assert!(!has_std(Path::new("/nonexistent/rustc")));
    }

    #[test]
    fn only_the_library_itself_counts() {
        assert!(is_std("libstd-0123456789abcdef.rlib"));
        assert!(!is_std("libstd_detect-0123456789abcdef.rlib") && !is_std("libstd-0123456789abcdef.rmeta"));
    }
}
