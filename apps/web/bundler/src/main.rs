//! Two steps of `cargo xtask web` that need more than xtask's one dependency: `bindings`, from the compiled engine to a module
//! that JavaScript can load, and `pack`, from the built view to compressed files with a list.

mod pack;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["bindings", module, folder] => bindings(Path::new(module), Path::new(folder)),
        ["pack", built, folder] => pack::pack(Path::new(built), Path::new(folder)),
        _ => usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        #[expect(clippy::print_stderr, reason = "this is a program")]
        Err(error) => {
            eprintln!("bundler: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Result<()> {
    bail!("use: bindings MODULE.wasm FOLDER, or pack BUILT FOLDER")
}

/// Writes the module with its bindings and their types. The bindings load nothing by themselves: the worker says where the
/// module is.
fn bindings(module: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        // Names of functions are a third of the module, and the page has no use for them.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
}
