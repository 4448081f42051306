//! What a build needs from the system: found by trying, installed by apt-get when we may, said either way.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{run, say};

/// Something outside Rust's world that a build fails without.
pub(crate) struct Need {
    /// What for, as the end of "needed …".
    why: &'static str,
    packages: &'static [&'static str],
    is_here: fn() -> bool,
}

/// To link at all.
pub(crate) const LINKER: Need = Need {
    why: "to link programs and compile the C parts of SQLCipher and aws-lc",
    packages: &["gcc", "libc6-dev"],
    is_here: || succeeds("cc", &["-E", "-x", "c", "-include", "stdio.h", "/dev/null"]),
};

/// SQLCipher's ciphers on everything but Apple (system framework) and Windows (see `OPENSSL_DIR`).
pub(crate) const LIBCRYPTO: Need = Need {
    why: "by SQLCipher, which keeps databases encrypted on disk",
    packages: &["libssl-dev", "pkg-config"],
    is_here: || {
        cfg!(any(target_os = "macos", windows))
            || std::env::var_os("OPENSSL_DIR").is_some()
            || std::env::var_os("OPENSSL_INCLUDE_DIR").is_some()
            || succeeds("cc", &["-E", "-x", "c", "-include", "openssl/crypto.h", "/dev/null"])
    },
};

/// SQLite and SQLCipher are C in the browser too, and gcc has no wasm32 target.
pub(crate) const CLANG: Need = Need {
    why: "to compile SQLite's C code for the browser",
    packages: &["clang"],
    is_here: || succeeds("clang", &["--target=wasm32-unknown-unknown", "-E", "-x", "c", "/dev/null"]),
};

/// The view is TypeScript, built by Vite.
pub(crate) const NODE: Need = Need {
    why: "to build the web app's view",
    packages: &["nodejs", "npm"],
    is_here: || succeeds("node", &["--version"]) && succeeds("npm", &["--version"]),
};

/// The web app's proofs drive a real browser that trusts the server as a person would make it.
pub(crate) const CHROMIUM: Need = Need {
    why: "to prove the web app in a real browser",
    packages: &["chromium", "libnss3-tools"],
    is_here: || run::find("chromium").is_some() && run::find("certutil").is_some(),
};

/// Disks that fail on demand, and images with a file system on them.
pub(crate) const FAULTS: Need = Need {
    why: "to let disks fail and cut the power",
    packages: &["fiu-utils", "e2fsprogs", "mount"],
    is_here: || ["fiu-ctrl", "mkfs.ext4", "losetup"].iter().all(|name| run::find(name).is_some()),
};

/// Installs what is missing, or says how to and stops.
pub(crate) fn ensure(needs: &[&Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        say::doing(&format!("missing: {} – needed {}", need.packages.join(", "), need.why));
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages).copied().collect();
    if run::find("apt-get").is_none() {
        bail!(
            "please install what the Debian packages {} contain, with your system's package manager",
            packages.join(", ")
        );
    }
    if !is_root() {
        bail!(
            "please run this, then try again:\n  sudo apt-get update && sudo apt-get install -y {}",
            packages.join(" ")
        );
    }
    update_lists()?;
    run::pass(apt_get(&["install", "-y", "--no-install-recommends"]).args(&packages))?;
    match self::missing(needs).first() {
        None => Ok(()),
        Some(need) => bail!("{} is installed and still not usable", need.packages.join(", ")),
    }
}

/// Fetches apt's package lists; the mirrors forget old versions, so stale lists lead nowhere.
pub(crate) fn update_lists() -> Result<()> {
    run::pass(&mut apt_get(&["update", "-q"]))
}

/// Whether apt-get may change this machine.
pub(crate) fn is_root() -> bool {
    let id = run::output(Command::new("id").arg("-u"));
    id.is_ok_and(|id| id.trim() == "0")
}

/// apt-get, asking nothing: CI has nobody to answer.
fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command
}

fn missing<'a>(needs: &[&'a Need]) -> Vec<&'a Need> {
    needs.iter().copied().filter(|need| !(need.is_here)()).collect()
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Need = Need { why: "for a test", packages: &["a"], is_here: || true };
    const ABSENT: Need = Need { why: "for a test", packages: &["b"], is_here: || false };

    #[test]
    fn only_what_is_absent_is_missing() {
        let names: Vec<_> = missing(&[&HERE, &ABSENT]).iter().map(|need| need.packages).collect();
        assert_eq!(names, [["b"]]);
    }

    #[test]
    fn nothing_is_done_when_everything_is_here() {
        ensure(&[&HERE]).expect("nothing to install");
    }

    #[test]
    fn a_program_that_does_not_exist_does_not_succeed() {
        assert!(!succeeds("securechat-no-such-program", &[]));
    }
}
