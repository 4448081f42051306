//! Asks for names and passwords: hidden on a terminal, line by line from a pipe, or from a file. Never from an argument.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use securechat_client::Failure;
use zeroize::Zeroizing;

use crate::print;

/// Whether a person sits at both ends.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// A line from standard input without its end; `None` when there is no more.
pub(crate) fn read_line() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
}

/// Asks for something that may be seen.
pub(crate) fn ask(question: &str) -> Result<String, Failure> {
    let _closed = write!(std::io::stderr().lock(), "{question}").and_then(|()| std::io::stderr().flush());
    read_line().ok_or_else(|| Failure::Usage(format!("nothing was given for \"{}\"", question.trim())))
}

/// Asks yes or no; anything but yes is no.
pub(crate) fn confirm(question: &str) -> bool {
    ask(&format!("{question} [y/N] ")).is_ok_and(|answer| matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A password from a file's first line, or asked for: hidden on a terminal.
pub(crate) fn password(file: Option<&Path>, question: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(file) = file {
        return password_from(file);
    }
    if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(question)
            .map_err(|error| Failure::Other(format!("cannot read a password here: {error}")))?;
        return Ok(Zeroizing::new(typed));
    }
    ask(question).map(Zeroizing::new)
}

/// A new password, typed twice on a terminal.
pub(crate) fn new_password(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let first = password(file, "New password (hidden): ")?;
    if file.is_none() && std::io::stdin().is_terminal() {
        let second = password(None, "Once more: ")?;
        if first != second {
            return Err(Failure::Usage("the two passwords differ; nothing was changed".into()));
        }
    }
    Ok(first)
}

fn password_from(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::Usage(format!("cannot read the password file {}: {error}", file.display()))
    };
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(unreadable)?);
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() {
        return Err(Failure::Usage(format!("the password file {} has an empty first line", file.display())));
    }
    Ok(Zeroizing::new(first.to_owned()))
}

/// A user name from a flag, or asked for.
pub(crate) fn user_name(given: Option<String>) -> Result<String, Failure> {
    match given {
        Some(name) => Ok(name),
        None => ask("Username: "),
    }
}

/// A new recovery key that its owner has written down: a group of it is typed back before anything is changed.
pub(crate) fn new_recovery_key() -> Result<String, Failure> {
    let key = securechat_client::new_recovery_key();
    show_recovery_key(&key);
    let groups: Vec<&str> = key.split('-').collect();
    // Which group is asked follows from the key, so that nobody learns to copy always the same one.
    let number = usize::from(key.as_bytes()[0]) % groups.len();
    let typed = ask(&format!("Type group {} of {} to show that you have it: ", number + 1, groups.len()))?;
    if typed.trim().eq_ignore_ascii_case(groups[number]) {
        return Ok(key);
    }
    Err(Failure::Usage(
        "that is not what is shown there; nothing was changed, your old key still works".into(),
    ))
}

/// A recovery key from a file's first line, or asked for: hidden on a terminal.
pub(crate) fn recovery_key(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let key = password(file, "Recovery key (hidden): ")?;
    securechat_client::check_recovery_key(&key)?;
    Ok(key)
}

/// Shows a recovery key, which is seen this once unless asked for again.
pub(crate) fn show_recovery_key(key: &str) {
    print::say(&format!(
        "\nYour recovery key. Write it down and keep it away from this computer: with it you come back when\n\
         the password is forgotten or every device is lost. Nobody else has it, not even the server.\n\n    {key}\n"
    ));
}
