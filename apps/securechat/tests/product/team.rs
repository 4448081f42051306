//! A team as tests drive it: the real server, real devices, each in its own process and folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery canary-5e1d";

pub(crate) struct Team {
    dir: TempDir,
    pub(crate) server: Child,
    pub(crate) url: String,
    pub(crate) owner_link: String,
}

impl Team {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let (server, ready) = serve(dir.path(), "127.0.0.1:0");
        let url = ready["listening"][0].as_str().expect("listens").to_owned();
        let owner_link = ready["owner_link"].as_str().expect("a fresh server has an owner link").to_owned();
        Self { dir, server, url, owner_link }
    }

    /// Ana owns the team, Ben is a member; the link lets more in.
    pub(crate) fn with_two() -> (Self, String) {
        let team = Self::new();
        team.enter("register", "ana", "ana", &team.owner_link);
        let invite = team.json("ana", &["invite", "--uses", "9", "--json"]);
        let link = invite[0]["link"].as_str().expect("a link").to_owned();
        team.enter("register", "ben", "ben", &link);
        (team, link)
    }

    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file with a password as its first line.
    pub(crate) fn password_file(&self, name: &str, password: &str) -> String {
        let file = self.home(name);
        fs::write(&file, format!("{password}\n")).expect("writes");
        file.to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn command(&self, home: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_securechat"));
        command.arg("--home").arg(self.home(home)).args(args).stdin(Stdio::null());
        // Tests leave nothing in the keyring of whoever runs them.
        command.env("SECURECHAT_KEYRING", "off");
        command
    }

    pub(crate) fn run(&self, home: &str, args: &[&str]) -> Output {
        self.command(home, args).output().expect("runs")
    }

    pub(crate) fn ok(&self, home: &str, args: &[&str]) -> String {
        let output = self.run(home, args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{home} {args:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    pub(crate) fn json(&self, home: &str, args: &[&str]) -> Vec<Value> {
        let lines = self.ok(home, args);
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
    }

    pub(crate) fn enter(&self, verb: &str, home: &str, name: &str, link: &str) {
        let pw = self.password_file("pw", PASSWORD);
        self.ok(home, &[verb, link, "--username", name, "--password-file", &pw]);
    }

    pub(crate) fn texts(&self, home: &str, room: &str) -> Vec<String> {
        let lines = self.json(home, &["tail", room, "--json"]);
        let texts = lines.iter().filter(|line| line["kind"] == "text");
        texts.map(|line| line["text"].as_str().expect("text").to_owned()).collect()
    }

    pub(crate) fn kill_server_and_start_again(&mut self) {
        self.server.kill().expect("kills");
        self.server.wait().expect("ends");
        self.start_server_again();
    }

    /// Ends it as an operator does.
    pub(crate) fn stop_server(&mut self) {
        let id = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(id, Signal::TERM).expect("a child takes signals");
        assert!(self.server.wait().expect("ends").success());
    }

    pub(crate) fn start_server_again(&mut self) {
        let place = self.url.trim_start_matches("https://").to_owned();
        self.server = serve(self.dir.path(), &place).0;
    }

    /// From now on the disk fails: no file can be written beyond one page.
    pub(crate) fn let_writes_fail(&self) {
        let id = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw);
        let page = Rlimit { current: Some(4096), maximum: Some(4096) };
        prlimit(id, Resource::Fsize, page).expect("a child's limits can be set");
    }

    /// What the server said so far on stderr, at the finest level: its log.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home("server.log")).expect("a log")
    }

    /// What it said on stdout.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.home("server.out")).expect("what it said")
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _gone = self.server.wait();
        if thread::panicking() {
            let _closed = io::stderr().write_all(self.log().as_bytes());
        }
    }
}

/// Starts the server of a folder; returns when it is ready, with what it says then.
fn serve(dir: &Path, listen: &str) -> (Child, Value) {
    let kept = |name: &str| -> File {
        OpenOptions::new().append(true).create(true).open(dir.join(name)).expect("a file")
    };
    // A write over a limit that a test sets is to be an error to the server, as from a failing disk, and not a signal.
    let mut server = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_securechat")])
        .args(["serve", "--json", "--listen", listen, "--data"])
        .arg(dir.join("server"))
        .env("SECURECHAT_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(kept("server.log"))
        .spawn()
        .expect("starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(server.stdout.take().expect("piped"));
    stdout.read_line(&mut line).expect("one line when ready");
    let mut out = kept("server.out");
    out.write_all(line.as_bytes()).expect("writes");
    thread::spawn(move || io::copy(&mut stdout.by_ref(), &mut out));
    (server, serde_json::from_str(&line).expect("JSON"))
}
