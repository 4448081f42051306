//! Who decides in a room, and what newcomers may read, changed from the command line.

use crate::team::Team;

/// Exit code and what was said of a command that fails.
fn refused(team: &Team, home: &str, args: &[&str]) -> (i32, String) {
    let output = team.run(home, args);
    assert!(!output.status.success(), "{home} {args:?} went well");
    (output.status.code().expect("ends by itself"), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_rooms_admins_and_its_history_are_changed_after_it_was_made() {
    let (team, link) = Team::with_two();
    team.enter("register", "eva", "eva", &link);
    team.ok("ana", &["room", "create", "launch", "--private", "@ben"]);

    let (code, why) = refused(&team, "ben", &["room", "add", "#launch", "@eva"]);
    assert!(code == 4 && why.contains("only an admin adds people"), "{code}: {why}");
    let (code, why) = refused(&team, "ben", &["room", "history", "#launch", "none"]);
    assert!(code == 2 && why.contains("only an admin of #launch can change this"), "{code}: {why}");

    let said = team.run("ana", &["room", "admin", "#launch", "@ben"]);
    assert!(said.status.success());
    assert_eq!(String::from_utf8_lossy(&said.stderr), "@ben is now an admin of #launch.\n");
    let members = team.json("ben", &["room", "members", "#launch", "--json"]);
    assert!(members.len() == 2 && members.iter().all(|member| member["admin"] == true), "{members:?}");
    team.ok("ben", &["room", "add", "#launch", "@eva"]);
    let listed = team.ok("eva", &["room", "members", "#launch"]);
    let marked: Vec<&str> = listed.lines().filter(|line| line.ends_with("  admin")).collect();
    assert!(marked.len() == 2 && !marked.iter().any(|line| line.starts_with("@eva")), "{listed}");

    let said = team.run("ben", &["room", "history", "#launch", "since_join"]);
    let wanted = "#launch, from now on: newcomers read only from the day they join.\n";
    assert_eq!(String::from_utf8_lossy(&said.stderr), wanted);
    let rooms = team.json("eva", &["rooms", "--json"]);
    let launch = rooms.iter().find(|room| room["room"] == "#launch").expect("is in it");
    assert_eq!(launch["history"], "since_join");
    let (code, why) = refused(&team, "ana", &["room", "history", "#launch", "shared"]);
    assert!(code == 2 && why.contains("only ever tightened"), "{code}: {why}");

    team.ok("ana", &["room", "admin", "#launch", "@ben", "--remove"]);
    let (code, why) = refused(&team, "ben", &["room", "admin", "#launch", "@eva"]);
    assert!(code == 2 && why.contains("only an admin of #launch"), "{code}: {why}");
    let (code, why) = refused(&team, "ana", &["room", "admin", "#launch", "@ana", "--remove"]);
    assert!(code == 2 && why.contains("no admin left"), "{code}: {why}");

    let lines = team.json("eva", &["tail", "#launch", "--json"]);
    let told: Vec<&str> = lines.iter().filter_map(|line| line["text"].as_str()).collect();
    assert!(told.contains(&"@ana took admin away from @ben"), "{told:?}");
}
