//! Compresses a built view, file by file, and writes the list that the binary is built with.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// Name of the list in the folder: one line a file with path, media type, SHA-256 and whether its name changes with it.
const LIST: &str = "list.tsv";

/// Packs everything under `built` into `folder`, which is made anew.
pub(crate) fn pack(built: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let mut files = Vec::new();
    collect(built, &mut files)?;
    // The same files in the same order are the same bundle, on every machine.
    files.sort();
    let mut list = String::new();
    for (number, file) in files.iter().enumerate() {
        let path = file.strip_prefix(built)?.to_str().context("a file name that is no text")?;
        let bytes = fs::read(file)?;
        fs::write(folder.join(format!("{number}.br")), compressed(&bytes)?)?;
        let kind = media_type(path)?;
        let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
        let immutable = path.starts_with("assets/");
        writeln!(list, "{path}\t{kind}\t{hash}\t{immutable}")?;
    }
    fs::write(folder.join(LIST), list)?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    {
        let mut writer = brotli::CompressorWriter::new(&mut packed, 64 * 1024, 11, 24);
        writer.write_all(bytes)?;
    }
    Ok(packed)
}

fn media_type(path: &str) -> Result<&'static str> {
    Ok(match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => bail!("no media type is known for {path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_twice_gives_equal_bytes_and_a_kind_nobody_knows_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let (built, out) = (dir.path().join("built"), dir.path().join("out"));
        fs::create_dir_all(built.join("assets")).expect("made");
        fs::write(built.join("index.html"), "<p>hello</p>".repeat(100)).expect("written");
        fs::write(built.join("assets/a-1f.js"), "let a = 1;").expect("written");
        let read =
            || (fs::read(out.join(LIST)).expect("a list"), fs::read(out.join("1.br")).expect("a file"));
        pack(&built, &out).expect("packs");
        let first = read();
        pack(&built, &out).expect("packs again");
        assert_eq!(first, read());
        let list = String::from_utf8(first.0).expect("text");
        assert!(list.starts_with("assets/a-1f.js\ttext/javascript; charset=utf-8\t"), "{list}");
        assert!(list.lines().next().is_some_and(|line| line.ends_with("\ttrue")), "{list}");
        fs::write(built.join("x.exe"), "?").expect("written");
        assert!(pack(&built, &out).is_err());
    }
}
