//! Slash commands: what can be typed behind a `/`, and what it means.

use securechat_client::view::History;

/// What a person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Join an open room.
    Join(String),
    /// Turn to a room.
    Go(String),
    /// Make a room.
    Create {
        /// Its name.
        name: String,
        /// Whether everybody finds it.
        open: bool,
        /// Who is added at once.
        people: Vec<String>,
    },
    /// Direct messages.
    Direct {
        /// With whom.
        person: String,
        /// What to say at once.
        text: Option<String>,
    },
    /// Add people to this room.
    Add(Vec<String>),
    /// Remove a person from this room.
    Remove(String),
    /// Make a person an admin of this room.
    Admin(String),
    /// Take that from them.
    Unadmin(String),
    /// From now on newcomers read back no further than this.
    History(History),
    /// Messages are kept for so many days; 0 is for ever.
    Keep(u32),
    /// Leave this room.
    Leave,
    /// Who is here.
    Members,
    /// Be called something else.
    Name(String),
    /// Make an invite link.
    Invite,
    /// Compare keys with somebody.
    Verify(String),
    /// Somebody was compared with.
    Confirm {
        /// Whom.
        person: String,
        /// The number or the words, as they read them out.
        said: String,
    },
    /// Take somebody's new keys without comparing.
    Accept(String),
    /// This person's devices.
    Devices,
    /// How to let in a new device.
    HowToLink,
    /// Let in a new device by its code.
    Link(String),
    /// A device that was asked about is this person's.
    Mine(String),
    /// End a device.
    Revoke(String),
    /// End a device that may be in other hands, and replace what it knew.
    Lost(String),
    /// Take up the keys that another device has replaced.
    Unlock,
    /// The recovery key.
    Recovery,
    /// A new recovery key.
    NewRecovery,
    /// A link by which somebody who lost everything begins anew.
    ResetLink(String),
    /// Whether everything is well.
    Doctor,
    /// Let this room go on.
    Repair,
    /// Make this room anew.
    Reset,
    /// Search.
    Search(String),
    /// Everything unread.
    Inbox,
    /// Send failed messages of this room again.
    Retry,
    /// Drop failed messages of this room.
    Discard,
    /// Keys and commands.
    Help,
    /// Leave the program.
    Quit,
}

/// Name, what follows it, what it does.
pub(crate) const COMMANDS: &[(&str, &str, &str)] = &[
    ("/join", "#room", "join an open room"),
    ("/go", "#room or @user", "turn to a room or person"),
    ("/create", "name [--private] [@people…]", "make a room"),
    ("/dm", "@user [text]", "direct messages with somebody"),
    ("/add", "@user…", "add people to this room"),
    ("/remove", "@user", "remove somebody from this room"),
    ("/admin", "@user", "make somebody an admin of this room"),
    ("/unadmin", "@user", "take admin away from somebody"),
    ("/history", "since_join or none", "newcomers read back less; cannot be undone"),
    ("/keep", "30d or forever", "how long messages of this room are kept"),
    ("/leave", "", "leave this room"),
    ("/members", "", "who is in this room"),
    ("/name", "Display Name", "how you want to be called"),
    ("/invite", "", "make a link that lets one person in"),
    ("/verify", "@user [number, words or --accept]", "compare with somebody, and keep that you have"),
    ("/devices", "", "your devices"),
    ("/link", "[code]", "let in a new device of yours that shows a code"),
    ("/mine", "id", "a device that was asked about is yours"),
    ("/revoke", "id", "end a device of yours for ever"),
    ("/lost", "id", "end a device that may be in other hands, and replace your keys"),
    ("/unlock", "", "take up keys that another device of yours has replaced"),
    ("/recovery", "[new]", "your recovery key, or a new one"),
    ("/reset-link", "@user", "let somebody begin anew who lost everything (admins)"),
    ("/doctor", "", "is everything well?"),
    ("/repair", "", "let this room go on when it has stopped"),
    ("/reset", "", "make this room anew when it is beyond repair"),
    ("/search", "words", "search all messages"),
    ("/inbox", "", "everything unread"),
    ("/retry", "", "send what failed in this room again"),
    ("/discard", "", "drop what failed in this room"),
    ("/help", "", "keys and commands"),
    ("/quit", "", "quit"),
];

