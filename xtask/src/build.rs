//! `cargo xtask build`: the product, after whatever the machine still lacks for it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::prerequisites::{self, LIBCRYPTO, LINKER};
use crate::wasm::web;
use crate::{place, run, say, static_libcrypto};

/// Builds for development: quick to compile, needs the machine's libcrypto. Returns where it is.
pub(crate) fn debug() -> Result<PathBuf> {
    prerequisites::ensure(&[&LINKER, &LIBCRYPTO])?;
    web::build()?;
    let mut cargo = run::cargo();
    cargo.args(["build", "--package", "securechat"]);
    web::hand_to(&mut cargo);
    run::pass(&mut cargo)?;
    Ok(place::target().join("debug").join("securechat").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds what is given to others: one file that needs only the C library. Returns where it is.
pub(crate) fn release() -> Result<PathBuf> {
    prerequisites::ensure(&[&LINKER, &LIBCRYPTO])?;
    let mut cargo = run::cargo();
    web::build()?;
    cargo.args(["build", "--release", "--package", "securechat"]);
    web::hand_to(&mut cargo);
    static_libcrypto::choose(&mut cargo)?;
    run::pass(&mut cargo)?;

    let binary =
        place::target().join("release").join("securechat").with_extension(std::env::consts::EXE_EXTENSION);
    if !binary.exists() {
        bail!("cargo succeeded but {} is not there", binary.display());
    }
    for library in static_libcrypto::still_shared(&binary)? {
        say::doing(&format!("note: the binary needs {library}"));
    }
    say::doing(&format!("built {}", place::shown(&binary)));
    Ok(binary)
}
