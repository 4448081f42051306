//! A machine is linked by a code that another one is given: two homes, two processes, one person.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};

use crate::team::Team;

/// `securechat link` at work, with the link and the code that it shows.
fn begin(team: &Team, home: &str, server: &str) -> (Child, String, String) {
    let mut command = team.command(home, &["link", server, "--device", "laptop"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = || {
        let mut text = String::new();
        out.read_line(&mut text).expect("reads");
        text.trim().to_owned()
    };
    let (link, code) = (line(), line());
    (child, link, code)
}

fn answer(team: &Team, home: &str, code: &str, answer: &str) -> (bool, String) {
    let mut command = team.command(home, &["devices", "link", code]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(answer.as_bytes()).expect("writes");
    let done = child.wait_with_output().expect("ends");
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

fn end(mut child: Child) -> (bool, String) {
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("reads");
    (child.wait().expect("ends").success(), said)
}

/// The four words behind a sentence that leads to them.
fn words<'a>(said: &'a str, lead: &str) -> Vec<&'a str> {
    let rest = said.split_once(lead).map_or("", |(_, rest)| rest);
    rest.split_whitespace().take(4).collect()
}

#[test]
fn a_machine_is_linked_reads_what_was_said_before_and_nothing_once_it_is_revoked() {
    let (team, _) = Team::with_two();
    team.ok("ana", &["send", "#general", "before the laptop"]);
    let (new, link, _) = begin(&team, "laptop", &team.url);
    let (linked, asked) = answer(&team, "ana", &link, "y\n");
    assert!(linked, "{asked}");
    let (done, said) = end(new);
    assert!(done && said.contains("You are ana here"), "{said}");
    let (there, here) = (words(&said, "the same words: "), words(&asked, "these words: "));
    assert!(there.len() == 4 && there == here, "{there:?} {here:?}");
    assert!(asked.contains("Link \"laptop\"?"), "{asked}");
    // What was said before comes page by page, behind whatever else there is to do; a short visit may end before.
    let read = (0..50).any(|_| team.ok("laptop", &["tail", "#general"]).contains("before the laptop"));
    assert!(read, "history is not read back");
    team.ok("laptop", &["send", "#general", "from the laptop"]);
    assert!(team.ok("ben", &["tail", "#general"]).contains("from the laptop"));

    let devices = team.json("ana", &["devices", "--json"]);
    let laptop = devices.iter().find(|device| device["name"] == "laptop").expect("is listed");
    let first = devices.iter().find(|device| device["name"] != "laptop").expect("is listed");
    assert_eq!(laptop["added_by"], first["name"]);
    assert_eq!(laptop["unanswered"], false, "it was let in from here");
    team.ok("ana", &["devices", "--revoke", laptop["id"].as_str().expect("an id")]);
    team.ok("ana", &["send", "#general", "after the laptop"]);
    let refused = team.run("laptop", &["tail", "#general"]);
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("after the laptop"));
}

#[test]
fn the_chat_is_entered_by_a_code_too() {
    let (team, _) = Team::with_two();
    let mut command = team.command("laptop", &["chat", "--plain", &team.url]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("starts");
    let mut typed = child.stdin.take().expect("piped");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = || {
        let mut text = String::new();
        out.read_line(&mut text).expect("reads");
        text.trim().to_owned()
    };
    assert!(line().starts_with("Type `login`"));
    typed.write_all(b"link\n").expect("writes");
    let (link, code) = (line(), line());
    assert!(link.contains("/l#") && code.len() == 32, "{link} {code}");
    let (linked, said) = answer(&team, "ana", &code, "y\n");
    assert!(linked, "{said}");
    assert_eq!(line(), "Linked. You are ana here.");
    typed.write_all(b"from the laptop\n/quit\n").expect("writes");
    assert!(child.wait().expect("ends").success());
    assert!(team.ok("ben", &["tail", "#general"]).contains("from the laptop"));
}

#[test]
fn a_code_is_refused_used_once_and_not_guessed() {
    let (team, _) = Team::with_two();
    let (new, _, code) = begin(&team, "laptop", &team.url);
    let wrong = code.replace(|c: char| c.is_ascii_digit(), "z");
    let (linked, said) = answer(&team, "ana", &wrong, "y\n");
    assert!(!linked && said.contains("no device waits under this code"), "{said}");
    let (linked, said) = answer(&team, "ana", &code.to_uppercase().replace('-', " "), "n\n");
    assert!(!linked && said.contains("was not linked"), "{said}");
    let (done, said) = end(new);
    assert!(!done && said.contains("the other device refused"), "{said}");
    let (linked, said) = answer(&team, "ben", &code, "y\n");
    assert!(!linked && said.contains("somebody else used this code too"), "{said}");
    assert_eq!(team.json("ana", &["devices", "--json"]).len(), 1);
}

#[test]
fn a_device_that_appears_is_told_at_the_next_command_until_there_is_an_answer() {
    let (team, _) = Team::with_two();
    team.enter("login", "phone", "ana", &team.url);
    let said = |args: &[&str]| String::from_utf8_lossy(&team.run("ana", args).stderr).into_owned();
    assert!(said(&["rooms"]).contains("ALARM: a new device of yours"));
    assert!(said(&["rooms"]).contains("ALARM: a new device of yours"), "again");
    let devices = team.json("ana", &["devices", "--json"]);
    let phone = devices.iter().find(|device| device["unanswered"] == true).expect("is asked about");
    team.ok("ana", &["devices", "--mine", phone["id"].as_str().expect("an id")]);
    assert!(!said(&["rooms"]).contains("ALARM"));
}
