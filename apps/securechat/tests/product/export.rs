//! Export and import with the real binary: what goes out comes in once, and nothing hostile does either.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::team::Team;

/// Texts that somebody would send to make a page run, break or lie.
const HOSTILE: [&str; 5] = [
    "<script>window.__pwned=1</script>",
    "</p></article><img src=x onerror=window.__pwned=1>",
    "\" onload=\"x' `y` &lt;b&gt;",
    "</style><link rel=stylesheet href=//evil.example/x.css>",
    "a\u{202e}b </title><svg onload=x>",
];

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).expect("reads")
}

#[test]
fn an_export_is_private_readable_and_comes_into_a_new_home_once() {
    let (team, _) = Team::with_two();
    for text in HOSTILE {
        team.ok("ana", &["send", "#general", text]);
    }
    team.ok("ben", &["send", "#general", "harmless zwieback"]);
    let out = team.home("exported");
    let folder = out.display().to_string();
    let said = team.run("ana", &["export", &folder, "--all"]);
    assert!(said.status.success(), "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("NOT encrypted"));

    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(&out), 0o700);
    for entry in fs::read_dir(&out).expect("reads") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        if path.extension().is_some_and(|end| end == "html") {
            let html = fs::read_to_string(&path).expect("reads");
            for tag in ["<script", "<img", "<link", "<svg", "src=\"", "\u{202e}", "<iframe", "@import"] {
                assert!(!html.contains(tag), "{tag} in {}", path.display());
            }
            assert!(html.contains("default-src 'none'") && html.contains("prefers-color-scheme"));
        }
    }
    assert!(read(&out, "room-0001.html").contains("&lt;script&gt;window.__pwned=1&lt;/script&gt;"));
    let again = team.run("ana", &["export", &folder]);
    assert_eq!(again.status.code(), Some(2), "nothing is written over");

    // Somebody else's export is not taken in.
    assert_eq!(team.run("ben", &["import", &folder]).status.code(), Some(2));

    // A server of its own: the messages come in, are searchable and marked, and are sent nowhere.
    let elsewhere = Team::new();
    elsewhere.enter("register", "ana", "ana", &elsewhere.owner_link);
    for expected in ["6 messages came in, 0", "0 messages came in, 6"] {
        let done = elsewhere.run("ana", &["import", &folder]);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success() && told.contains(expected), "{told}");
    }
    let rooms = elsewhere.json("ana", &["rooms", "--json"]);
    let imported = rooms.iter().find(|room| room["state"] == "left").expect("a room to read only");
    let label = imported["room"].as_str().expect("a label");
    let lines = elsewhere.json("ana", &["tail", "--json", label]);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert!(lines.iter().all(|line| line["imported"] == true && line["kind"] == "text"));
    assert!(!elsewhere.run("ana", &["send", label, "x"]).status.success(), "read only");
}

#[test]
fn a_changed_export_is_refused_and_leaves_nothing() {
    let (team, _) = Team::with_two();
    team.ok("ana", &["send", "#general", "as it was said"]);
    let out = team.home("exported");
    let folder = out.display().to_string();
    team.ok("ana", &["export", &folder, "--format", "json"]);
    let (lines, manifest) = (read(&out, "room-0001.jsonl"), read(&out, "manifest.json"));
    let elsewhere = Team::new();
    elsewhere.enter("register", "ana", "ana", &elsewhere.owner_link);
    let refused = |what: &str| {
        let done = elsewhere.run("ana", &["import", &folder]);
        assert!(!done.status.success(), "{what}");
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(told.contains("securechat: ") && !told.contains("panicked"), "{what}: {told}");
        assert_eq!(elsewhere.json("ana", &["rooms", "--json"]).len(), 1, "{what} left something");
    };
    fs::write(out.join("room-0001.jsonl"), lines.replace("as it was said", "as it was sold"))
        .expect("writes");
    refused("another text");
    fs::write(out.join("room-0001.jsonl"), &lines).expect("writes");
    for (what, from, to) in [
        ("a path", "room-0001.jsonl", "../room-0001.jsonl"),
        ("a newer version", "\"version\": 1", "\"version\": 9"),
        ("no JSON", "{", "<"),
        ("a missing file", "room-0001.jsonl", "room-0002.jsonl"),
    ] {
        fs::write(out.join("manifest.json"), manifest.replace(from, to)).expect("writes");
        refused(what);
    }
    // Every byte of the manifest may be another: nothing panics, and what is refused says so.
    for at in (0..manifest.len()).step_by(97) {
        let mut bytes = manifest.clone().into_bytes();
        bytes[at] ^= 0x15;
        fs::write(out.join("manifest.json"), &bytes).expect("writes");
        let done = elsewhere.run("ana", &["import", &folder]);
        assert!(!String::from_utf8_lossy(&done.stderr).contains("panicked"), "byte {at}");
    }
}
