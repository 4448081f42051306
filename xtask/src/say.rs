//! The one place of the workbench that writes to the terminal.

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "the workbench is a face")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Announces what is about to be done, so that nothing happens to a machine unsaid.
#[expect(clippy::print_stderr, reason = "the workbench is a face")]
pub(crate) fn doing(text: &str) {
    eprintln!("==> {text}");
}

/// Writes what went wrong and what to do about it.
#[expect(clippy::print_stderr, reason = "the workbench is a face")]
pub(crate) fn trouble(text: &str) {
    eprintln!("{text}");
}
