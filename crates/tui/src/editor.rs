//! A text in the reader's own editor.

use std::io::{self, Read as _, Seek as _, Write as _};
use std::process::Command;

/// Longest text that is taken from an editor, in bytes; what is longer could not be sent.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;

/// Lets the reader edit a text, and gives what they left. Runs until the editor ends.
///
/// # Errors
/// The editor cannot be started, says it failed, or the file cannot be read.
pub(crate) fn edit(text: &str) -> io::Result<String> {
    // Readable by its owner only, in memory where the system has such a place, and gone afterwards.
    let place = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, Into::into);
    let mut file = tempfile::Builder::new().prefix("securechat-").suffix(".txt").tempfile_in(place)?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    let (program, arguments) = chosen(|name| std::env::var(name).ok());
    let status = Command::new(&program).args(arguments).arg(file.path()).status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{program} ended with {status}")));
    }
    // Editors replace files: what counts is what has its name now.
    let mut edited = std::fs::File::open(file.path())?;
    edited.rewind()?;
    let mut text = String::new();
    edited.take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

/// Program and arguments, as the reader's surroundings say.
fn chosen(variable: impl Fn(&str) -> Option<String>) -> (String, Vec<String>) {
    let fallback = if cfg!(windows) { "notepad" } else { "vi" };
    let set = |name| variable(name).filter(|value| !value.trim().is_empty());
    let line = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| fallback.to_owned());
    let mut words = line.split_whitespace().map(str::to_owned);
    (words.next().unwrap_or_else(|| fallback.to_owned()), words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_editor_of_the_reader_is_taken_with_its_arguments() {
        let chosen_with = |visual: &'static str, editor: &'static str| {
            chosen(move |name| Some(if name == "VISUAL" { visual } else { editor }.to_owned()))
        };
        assert_eq!(chosen_with("code --wait", "vi"), ("code".into(), vec!["--wait".into()]));
        assert_eq!(chosen_with(" ", "nano"), ("nano".into(), vec![]));
        assert!(!chosen(|_| None).0.is_empty());
    }
}
