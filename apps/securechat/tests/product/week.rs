//! A week of a team, with everything the command line can do, and then a search for what was said: in the server's memory,
//! its files, its logs. Nothing of it may be there.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::Value;

use crate::days;
use crate::search::{bytes_below, found, memory};
use crate::team::Team;

/// What the server knows, by design: the search has to find it.
pub(crate) const NAMES: [&str; 3] = ["zq-ottilie-5a3f07", "zq-balduin-8c2d41", "zq-carlotta-e19b66"];

/// A team in whose week every secret is written down.
pub(crate) struct Week {
    pub(crate) team: Team,
    pub(crate) link: String,
    pub(crate) secrets: Vec<String>,
}

impl Week {
    fn begin() -> Self {
        Self { team: Team::new(), link: String::new(), secrets: Vec::new() }
    }

    /// Something that the server must never know.
    pub(crate) fn secret(&mut self, text: &str) -> String {
        assert!(text.len() >= 12, "{text} could be found by chance");
        self.secrets.push(text.to_owned());
        text.to_owned()
    }

    /// Says something and sees that the server has it.
    pub(crate) fn say(&mut self, home: &str, target: &str, text: &str) {
        let text = self.secret(text);
        let sent = self.team.json(home, &["send", target, &text, "--json"]);
        assert_eq!(sent[0]["state"], "sent", "{text}");
    }

    /// Writes a password to a file and that down as secret.
    pub(crate) fn password(&mut self, name: &str, password: &str) -> String {
        let password = self.secret(password);
        self.team.password_file(name, &password)
    }

    /// Comes in by the team's link, or by another one.
    pub(crate) fn enter(&mut self, verb: &str, home: &str, name: &str, password_file: &str) {
        let device = self.secret(&format!("Zq device of {home}"));
        let rest = ["--username", name, "--password-file", password_file, "--device", &device];
        let args = [&[verb, self.link.as_str()], rest.as_slice()].concat();
        self.team.ok(home, &args);
    }

    /// The ends of what somebody reads, oldest first.
    pub(crate) fn reads(&self, home: &str, room: &str, texts: &[&str]) {
        let read = self.team.texts(home, room);
        let last = &read[read.len().saturating_sub(texts.len())..];
        assert_eq!(last, texts, "{home} in {room}");
    }

    /// A line of `rooms` or `devices` by one of its values.
    pub(crate) fn line(&self, home: &str, args: &[&str], key: &str, value: &str) -> Value {
        let lines = self.team.json(home, args);
        let line = lines.iter().find(|line| line[key] == value);
        line.unwrap_or_else(|| panic!("{home} {args:?}: no {value} in {lines:?}")).clone()
    }

    /// The promise, with the proof that a breach of it would be seen.
    fn the_server_knows_nothing(&self) {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let memory = self.memory_with("zq-canary-of-memory-3b90e7");
        assert_eq!(found(&memory, &secrets), [""; 0], "in the server's memory");
        assert_eq!(found(&memory, &NAMES).len(), NAMES.len(), "user names are known, so they are found");

        let data = self.team.home("server");
        std::fs::write(data.join("planted"), "… zq-canary-of-files-77aa10 …").expect("writes");
        let files = bytes_below(&data);
        std::fs::remove_file(data.join("planted")).expect("removes");
        assert_eq!(found(&files, &secrets), [""; 0], "in the server's folder");
        assert_eq!(found(&files, &["zq-canary-of-files-77aa10"]).len(), 1, "what is in a file is found");
        assert_eq!(found(&files, &NAMES).len(), NAMES.len(), "user names are kept, so they are found");

        let said = self.team.log() + &self.team.said();
        assert_eq!(found(said.as_bytes(), &secrets), [""; 0], "in what the server says");
    }

    /// The server's memory once it holds something planted: the beginning of a TLS record whose rest never comes.
    fn memory_with(&self, canary: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.team.url.trim_start_matches("https://")).expect("connects");
        stream.write_all(&[&[0x16, 3, 1, 0x10, 0], canary.as_bytes()].concat()).expect("writes");
        // The server may not have read it yet; it throws it away after ten seconds.
        let mut looks = (0..100).map(|_| memory(&self.team.server));
        let held = looks.find(|memory| found(memory, &[canary]).len() == 1);
        held.expect("what is in memory is not found; the search proves nothing")
    }

    /// The log says who and where at its finest levels only.
    fn the_log_is_discreet(&self) {
        let log = self.team.log();
        assert!(!log.contains('\u{1b}'), "colours in a file: {log}");
        let (fine, coarse): (Vec<&str>, Vec<&str>) =
            log.lines().partition(|line| line.contains(" DEBUG ") || line.contains(" TRACE "));
        assert!(
            fine.iter().any(|line| line.contains("127.0.0.1:")),
            "the log is the finest there is: {fine:?}"
        );
        for line in coarse {
            assert!(!line.contains("127.0.0.1"), "an address: {line}");
            assert_eq!(found(line.as_bytes(), &NAMES), [""; 0], "a user name: {line}");
        }
    }
}

#[test]
fn after_a_week_the_server_knows_who_and_when_but_nothing_that_was_said() {
    let mut week = Week::begin();
    days::monday_three_people_come_in(&mut week);
    days::tuesday_rooms_and_direct_messages(&mut week);
    days::wednesday_a_second_device_and_somebody_away(&mut week);
    days::thursday_passwords_change_and_people_go(&mut week);
    days::friday_a_flood_and_a_look_around(&mut week);
    week.the_server_knows_nothing();
    days::saturday_the_server_is_killed(&mut week);
    week.the_server_knows_nothing();
    week.the_log_is_discreet();
}
