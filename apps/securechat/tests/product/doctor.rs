//! Is everything well? Asked of the real program: with a server, without one, and of a room that is made anew.

use serde_json::Value;

use crate::team::Team;

fn found(stdout: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(stdout).expect("text").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

fn state<'a>(found: &'a [Value], check: &str) -> &'a str {
    let finding = found.iter().find(|finding| finding["check"] == check);
    finding.unwrap_or_else(|| panic!("{check} is looked at: {found:?}"))["state"].as_str().expect("a state")
}

const ALL: [&str; 10] = [
    "connection",
    "clock",
    "store",
    "chain",
    "log",
    "rooms",
    "outbox",
    "key_packages",
    "certificate",
    "version",
];

#[test]
fn the_doctor_finds_a_well_device_well_and_says_when_the_server_is_gone() {
    let (mut team, _) = Team::with_two();
    for home in ["ana", "ben"] {
        let output = team.run(home, &["doctor", "--json"]);
        let found = found(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        for check in ALL {
            assert_eq!(state(&found, check), "good", "{found:?}");
        }
    }
    assert!(
        team.ok("ana", &["doctor"]).contains("its certificate is good for"),
        "its owner is told the days"
    );
    team.server.kill().expect("kills");
    team.server.wait().expect("ends");
    let output = team.run("ben", &["doctor", "--json"]);
    let found = found(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    for (check, is) in [("connection", "attention"), ("store", "good"), ("chain", "good"), ("rooms", "good")]
    {
        assert_eq!(state(&found, check), is, "{found:?}");
    }
    let way = found.iter().find(|finding| finding["check"] == "connection").expect("is looked at");
    assert!(way["to_do"].as_str().is_some_and(|to_do| !to_do.is_empty()), "{way}");
    team.start_server_again();
    team.ok("ben", &["doctor"]);
}

#[test]
fn a_room_is_made_anew_from_the_command_line() {
    let (team, _) = Team::with_two();
    team.ok("ana", &["room", "create", "launch", "--private", "@ben"]);
    team.ok("ben", &["send", "#launch", "in the earlier one"]);
    assert_eq!(team.run("ben", &["room", "reset", "#launch"]).status.code(), Some(2), "he is no admin of it");
    let said = team.run("ben", &["room", "repair", "#launch"]);
    assert!(said.status.success() && String::from_utf8_lossy(&said.stderr).contains("Nothing is stopped"));
    team.ok("ana", &["room", "reset", "#launch"]);
    // What is said before this is known is not lost: it says where to say it.
    let output = team.run("ben", &["send", "#launch", "too early"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("goes on in a new one"), "{said}");
    team.ok("ben", &["rooms"]);
    team.ok("ben", &["send", "#launch", "in the new one"]);
    assert_eq!(team.texts("ana", "#launch"), ["in the new one"]);
    for home in ["ana", "ben"] {
        let rooms = team.json(home, &["rooms", "--json"]);
        let old = rooms.iter().find(|room| room["goes_on"] == "#launch").expect("is listed");
        let label = old["room"].as_str().expect("a label");
        assert!(team.texts(home, label).contains(&"in the earlier one".to_owned()));
        assert_eq!(team.run(home, &["send", label, "too late"]).status.code(), Some(2));
    }
}
