//! What begins with a slash.

/// A command, still with names as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Say(String),
    Join(String),
    Dm(String, Option<String>),
    Create { name: String, private: bool, people: Vec<String> },
    Add(Vec<String>),
    Remove(String),
    Leave,
    Members,
    Inbox,
    Search(String),
    Invite,
    Verify(String),
    Name(String),
    Help,
    Quit,
}

/// Every command, for completion.
pub(crate) const NAMES: &[&str] = &[
    "/add", "/create", "/dm", "/help", "/inbox", "/invite", "/join", "/leave", "/members", "/name",
    "/private", "/quit", "/remove", "/search", "/verify",
];

/// Reads a line. `//text` says `/text`.
///
/// # Errors
/// A sentence for what is no command.
pub(crate) fn parse(line: &str) -> Result<Command, String> {
    let Some(rest) = line.strip_prefix('/') else { return Ok(Command::Say(line.to_owned())) };
    if rest.starts_with('/') {
        return Ok(Command::Say(rest.to_owned()));
    }
    let (verb, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let tail = tail.trim();
    let words: Vec<String> = tail.split_whitespace().map(str::to_owned).collect();
    let one =
        || words.first().cloned().ok_or_else(|| format!("/{verb} needs a name; /help lists the commands"));
    Ok(match verb {
        "join" | "room" => Command::Join(one()?),
        "dm" => {
            let name = one()?;
            let text = tail[name.len()..].trim();
            Command::Dm(name, (!text.is_empty()).then(|| text.to_owned()))
        }
        "create" | "private" => {
            Command::Create { name: one()?, private: verb == "private", people: words[1..].to_vec() }
        }
        "add" => one().map(|_| Command::Add(words.clone()))?,
        "remove" => Command::Remove(one()?),
        "leave" => Command::Leave,
        "members" => Command::Members,
        "inbox" => Command::Inbox,
        "search" => one().map(|_| Command::Search(tail.to_owned()))?,
        "invite" => Command::Invite,
        "verify" => Command::Verify(one()?),
        "name" => one().map(|_| Command::Name(tail.to_owned()))?,
        "help" => Command::Help,
        "quit" | "exit" => Command::Quit,
        _ => return Err(format!("there is no command /{verb}; /help lists them")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_commands() {
        assert_eq!(parse("hello /x"), Ok(Command::Say("hello /x".into())));
        assert_eq!(parse("//shrug"), Ok(Command::Say("/shrug".into())));
        assert_eq!(
            parse("/dm @ben are you there"),
            Ok(Command::Dm("@ben".into(), Some("are you there".into())))
        );
        let create = Command::Create { name: "ops".into(), private: true, people: vec!["@ben".into()] };
        assert_eq!(parse("/private ops @ben"), Ok(create));
        assert!(parse("/join").is_err());
        assert!(parse("/frobnicate").is_err());
    }
}
