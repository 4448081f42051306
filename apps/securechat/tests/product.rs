//! The product as its users have it: the real binary, real TLS on loopback, real files, several processes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery canary-5e1d";

struct Team {
    dir: TempDir,
    server: Child,
    url: String,
    owner_link: Option<String>,
}

impl Team {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("pw"), format!("{PASSWORD}\n")).expect("writes");
        let (server, ready) = serve(dir.path(), "127.0.0.1:0");
        let url = ready["listening"][0].as_str().expect("listens").to_owned();
        let owner_link = ready["owner_link"].as_str().map(str::to_owned);
        Self { dir, server, url, owner_link }
    }

    fn home(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, home: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_securechat"));
        command.arg("--home").arg(self.home(home)).args(args).stdin(Stdio::null());
        // Tests leave nothing in the keyring of whoever runs them.
        command.env("SECURECHAT_KEYRING", "off");
        command
    }

    fn run(&self, home: &str, args: &[&str]) -> Output {
        self.command(home, args).output().expect("runs")
    }

    fn ok(&self, home: &str, args: &[&str]) -> String {
        let output = self.run(home, args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{home} {args:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn json(&self, home: &str, args: &[&str]) -> Vec<Value> {
        let lines = self.ok(home, args);
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
    }

    fn enter(&self, verb: &str, home: &str, name: &str, link: &str) {
        let pw = self.home("pw");
        self.ok(home, &[verb, link, "--username", name, "--password-file", pw.to_str().expect("UTF-8")]);
    }

    /// Ana owns the team, Ben is a member; the link lets more in.
    fn with_two() -> (Self, String) {
        let team = Self::new();
        let owner = team.owner_link.clone().expect("a fresh server has an owner link");
        team.enter("register", "ana", "ana", &owner);
        let invite = team.json("ana", &["invite", "--uses", "9", "--json"]);
        let link = invite[0]["link"].as_str().expect("a link").to_owned();
        team.enter("register", "ben", "ben", &link);
        (team, link)
    }

    fn texts(&self, home: &str, room: &str) -> Vec<String> {
        let lines = self.json(home, &["tail", room, "--json"]);
        let texts = lines.iter().filter(|line| line["kind"] == "text");
        texts.map(|line| line["text"].as_str().expect("text").to_owned()).collect()
    }

    fn kill_server_and_start_again(&mut self) {
        self.server.kill().expect("kills");
        self.server.wait().expect("ends");
        let place = self.url.trim_start_matches("https://").to_owned();
        self.server = serve(self.dir.path(), &place).0;
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _gone = self.server.wait();
    }
}

fn serve(dir: &Path, listen: &str) -> (Child, Value) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_securechat"))
        .args(["serve", "--json", "--listen", listen, "--data"])
        .arg(dir.join("server"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("one line when ready");
    (server, serde_json::from_str(&line).expect("JSON"))
}

/// Every byte of every file below a folder.
fn bytes_below(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(dir).expect("reads") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            bytes.extend(bytes_below(&path));
        } else {
            bytes.extend(fs::read(&path).expect("reads"));
        }
    }
    bytes
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

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
    assert_eq!(team.texts("ben2", "#canary-room-77"), ["for both devices"]);

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
    let wrong = team.home("wrong");
    fs::write(&wrong, "not the password\n").expect("writes");
    let wrong = wrong.to_str().expect("UTF-8");
    for name in ["ben", "nobody-here"] {
        let output = team.run("x", &["login", &link, "--username", name, "--password-file", wrong]);
        assert_eq!(output.status.code(), Some(7));
        assert!(String::from_utf8_lossy(&output.stderr).contains("wrong user name or password"));
    }
    for name in ["ana", "BEN"] {
        let pw = team.home("pw");
        let pw = pw.to_str().expect("UTF-8");
        assert_eq!(code("y", &["register", &link, "--username", name, "--password-file", pw]), Some(4));
    }
    let (head, pin) = link.rsplit_once('.').expect("a pin");
    let other_pin: String = pin.chars().rev().collect();
    let forged = format!("{head}.{}A", &other_pin[..other_pin.len() - 1]);
    assert_eq!(code("z", &["login", &forged, "--username", "ben", "--password-file", wrong]), Some(6));
}
