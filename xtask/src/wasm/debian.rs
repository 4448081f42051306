//! A compiler for the browser from Debian's packages and cargo alone, in a private folder.
//!
//! Debian builds a current Rust for its browsers (`rustc-web`), with the standard library's source but
//! without one built for wasm32. Installing it would push out Debian's own rustc and rustup, so the
//! packages are unpacked into a cache, the library is built there once, and builds only set `RUSTC`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail};

use super::{TARGET, toolchain};
use crate::{prerequisites, run, say};

/// The compiler, from the cache or made now (140 MB to fetch, a minute of processor time).
///
/// The cache is keyed by the package's version, which moves with Debian's security updates. It is made
/// beside its final place and moved there whole, so that what is found there is finished.
pub(super) fn rustc() -> Result<PathBuf> {
    let version = candidate()?;
    let root = cache()?.join(&version);
    let rustc = root.join("rustc");
    if toolchain::has_std(&rustc) {
        return Ok(rustc);
    }
    say::doing(&format!(
        "making a {TARGET} compiler from Debian's rustc-web {version} in {}",
        root.display()
    ));
    let draft = root.with_file_name(format!("{version}.draft-{}", process::id()));
    fs::create_dir_all(&draft)?;
    let made = unpack(&draft, &version).and_then(|()| complete(&draft));
    if let Err(error) = made {
        fs::remove_dir_all(&draft).ok();
        return Err(error.context("cannot make a compiler from Debian's packages"));
    }
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    fs::rename(&draft, &root)?;
    Ok(rustc)
}

fn cache() -> Result<PathBuf> {
    let base = match (env::var_os("XDG_CACHE_HOME"), env::var_os("HOME")) {
        (Some(cache), _) if !cache.is_empty() => PathBuf::from(cache),
        (_, Some(home)) => Path::new(&home).join(".cache"),
        _ => bail!("neither XDG_CACHE_HOME nor HOME is set: no place for a compiler"),
    };
    Ok(base.join("securechat-wasm"))
}

/// The version apt would fetch, after asking for newer lists if it knows none.
fn candidate() -> Result<String> {
    if let Some(version) = offered()? {
        return Ok(version);
    }
    if prerequisites::is_root() {
        prerequisites::update_lists()?;
    }
    offered()?.context("apt does not know the package rustc-web; try `sudo apt-get update`")
}

fn offered() -> Result<Option<String>> {
    let policy = run::output(Command::new("apt-cache").args(["policy", "rustc-web"]))?;
    Ok(candidate_in(&policy))
}

fn candidate_in(policy: &str) -> Option<String> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then(|| version.to_owned())
}

/// Downloads and unpacks the compiler, the library's source, and LLVM with what this machine lacks for it.
fn unpack(root: &Path, version: &str) -> Result<()> {
    let std = format!("libstd-rust-web-{}", release(version));
    let mut packages =
        vec!["rustc-web".to_owned(), "libstd-rust-web-dev".into(), "rust-web-src".into(), std.clone()];
    packages.extend(not_installed(depends_on(&std, "libllvm")?)?);

    let folder = root.join("debs");
    fs::create_dir(&folder)?;
    let mut download = Command::new("apt-get");
    download.args(["download", "-q"]).args(&packages).current_dir(&folder);
    if run::pass(&mut download).is_err() && prerequisites::is_root() {
        // Lists older than the mirror name files that are gone.
        prerequisites::update_lists()?;
        run::pass(&mut download)?;
    }
    for package in fs::read_dir(&folder)? {
        run::output(Command::new("dpkg-deb").arg("-x").arg(package?.path()).arg(root))?;
    }
    fs::remove_dir_all(&folder)?;
    forget_the_compilers_source(root)
}

/// Only `library/` is built from; the rest of the source is 380 MB.
fn forget_the_compilers_source(root: &Path) -> Result<()> {
    for source in fs::read_dir(root.join("usr/src"))? {
        let source = source?.path();
        for part in ["compiler", "src", "debian"] {
            fs::remove_dir_all(source.join(part)).ok();
        }
    }
    Ok(())
}

