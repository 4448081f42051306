//! What is lost, and the way back, with the real binary: a password, a device, everything.

use std::io::Write as _;
use std::process::{Output, Stdio};

use crate::team::{PASSWORD, Team};

const NEW_PASSWORD: &str = "four other words altogether";

/// The one recovery key in what was said.
fn key_in(said: &str) -> String {
    let is_key = |line: &&str| line.split('-').count() == 14 && line.split('-').all(|group| group.len() == 4);
    said.lines().map(str::trim).find(is_key).expect("a recovery key").to_owned()
}

/// Runs with lines on standard input.
fn typed(team: &Team, home: &str, args: &[&str], lines: &str) -> Output {
    let mut command = team.command(home, args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("writes");
    child.wait_with_output().expect("ends")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_forgotten_password_is_replaced_with_the_recovery_key() {
    let (team, _) = Team::with_two();
    team.ok("ben", &["send", "#general", "before"]);
    let key = key_in(&stderr(&team.run("ben", &["recovery"])));
    team.ok("ben", &["logout"]);
    let wrong = team.password_file("wrong", "not the password at all");
    let refused = team.run("ben", &["login", &team.url, "--username", "ben", "--password-file", &wrong]);
    assert_eq!(refused.status.code(), Some(7));
    assert!(stderr(&refused).contains("securechat recover"), "{}", stderr(&refused));
    let pw = team.password_file("pw-new", NEW_PASSWORD);
    // One letter is wrong: nothing is sent.
    let other = if key.starts_with('2') { "3" } else { "2" };
    let mistyped = team.password_file("mistyped", &key.replacen(&key[..1], other, 1));
    let recover = |key: &str| {
        let args = ["recover", &team.url, "--username", "ben", "--recovery-key-file", key];
        team.run("ben", &[&args[..], &["--password-file", &pw]].concat())
    };
    let refused = recover(&mistyped);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    let file = team.password_file("key", &key.to_uppercase().replace('-', " "));
    let back = recover(&file);
    assert!(back.status.success(), "{}", stderr(&back));
    assert_eq!(team.texts("ben", "#general"), ["before"]);
    team.ok("ben-2", &["login", &team.url, "--username", "ben", "--password-file", &pw]);
    let old = team.password_file("pw", PASSWORD);
    let refused = team.run("ben-3", &["login", &team.url, "--username", "ben", "--password-file", &old]);
    assert_eq!(refused.status.code(), Some(7), "the old password is over");
}

#[test]
fn a_lost_device_takes_no_key_with_it() {
    let (team, link) = Team::with_two();
    team.enter("login", "phone", "ben", &link);
    team.enter("login", "tablet", "ben", &link);
    team.ok("ana", &["send", "#general", "before"]);
    team.ok("phone", &["inbox"]);
    let old = key_in(&stderr(&team.run("phone", &["recovery"])));
    let devices = team.json("phone", &["devices", "--json"]);
    let id = devices.iter().find(|device| device["current"] == true).expect("itself")["id"].clone();
    let pw = team.password_file("pw", PASSWORD);
    let args = ["devices", "--lost", id.as_str().expect("an id"), "--password-file", &pw];
    let wrong = typed(&team, "ben", &args, "nope\n");
    assert_eq!(wrong.status.code(), Some(2), "the key was not stored: nothing happens");
    // Which group is asked for is said; a pipe that reads it back has to wait for it.
    let new = answer_group(&team, "ben", &args);
    assert_ne!(new, old);
    let file = team.password_file("old-key", &old);
    let recover =
        ["recover", &team.url, "--username", "ben", "--recovery-key-file", &file, "--password-file", &pw];
    assert_eq!(team.run("thief", &recover).status.code(), Some(7), "the old recovery key is over");
    assert!(!team.run("phone", &["tail", "#general"]).status.success());
    let told = stderr(&team.run("tablet", &["devices"]));
    assert!(told.contains("--unlock"), "{told}");
    team.ok("tablet", &["devices", "--unlock", "--password-file", &pw]);
    assert!(!team.ok("tablet", &["devices"]).contains("unreadable"));
    assert_eq!(key_in(&stderr(&team.run("tablet", &["recovery"]))), new);
    assert_eq!(team.texts("tablet", "#general"), ["before"]);
}

/// Runs what shows a new recovery key and asks for one of its groups.
fn answer_group(team: &Team, home: &str, args: &[&str]) -> String {
    use std::io::Read as _;
    let mut command = team.command(home, args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut stderr = child.stderr.take().expect("piped");
    let mut said = String::new();
    let mut byte = [0];
    while !said.ends_with("have it: ") {
        assert_eq!(stderr.read(&mut byte).expect("reads"), 1, "{said}");
        said.push(char::from(byte[0]));
    }
    let key = key_in(&said);
    let asked = said.rsplit("Type group ").next().and_then(|rest| rest.split(' ').next());
    let number: usize = asked.expect("a group").parse().expect("a number");
    let group = key.split('-').nth(number - 1).expect("there");
    child.stdin.take().expect("piped").write_all(format!("{group}\n").as_bytes()).expect("writes");
    stderr.read_to_string(&mut said).expect("reads");
    assert!(child.wait().expect("ends").success(), "{said}");
    key
}

#[test]
fn a_new_recovery_key_replaces_the_old_one() {
    let (team, _) = Team::with_two();
    let old = key_in(&stderr(&team.run("ben", &["recovery"])));
    let new = answer_group(&team, "ben", &["recovery", "rotate"]);
    assert_ne!(new, old);
    assert_eq!(key_in(&stderr(&team.run("ben", &["recovery"]))), new);
}

#[test]
fn who_lost_everything_begins_anew_by_a_link_and_everybody_hears_of_it() {
    let (team, _) = Team::with_two();
    team.ok("ben", &["send", "#general", "from the old me"]);
    team.ok("ana", &["send", "@ben", "between us"]);
    assert_eq!(team.texts("ben", "@ana"), ["between us"]);
    let made = team.json("ana", &["people", "--reset-link", "@ben", "--json"]);
    let link = made[0]["link"].as_str().expect("a link");
    let pw = team.password_file("pw-new", NEW_PASSWORD);
    let asked = typed(&team, "anew", &["register", link, "--password-file", &pw], "ana\n");
    assert!(!asked.status.success(), "a link is for one person");
    assert!(stderr(&asked).contains("All your old devices stop working"), "{}", stderr(&asked));
    let anew = typed(&team, "anew", &["register", link, "--password-file", &pw], "ben\n");
    assert!(anew.status.success(), "{}", stderr(&anew));
    key_in(&stderr(&anew));
    assert!(
        !team.run("ben", &["send", "#general", "still here?"]).status.success(),
        "the old device is over"
    );
    // Ana's device removes the old one; what it sends reaches the new one, and so does what was said before.
    team.ok("ana", &["send", "#general", "welcome back"]);
    assert_eq!(team.texts("anew", "#general"), ["from the old me", "welcome back"]);
    team.ok("ana", &["send", "@ben", "is it you?"]);
    assert_eq!(team.texts("anew", "@ana"), ["between us", "is it you?"]);
    // The operator makes such a link too, for an owner whom nobody else can help.
    let data = team.home("server");
    let data = data.to_str().expect("UTF-8");
    let link = team.ok("none", &["admin", "reset-link", "@ana", "--data", data]);
    team.ok("ana-anew", &["register", link.trim(), "--username", "ana", "--password-file", &pw, "--reset"]);
    assert_eq!(team.json("ana-anew", &["whoami", "--json"])[0]["role"], "owner");
}
