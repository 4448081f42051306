//! What becomes of a program whose reader has gone, as `| head -1` does.

use std::io;
use std::process::{Command, Stdio};

#[test]
fn a_closed_pipe_ends_a_page_without_a_word() {
    for page in [&["man"][..], &["completions", "bash"], &["completions", "zsh"], &["completions", "fish"]] {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_securechat"));
        command.args(page).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().expect("starts").wait_with_output().expect("ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{page:?}");
        assert!(output.status.success(), "{page:?}");
    }
}
