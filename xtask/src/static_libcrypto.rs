//! Makes the release binary carry libcrypto inside, so that it runs on a machine without that very OpenSSL.
//!
//! libsqlite3-sys always asks the linker for `-lcrypto` as a shared library, but a linker takes an
//! archive when the first folder that knows the name has nothing else. So we give it such a folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{place, run, say};

/// Sets what libsqlite3-sys reads to find the archive. Leaves a choice the user has made alone.
pub(crate) fn choose(build: &mut Command) -> Result<()> {
    let chosen = ["OPENSSL_DIR", "OPENSSL_LIB_DIR", "OPENSSL_INCLUDE_DIR"];
    if !cfg!(target_os = "linux") || chosen.iter().any(|name| env::var_os(name).is_some()) {
        return Ok(());
    }
    let Some(archive) = archive()? else {
        say::doing("no libcrypto.a here: the binary will need this machine's libcrypto.so");
        return Ok(());
    };
    let folder = place::target().join("static-libcrypto");
    fs::create_dir_all(&folder)?;
    lay_out(&archive, &folder)?;
    build
        .env("OPENSSL_LIB_DIR", &folder)
        .env("OPENSSL_INCLUDE_DIR", "/usr/include")
        .env("OPENSSL_NO_PKG_CONFIG", "1")
        .env("OPENSSL_STATIC", "1");
    Ok(())
}

/// The shared libraries of OpenSSL that a binary asks for; none if it carries its own.
pub(crate) fn still_shared(binary: &Path) -> Result<Vec<String>> {
    if run::find("ldd").is_none() {
        return Ok(Vec::new());
    }
    let needed = run::output(Command::new("ldd").arg(binary))?;
    let ours = needed.lines().filter(|line| line.contains("libcrypto") || line.contains("libssl"));
    Ok(ours.map(|line| line.trim().to_owned()).collect())
}

/// Where the compiler would find libcrypto.a. It answers with the bare name if nowhere.
fn archive() -> Result<Option<PathBuf>> {
    let answer = run::output(Command::new("cc").arg("-print-file-name=libcrypto.a"))?;
    let path = PathBuf::from(answer.trim());
    Ok(path.is_absolute().then(|| path.canonicalize()).transpose()?)
}

/// Puts `libcrypto.a`, and nothing the linker could prefer to it, into `folder`.
fn lay_out(archive: &Path, folder: &Path) -> Result<()> {
    let description = archive.with_file_name("pkgconfig").join("libcrypto.pc");
    let more = match fs::read_to_string(&description) {
        Ok(text) => further_libraries(&text),
        Err(_) => Vec::new(),
    };
    let name = folder.join("libcrypto.a");
    if name.symlink_metadata().is_ok() {
        fs::remove_file(&name)?;
    }
    if more.is_empty() {
        return link(archive, &name).with_context(|| format!("cannot make {}", name.display()));
    }
    // Newer OpenSSL compresses certificates; what it needs for that rides along in a linker script.
    let mut parts = vec![archive.display().to_string()];
    for library in more {
        let beside = archive.with_file_name(format!("lib{library}.a"));
        parts.push(if beside.exists() { beside.display().to_string() } else { format!("-l{library}") });
    }
    fs::write(&name, format!("INPUT({})\n", parts.join(" ")))?;
    Ok(())
}

/// The libraries a static libcrypto needs beyond the C library, from its pkg-config file.
fn further_libraries(description: &str) -> Vec<String> {
    let private = description.lines().find_map(|line| line.strip_prefix("Libs.private:"));
    let words = private.unwrap_or_default().split_whitespace();
    let libraries = words.filter_map(|word| word.strip_prefix("-l"));
    libraries.filter(|name| !matches!(*name, "dl" | "pthread" | "m" | "c")).map(str::to_owned).collect()
}

#[cfg(unix)]
fn link(archive: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(archive, name)
}

#[cfg(not(unix))]
fn link(archive: &Path, name: &Path) -> std::io::Result<()> {
    fs::copy(archive, name).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bookworm_needs_nothing_more() {
        assert!(further_libraries("Libs: -lcrypto\nLibs.private: -ldl -pthread \n").is_empty());
    }

    #[test]
    fn compression_rides_along() {
        assert_eq!(further_libraries("Libs.private: -lz -lzstd -ldl -pthread\n"), ["z", "zstd"]);
    }

    #[test]
    fn a_program_without_openssl_asks_for_none() {
        let shared = still_shared(Path::new("/bin/sh")).expect("ldd runs");
        assert!(shared.is_empty(), "{shared:?}");
    }
}