/// `1.96` of `1.96.0+dfsg1-1~deb12u2`.
fn release(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The dependency of `package` that begins with `prefix`, and all that it depends on in turn.
fn depends_on(package: &str, prefix: &str) -> Result<Vec<String>> {
    let direct = run::output(Command::new("apt-cache").args(["depends", package]))?;
    let names = direct.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    let root = names.into_iter().find(|name| name.starts_with(prefix));
    let root = root.with_context(|| format!("{package} depends on no {prefix}"))?;
    let mut ask = Command::new("apt-cache");
    ask.args(["depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts"]);
    ask.args(["--no-breaks", "--no-replaces", "--no-enhances", root]);
    Ok(libraries_in(&run::output(&mut ask)?))
}

/// Packages stand at the beginning of a line; their dependencies are indented.
fn libraries_in(listing: &str) -> Vec<String> {
    listing.lines().filter(|line| line.starts_with("lib")).map(str::to_owned).collect()
}

fn not_installed(packages: Vec<String>) -> Result<Vec<String>> {
    let installed =
        run::output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Abbrev}${Package}\n"]))?;
    let here = |name: &String| installed.lines().any(|line| line.strip_prefix("ii ") == Some(name));
    Ok(packages.into_iter().filter(|name| !here(name)).collect())
}

/// Adds to the unpacked compiler what makes it run from here: a way to start it, a linker, a library.
fn complete(root: &Path) -> Result<()> {
    let host = host()?;
    let multiarch = host.replace("-unknown", "");
    let rustc = root.join("rustc");
    // It asks where it lies, so that the folder can be moved; cargo always gives it a whole path.
    let script = format!(
        "#!/bin/sh\nhere=${{0%/*}}\n\
         LD_LIBRARY_PATH=$here/usr/lib/{multiarch}:$here/lib/{multiarch} exec \"$here/usr/bin/rustc\" \"$@\"\n"
    );
    fs::write(&rustc, script)?;
    run::output(Command::new("chmod").arg("+x").arg(&rustc))?;

    let sysroot = run::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let tools = format!("lib/rustlib/{host}/bin");
    let lld = Path::new(sysroot.trim()).join(&tools).join("rust-lld");
    let tools = root.join("usr").join(&tools);
    fs::create_dir_all(&tools)?;
    run::output(Command::new("ln").arg("-sf").arg(lld).arg(tools.join("rust-lld")))?;

    build_std(root, &rustc)?;
    if !toolchain::has_std(&rustc) {
        bail!("the standard library was built and is not found");
    }
    Ok(())
}

/// Builds the standard library once, so that all later builds are plain stable ones.
fn build_std(root: &Path, rustc: &Path) -> Result<()> {
    let work = root.join("stdbuild");
    fs::create_dir_all(work.join("src"))?;
    fs::write(work.join("src/lib.rs"), "")?;
    fs::write(
        work.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
    )?;
    let mut cargo = run::cargo();
    cargo.args(["build", "--quiet", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test"]);
    cargo.arg("--target-dir").arg(work.join("target")).current_dir(&work);
    // Without bitcode in the library, a later build with full link-time optimisation fails.
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1").env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc);
    run::pass(&mut cargo)?;

    let library = root.join("usr/lib/rustlib").join(TARGET).join("lib");
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir(work.join("target").join(TARGET).join("release/deps"))? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.starts_with("lib") && text.ends_with(".rlib") && !text.starts_with("libempty-") {
            fs::copy(entry.path(), library.join(&name))?;
        }
    }
    fs::remove_dir_all(&work)?;
    Ok(())
}

/// The machine we are on, as rustc calls it.
fn host() -> Result<String> {
    let about = run::output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what machine this is")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_what_apt_would_fetch() {
        let policy =
            "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n  Version table:\n";
        assert_eq!(candidate_in(policy).as_deref(), Some("1.96.0+dfsg1-1~deb12u2"));
        assert_eq!(candidate_in("rustc-web:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate_in(""), None);
    }

    #[test]
    fn the_release_is_in_the_packages_name() {
        assert_eq!(release("1.96.0+dfsg1-1~deb12u2"), "1.96");
    }

    #[test]
    fn only_packages_are_taken_from_a_listing() {
        let listing = "libllvm22\n  Depends: libc6\n  Depends: libxml2\nlibxml2\n<debconf-2.0>\ncdebconf\n";
        assert_eq!(libraries_in(listing), ["libllvm22", "libxml2"]);
    }

    #[test]
    fn the_cache_is_the_users_own() {
        assert!(cache().expect("tests have a home").ends_with("securechat-wasm"));
    }
}
