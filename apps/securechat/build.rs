//! Takes the web app that `cargo xtask web` has packed into the program; without it, the program serves a page that says so.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=SECURECHAT_WEB_BUNDLE");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    let bundle = env::var_os("SECURECHAT_WEB_BUNDLE").map(PathBuf::from);
    let text = match bundle {
        Some(folder) => {
            println!("cargo::rerun-if-changed={}", folder.join("list.tsv").display());
            listed(&folder)
        }
        None => "None".to_owned(),
    };
    fs::write(out.join("web_bundle.rs"), text).expect("the build's folder can be written");
}

/// The list as an expression of type `Option<WebBundle>`, which needs no import where it is taken in.
fn listed(folder: &Path) -> String {
    let list = fs::read_to_string(folder.join("list.tsv")).expect("`cargo xtask web` has packed the web app");
    let mut text = String::from("Some(securechat_server::WebBundle { files: &[\n");
    for (number, line) in list.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, content_type, hash, immutable] = fields[..] else { panic!("a line of the list: {line}") };
        let packed = folder.join(format!("{number}.br"));
        writeln!(
            text,
            "securechat_server::WebFile {{ path: {path:?}, content_type: {content_type:?}, brotli: include_bytes!({packed:?}), \
             etag: {:?}, immutable: {immutable} }},",
            format!("\"{hash}\"")
        )
        .expect("a string takes everything");
    }
    text.push_str("] })");
    text
}
