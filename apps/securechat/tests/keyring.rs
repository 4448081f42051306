//! The device key in a real keyring: gnome-keyring-daemon on a session bus of its own, the real binary, a real server.
//!
//! Runs where `dbus-run-session` and `gnome-keyring-daemon` are on `PATH` and says so where they are not.

use std::env;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What the shell needs from us; the rest is in the scripts.
const SETUP: &str = r#"
set -eu
say() { printf '== %s\n' "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 99; }
unlock() { printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; }
# By process id and not by name: other sessions have such a daemon too.
bus() { dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / "org.freedesktop.DBus.$1" \
    string:org.freedesktop.secrets; }
quit() {
    kill "$(bus GetConnectionUnixProcessID | grep -o '[0-9]*$')"
    while bus NameHasOwner | grep -q true; do sleep 0.1; done
}
serve() {
    "$BIN" serve --json --listen 127.0.0.1:0 --data "$DIR/server" >"$DIR/ready" 2>/dev/null & SERVER=$!
    trap 'kill $SERVER' EXIT
    until [ -s "$DIR/ready" ]; do sleep 0.1; done
    LINK=$(sed 's/.*"owner_link":"\([^"]*\)".*/\1/' "$DIR/ready")
}
enter() { "$BIN" --home "$1" register "$LINK" --username "$2" --password-file "$DIR/pw" 2>&1; }
"#;

/// Runs a script inside a bus of its own, with home and configuration in a folder of its own.
fn in_a_session(script: &str) -> Option<(TempDir, Output)> {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "dbus-send"] {
        let path = env::var_os("PATH").unwrap_or_default();
        if !env::split_paths(&path).any(|dir| dir.join(program).is_file()) {
            skipped(program);
            return None;
        }
    }
    let dir = tempfile::tempdir().expect("a folder");
    let output = run(Command::new("dbus-run-session").args(["--", "sh"]), dir.path(), script);
    Some((dir, output))
}

/// Gives a shell a script and a folder to stay in.
fn run(shell: &mut Command, dir: &Path, script: &str) -> Output {
    std::fs::write(dir.join("pw"), "correct horse battery 5e1d\n").expect("writes");
    let below = |name: &str| dir.join(name);
    std::fs::create_dir(below("run")).expect("makes");
    shell
        .args(["-c", &format!("{SETUP}\n{script}")])
        .env("BIN", env!("CARGO_BIN_EXE_securechat"))
        .env("DIR", dir)
        .env("HOME", dir)
        .env("XDG_RUNTIME_DIR", below("run"))
        .env("XDG_DATA_HOME", below("share"))
        .env_remove("GNOME_KEYRING_CONTROL")
        .env_remove("SECURECHAT_KEYRING")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .expect("starts")
}

#[expect(clippy::print_stderr, reason = "a test that did not run must not look like one that passed")]
fn skipped(program: &str) {
    eprintln!("skipped: {program} is not on PATH (apt-get install gnome-keyring dbus)");
}

fn went_well(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    out.into_owned()
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("lists");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn an_open_keyring_has_the_key_and_without_it_the_home_says_what_to_do() {
    let script = r#"
unlock
serve
enter "$DIR/ana" ana | grep -q "key is in this session's keyring" || fail "register does not say where the key is"
"$BIN" --home "$DIR/ana" whoami | grep -q "in this session's keyring" || fail "whoami does not say it"
"$BIN" --home "$DIR/ana" doctor | grep -q "in this session's keyring" || fail "doctor does not say it"
"$BIN" --home "$DIR/ana" send '#general' hello || fail "the home does not open again"
before=$(cd "$DIR/ana" && ls)
say "no bus"
env -u DBUS_SESSION_BUS_ADDRESS "$BIN" --home "$DIR/ana" whoami && fail "opened without a bus"
say "daemon gone"
quit
"$BIN" --home "$DIR/ana" whoami && fail "opened without a keyring"
[ "$before" = "$(cd "$DIR/ana" && ls)" ] || fail "files came or went: $(cd "$DIR/ana" && ls)"
say "daemon back"
# The bus has started a locked one meanwhile, and only an unlocked one of its own may come in its place.
quit
unlock
"$BIN" --home "$DIR/ana" whoami | grep -q '^ana ' || fail "does not open with the keyring back"
"$BIN" --home "$DIR/ana" logout || fail "logout"
"#;
    let Some((dir, output)) = in_a_session(script) else { return };
    went_well(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    let refusals: Vec<&str> = said.lines().filter(|line| line.contains("is in your keyring, but")).collect();
    let [no_bus, no_daemon] = &refusals[..] else { panic!("two refusals: {said}") };
    assert!(
        no_bus.contains("no desktop session") && no_bus.contains("run this inside that session"),
        "{no_bus}"
    );
    assert!(no_daemon.contains("locked; unlock it") || no_daemon.contains("start it"), "{no_daemon}");
    assert_eq!(files(&dir.path().join("ana")), ["lock"], "log-out leaves nothing that was ours");
}

#[test]
fn no_key_file_is_written_when_the_keyring_has_the_key() {
    let script = r#"
unlock
serve
enter "$DIR/ana" ana >/dev/null
SECURECHAT_KEYRING=off enter "$DIR/ben" ana >/dev/null && fail "one name twice"
exit 0
"#;
    let Some((dir, output)) = in_a_session(script) else { return };
    went_well(&output);
    let files = files(&dir.path().join("ana"));
    assert!(
        files.contains(&"device.keyring".to_owned()) && !files.contains(&"device.key".to_owned()),
        "{files:?}"
    );
}

#[test]
fn a_locked_or_absent_keyring_costs_a_new_home_nothing() {
    let script = r#"
serve
say "nobody on the bus, or somebody who would have to ask"
begun=$(date +%s)
enter "$DIR/ana" ana | grep -q 'device.key (mode 600)' || fail "the key is not in a file"
[ $(( $(date +%s) - begun )) -lt 20 ] || fail "it hung"
"$BIN" --home "$DIR/ana" doctor | grep -q 'device.key (mode 600)' || fail "doctor does not say it"
unlock
"$BIN" --home "$DIR/ana" doctor | grep -q 'device.key (mode 600)' || fail "the key moved"
"#;
    let Some((dir, output)) = in_a_session(script) else { return };
    went_well(&output);
    assert!(!files(&dir.path().join("ana")).contains(&"device.keyring".to_owned()));
}

/// Somebody listens where the bus should be and never says a word.
#[test]
#[expect(clippy::disallowed_methods, reason = "what is waited for here is real time")]
fn a_bus_that_hangs_holds_nobody_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let bus = dir.path().join("bus");
    let _mute = UnixListener::bind(&bus).expect("binds");
    let begun = Instant::now();
    let mut shell = Command::new("sh");
    shell.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    let script = r#"
serve
enter "$DIR/ana" ana | grep -q 'device.key (mode 600)' || fail "the key is not in a file"
"#;
    went_well(&run(&mut shell, dir.path(), script));
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}