/// Takes a typed line apart.
///
/// # Errors
/// A sentence for the person who typed it.
pub(crate) fn parse(line: &str) -> Result<Command, String> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let words: Vec<&str> = rest.split_whitespace().collect();
    let person = |word: &str| word.trim_start_matches('@').to_owned();
    let people = |words: &[&str]| words.iter().map(|word| person(word)).collect::<Vec<_>>();
    let command = match (name, words.as_slice()) {
        ("/join", [room]) => Command::Join((*room).to_owned()),
        ("/go", [room]) => Command::Go((*room).to_owned()),
        ("/create", [_, ..]) => return create(&words),
        ("/dm", [whom, ..]) => Command::Direct { person: person(whom), text: after_first(rest) },
        ("/add", [_, ..]) => Command::Add(people(&words)),
        ("/remove", [whom]) => Command::Remove(person(whom)),
        ("/admin", [whom]) => Command::Admin(person(whom)),
        ("/unadmin", [whom]) => Command::Unadmin(person(whom)),
        ("/history", ["since_join"]) => Command::History(History::SinceJoin),
        ("/history", ["none"]) => Command::History(History::None),
        ("/keep", [time]) if days(time).is_some() => Command::Keep(days(time).unwrap_or(0)),
        ("/leave", []) => Command::Leave,
        ("/members", []) => Command::Members,
        ("/name", [_, ..]) => Command::Name(rest.to_owned()),
        ("/invite", []) => Command::Invite,
        ("/verify", [whom]) => Command::Verify(person(whom)),
        ("/verify", [whom, "--accept"]) => Command::Accept(person(whom)),
        ("/verify", [whom, said @ ..]) => Command::Confirm { person: person(whom), said: said.join(" ") },
        ("/devices", []) => Command::Devices,
        ("/link", []) => Command::HowToLink,
        ("/link", [_, ..]) => Command::Link(rest.to_owned()),
        ("/mine", [id]) => Command::Mine((*id).to_owned()),
        ("/revoke", [id]) => Command::Revoke((*id).to_owned()),
        ("/lost", [id]) => Command::Lost((*id).to_owned()),
        ("/unlock", []) => Command::Unlock,
        ("/recovery", []) => Command::Recovery,
        ("/recovery", ["new"]) => Command::NewRecovery,
        ("/reset-link", [whom]) => Command::ResetLink(person(whom)),
        ("/doctor", []) => Command::Doctor,
        ("/repair", []) => Command::Repair,
        ("/reset", []) => Command::Reset,
        ("/search", _) => Command::Search(rest.to_owned()),
        ("/inbox", []) => Command::Inbox,
        ("/retry", []) => Command::Retry,
        ("/discard", []) => Command::Discard,
        ("/help" | "/?", []) => Command::Help,
        ("/quit" | "/exit", []) => Command::Quit,
        _ => return Err(complaint(name)),
    };
    Ok(command)
}

fn create(words: &[&str]) -> Result<Command, String> {
    let (options, rest): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with("--"));
    if let Some(option) = options.iter().find(|option| **option != "--private") {
        return Err(format!("/create does not know {option}; it knows --private"));
    }
    let (people, names): (Vec<&str>, Vec<&str>) = rest.iter().partition(|word| word.starts_with('@'));
    let [name] = names.as_slice() else { return Err(complaint("/create")) };
    Ok(Command::Create {
        name: (*name).to_owned(),
        open: options.is_empty(),
        people: people.iter().map(|word| word.trim_start_matches('@').to_owned()).collect(),
    })
}

