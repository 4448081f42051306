//! What a team lives through, one story a test.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use serde_json::Value;

use crate::search::{bytes_below, contains};
use crate::team::{PASSWORD, Team};

#[test]
fn people_talk_everywhere_and_the_server_knows_none_of_it() {
    let (team, link) = Team::with_two();
    team.ok("ana", &["send", "#general", "canary-general-1f"]);
    team.ok("ana", &["room", "create", "canary-room-77", "--private", "@ben", "--topic", "canary-topic-42"]);
    team.ok("ana", &["send", "#canary-room-77", "canary-private-a8"]);
    team.ok("ben", &["send", "@ana", "canary-direct-c0"]);
    team.ok("ben", &["name", "Canary Ben-90"]);
    assert_eq!(team.texts("ben", "#general"), ["canary-general-1f"]);
    assert_eq!(team.texts("ben", "#canary-room-77"), ["canary-private-a8"]);
    assert_eq!(team.texts("ana", "@ben"), ["canary-direct-c0"]);

    team.enter("login", "ben2", "ben", &link);
    team.ok("ana", &["send", "#canary-room-77", "for both devices"]);
    // The new device has read back what was said before it came.
    assert_eq!(team.texts("ben2", "#canary-room-77"), ["canary-private-a8", "for both devices"]);

    let stored = bytes_below(&team.home("server"));
    let secrets = [
        "canary-general-1f",
        "canary-room-77",
        "canary-topic-42",
        "canary-private-a8",
        "canary-direct-c0",
        "Canary Ben-90",
        PASSWORD,
        "for both devices",
    ];
    for secret in secrets {
        assert!(!contains(&stored, secret), "the server's folder holds {secret}");
        for home in ["ana", "ben", "ben2"] {
            assert!(!contains(&bytes_below(&team.home(home)), secret), "{home}'s folder holds {secret}");
        }
    }
    // The same search finds what the server does know.
    assert!(contains(&stored, "ben"));
    fs::write(team.home("server").join("planted"), "canary-general-1f").expect("writes");
    assert!(contains(&bytes_below(&team.home("server")), "canary-general-1f"));
}

