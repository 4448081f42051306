//! What an operator does for a bad day, with the real binary: back up while people talk, check, restore, and everybody hears it.

use std::path::Path;
use std::process::Output;

use crate::team::Team;

const SENTENCE: &str = "the server's memory was restored from a backup";

fn admin(team: &Team, args: &[&str]) -> Output {
    let data = team.home("server");
    team.run("nobody", &[&["admin"], args, &["--data", data.to_str().expect("UTF-8")]].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_backup_made_while_people_talk_is_restored_and_everybody_is_told() {
    let (mut team, _) = Team::with_two();
    team.ok("ana", &["send", "#general", "before"]);
    assert_eq!(team.texts("ben", "#general"), ["before"]);
    let backup = team.home("backup");
    let made = admin(&team, &["backup", text(&backup), "--json"]);
    assert!(made.status.success(), "{}", said(&made));
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).expect("JSON");
    assert_eq!((&made["users"], &made["rooms"]), (&2.into(), &1.into()), "{made}");
    team.ok("ana", &["send", "#general", "after"]);

    let running = admin(&team, &["restore", text(&backup), "--replace"]);
    assert!(said(&running).contains("another SecureChat server already uses"), "{}", said(&running));
    team.stop_server();
    let unasked = admin(&team, &["restore", text(&backup)]);
    assert!(said(&unasked).contains("--replace"), "{}", said(&unasked));
    let restored = admin(&team, &["restore", text(&backup), "--replace"]);
    assert!(restored.status.success(), "{}", said(&restored));
    let checked = admin(&team, &["check"]);
    assert!(checked.status.success(), "{}", said(&checked));
    team.start_server_again();

    // Ana's device saw what is gone: it says so and sends nothing more into a room that went back.
    let ana = team.run("ana", &["inbox"]);
    assert!(said(&ana).contains(SENTENCE), "{}", said(&ana));
    let rooms = team.json("ana", &["rooms", "--json"]);
    let trouble = rooms[0]["trouble"].as_str().expect("a sentence");
    assert!(trouble.contains("has lost messages of this room"), "{trouble}");
    assert_eq!(team.texts("ana", "#general"), ["before", "after"], "nothing goes from where it is");
    // Ben's had seen nothing of it, and hears what happened all the same.
    let ben = team.run("ben", &["inbox"]);
    assert!(said(&ben).contains(SENTENCE), "{}", said(&ben));
    team.ok("ben", &["send", "#general", "is anybody there?"]);
}

#[test]
fn a_check_names_what_is_wrong_and_says_so_to_scripts() {
    let (team, _) = Team::with_two();
    let whole = admin(&team, &["check"]);
    assert!(whole.status.success(), "{}", said(&whole));
    assert!(said(&whole).starts_with("2 users, 1 rooms, "), "{}", said(&whole));
    let database = team.home("server").join("securechat.db");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(database, mode).expect("ours");
    let found = admin(&team, &["check"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(said(&found).contains("PROBLEM securechat.db can be read by others"), "{}", said(&found));
}