/// Everything behind the first word.
fn after_first(rest: &str) -> Option<String> {
    let text = rest.split_once(char::is_whitespace)?.1.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn complaint(name: &str) -> String {
    match COMMANDS.iter().find(|(known, ..)| *known == name) {
        Some((known, "", _)) => format!("{known} takes nothing behind it"),
        Some((known, usage, what)) => format!("{known} {usage} – {what}"),
        None => format!("there is no {name}; F1 lists commands, and // sends a text that begins with /"),
    }
}

/// `30d`, `30` or `forever`, which is 0.
fn days(text: &str) -> Option<u32> {
    match text {
        "forever" => Some(0),
        text => {
            text.strip_suffix('d').unwrap_or(text).parse().ok().filter(|days| (1..=36_500).contains(days))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn commands_mean_what_the_table_says() {
        let table = [
            ("/join #ops", Command::Join("#ops".into())),
            ("/go @ana", Command::Go("@ana".into())),
            ("/create launch", Command::Create { name: "launch".into(), open: true, people: vec![] }),
            (
                "/create launch --private @ana @ben",
                Command::Create { name: "launch".into(), open: false, people: names(&["ana", "ben"]) },
            ),
            ("/dm @ana", Command::Direct { person: "ana".into(), text: None }),
            ("/dm ana  hi  there", Command::Direct { person: "ana".into(), text: Some("hi  there".into()) }),
            ("/dm @ana\nhi", Command::Direct { person: "ana".into(), text: Some("hi".into()) }),
            ("/add @ana ben", Command::Add(names(&["ana", "ben"]))),
            ("/remove @ana", Command::Remove("ana".into())),
            ("/admin @ana", Command::Admin("ana".into())),
            ("/unadmin ana", Command::Unadmin("ana".into())),
            ("/history since_join", Command::History(History::SinceJoin)),
            ("/history none", Command::History(History::None)),
            ("/keep 30d", Command::Keep(30)),
            ("/keep forever", Command::Keep(0)),
            ("/leave ", Command::Leave),
            ("/members", Command::Members),
            ("/name Ana Lee", Command::Name("Ana Lee".into())),
            ("/invite", Command::Invite),
            ("/verify @ana", Command::Verify("ana".into())),
            ("/verify @ana --accept", Command::Accept("ana".into())),
            ("/verify @ana able zoo", Command::Confirm { person: "ana".into(), said: "able zoo".into() }),
            ("/devices", Command::Devices),
            ("/link 0123-4567 89ab", Command::Link("0123-4567 89ab".into())),
            ("/mine 0a1b2c3d", Command::Mine("0a1b2c3d".into())),
            ("/link", Command::HowToLink),
            ("/revoke 0a1b2c3d", Command::Revoke("0a1b2c3d".into())),
            ("/lost 0a1b2c3d", Command::Lost("0a1b2c3d".into())),
            ("/unlock", Command::Unlock),
            ("/recovery", Command::Recovery),
            ("/recovery new", Command::NewRecovery),
            ("/reset-link @ben", Command::ResetLink("ben".into())),
            ("/search red fox", Command::Search("red fox".into())),
            ("/search", Command::Search(String::new())),
            ("/inbox", Command::Inbox),
            ("/retry", Command::Retry),
            ("/discard", Command::Discard),
            ("/help", Command::Help),
            ("/quit", Command::Quit),
        ];
        for (line, wanted) in table {
            assert_eq!(parse(line), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn what_is_typed_wrongly_is_answered_with_how_it_goes() {
        let table = [
            ("/jion #ops", "there is no /jion"),
            ("/join", "/join #room – join an open room"),
            ("/leave now", "/leave takes nothing"),
            ("/create", "/create name"),
            ("/create a b", "/create name"),
            ("/create a --secret", "does not know --secret"),
            ("/add", "/add @user…"),
            ("/verify", "/verify @user"),
            ("/recovery old", "/recovery [new] – "),
            ("/lost", "/lost id – "),
            ("/history shared", "/history since_join or none – "),
            ("/keep 0d", "/keep 30d or forever – "),
        ];
        for (line, wanted) in table {
            let why = parse(line).expect_err(line);
            assert!(why.contains(wanted), "{line}: {why}");
        }
    }

    #[test]
    fn every_listed_command_is_known() {
        for (name, usage, _) in COMMANDS {
            let argument = match (*name, *usage) {
                (_, "") => "",
                // A name of a room may not begin with `@`; most other arguments may.
                ("/create", _) => "x",
                ("/history", _) => "none",
                ("/keep", _) => "1d",
                ("/recovery", _) => "new",
                _ => "@x",
            };
            let told = parse(&format!("{name} {argument}"));
            assert!(told.is_ok(), "{name}: {told:?}");
        }
    }
}