#[test]
fn what_is_acknowledged_survives_kill_9_once_and_in_one_order() {
    let (mut team, _) = Team::with_two();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut sender = team
            .command("ana", &["send", "#general", "-", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let mut stdin = sender.stdin.take().expect("piped");
        for n in 0..30 {
            writeln!(stdin, "round {round} message {n}").expect("writes");
        }
        drop(stdin);
        let mut lines = BufReader::new(sender.stdout.take().expect("piped")).lines();
        // In the middle of the burst, once some are acknowledged.
        acknowledged.extend(lines.by_ref().take(7).map(|line| line.expect("a line")));
        team.kill_server_and_start_again();
        acknowledged.extend(lines.map(|line| line.expect("a line")));
        sender.wait().expect("ends");
    }
    // What was kept goes out with the next visit.
    team.ok("ana", &["send", "#general", "the end"]);
    let at_ben = team.json("ben", &["tail", "#general", "--json"]);
    let at_ana = team.json("ana", &["tail", "#general", "--json"]);
    let places = |lines: &[Value]| -> BTreeMap<u64, String> {
        let texts = lines.iter().filter(|line| line["kind"] == "text");
        texts.map(|line| (line["seq"].as_u64().expect("seq"), line["id"].to_string())).collect()
    };
    assert_eq!(places(&at_ben), places(&at_ana), "one order for all");
    for line in &acknowledged {
        let ack: Value = serde_json::from_str(line).expect("JSON");
        let seq = ack["seq"].as_u64().expect("seq");
        assert_eq!(places(&at_ben).get(&seq), Some(&ack["id"].to_string()), "acknowledged, so there: {line}");
    }
    let texts = team.texts("ben", "#general");
    let sent: Vec<String> =
        (0..3).flat_map(|r| (0..30).map(move |n| format!("round {r} message {n}"))).collect();
    assert_eq!(texts[..texts.len() - 1], sent, "none lost, none twice, in order");
    assert!(acknowledged.len() >= 21);
}

#[test]
fn a_disk_that_fails_ends_the_server_before_anything_false_is_said() {
    const SIGABRT: i32 = 6;
    let (mut team, _) = Team::with_two();
    team.ok("ana", &["send", "#general", "while it worked"]);
    team.let_writes_fail();
    let sender = team
        .command("ana", &["send", "#general", "when it failed", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let ended = team.server.wait().expect("ends");
    assert_eq!(ended.signal(), Some(SIGABRT), "{ended}");
    assert!(team.log().contains("the store failed; the server ends"));
    // The sender waits for the server, or gives up if it was not connected yet; either way nobody told it anything false.
    team.start_server_again();
    let output = sender.wait_with_output().expect("ends");
    let acknowledged = String::from_utf8(output.stdout).expect("text");
    assert_eq!(acknowledged.lines().count(), usize::from(output.status.success()), "{acknowledged}");
    team.ok("ana", &["send", "#general", "with a sound disk"]);
    let texts = ["while it worked", "when it failed", "with a sound disk"];
    assert_eq!(team.texts("ben", "#general"), texts, "late, but not lost, and once");
}

#[test]
fn errors_say_what_to_do_and_have_their_exit_codes() {
    let (team, link) = Team::with_two();
    let code = |home: &str, args: &[&str]| team.run(home, args).status.code();
    assert_eq!(code("nobody", &["send", "#general", "x"]), Some(3));
    // A look at a home that is not there must not leave one that looks taken.
    assert_eq!(code("nobody", &["doctor"]), Some(3));
    team.enter("login", "nobody", "ben", &link);
    assert_eq!(code("ana", &["send", "#nowhere", "x"]), Some(2));
    assert_eq!(code("ben", &["invite"]), Some(4));
    assert_eq!(code("ana", &["--frobnicate"]), Some(2));
    let wrong = &*team.password_file("wrong", "not the password");
    for name in ["ben", "nobody-here"] {
        let output = team.run("x", &["login", &link, "--username", name, "--password-file", wrong]);
        assert_eq!(output.status.code(), Some(7));
        assert!(String::from_utf8_lossy(&output.stderr).contains("wrong user name or password"));
    }
    for name in ["ana", "BEN"] {
        let pw = team.password_file("pw", PASSWORD);
        assert_eq!(code("y", &["register", &link, "--username", name, "--password-file", &pw]), Some(4));
    }
    let (head, pin) = link.rsplit_once('.').expect("a pin");
    let other_pin: String = pin.chars().rev().collect();
    let forged = format!("{head}.{}A", &other_pin[..other_pin.len() - 1]);
    assert_eq!(code("z", &["login", &forged, "--username", "ben", "--password-file", wrong]), Some(6));
}

#[test]
fn a_new_device_reads_last_month_with_nobody_else_online() {
    let (team, link) = Team::with_two();
    team.ok("ana", &["room", "create", "ops", "--private", "@ben"]);
    let said: String = (0..700).map(|n| format!("line {n}\n")).collect();
    let mut sender = team
        .command("ana", &["send", "#ops", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    sender.stdin.take().expect("a pipe").write_all(said.as_bytes()).expect("takes it");
    assert!(sender.wait().expect("ends").success());
    assert_eq!(team.texts("ben", "#ops").len(), 700);

    team.enter("login", "ben2", "ben", &link);
    // Without a place to begin at, as much as fills a screen; with one, all of it.
    let first = team.texts("ben2", "#ops");
    assert!((200..700).contains(&first.len()), "{}", first.len());
    let all = team.json("ben2", &["tail", "#ops", "--since", "0", "--json"]);
    let texts = all.iter().filter(|line| line["kind"] == "text").filter_map(|line| line["text"].as_str());
    assert!(texts.eq(said.lines()), "all of it, in order");
}
