//! The days of the week. Every text, name and password in them is found nowhere at the server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::search::{contains, memory};
use crate::week::{NAMES, Week};

const OTTILIE: &str = NAMES[0];
const BALDUIN: &str = NAMES[1];
const CARLOTTA: &str = NAMES[2];
/// Over a device's burst of 60, so that the rest has to wait at ten a second.
const FLOOD: usize = 90;

pub(crate) fn monday_three_people_come_in(week: &mut Week) {
    let password = week.password("pw-ottilie", "Zq Wachtmeister Kirsche 4471");
    week.link = week.team.owner_link.clone();
    week.enter("register", "ottilie", OTTILIE, &password);
    let invite = week.team.json("ottilie", &["invite", "--uses", "2", "--expires", "7d", "--json"]);
    assert_eq!(invite[0]["uses"], 2);
    invite[0]["link"].as_str().expect("a link").clone_into(&mut week.link);
    let password = week.password("pw-balduin", "Zq Ofenrohr Libelle 9013");
    week.enter("register", "balduin", BALDUIN, &password);
    let password = week.password("pw-carlotta", "Zq Paternoster Eibe 2286");
    week.enter("register", "carlotta", CARLOTTA, &password);
    assert_eq!(week.team.json("balduin", &["whoami", "--json"])[0]["user"], BALDUIN);
    assert_eq!(week.team.json("ottilie", &["whoami", "--json"])[0]["role"], "owner");

    let display = week.secret("Zq Ottilie von Übersee-61");
    week.team.ok("ottilie", &["name", &display]);
    week.say("ottilie", "#general", "Zq guten Morgen zusammen 0e5d");
    week.say("balduin", "#general", "Zq endlich ohne Zettel, 🦉 9a41");
    let said = ["Zq guten Morgen zusammen 0e5d", "Zq endlich ohne Zettel, 🦉 9a41"];
    ["ottilie", "balduin", "carlotta"].iter().for_each(|home| week.reads(home, "#general", &said));
    let members = ["room", "members", "#general", "--json"];
    assert_eq!(week.line("carlotta", &members, "name", OTTILIE)["display"], display);
}

pub(crate) fn tuesday_rooms_and_direct_messages(week: &mut Week) {
    let (private, open) = (week.secret("zq-geburtstag-d7f2"), week.secret("zq-kantine-30bb"));
    let topic = week.secret("Zq was Carlotta nicht weiß 18c6");
    let to = format!("@{BALDUIN}");
    week.team.ok("ottilie", &["room", "create", &private, "--private", &to, "--topic", &topic]);
    week.say("ottilie", "#zq-geburtstag-d7f2", "Zq eine Torte mit 40 Kerzen b2e8");
    week.reads("balduin", "#zq-geburtstag-d7f2", &["Zq eine Torte mit 40 Kerzen b2e8"]);
    let rooms = ["rooms", "--json"];
    assert_eq!(week.line("balduin", &rooms, "room", "#zq-geburtstag-d7f2")["topic"], topic);
    assert!(!week.team.ok("carlotta", &rooms).contains(&private), "known to its members only");

    let topic = week.secret("Zq Suppe oder Salat 77d0");
    week.team.ok("carlotta", &["room", "create", &open, "--topic", &topic]);
    week.team.ok("balduin", &["room", "join", "#zq-kantine-30bb"]);
    week.team.ok("ottilie", &["room", "join", "#zq-kantine-30bb"]);
    week.say("balduin", "#zq-kantine-30bb", "Zq heute Linsen 5f6c");
    week.reads("carlotta", "#zq-kantine-30bb", &["Zq heute Linsen 5f6c"]);

    week.say("carlotta", &format!("@{OTTILIE}"), "Zq unter uns: ich kündige c51e");
    week.reads("ottilie", &format!("@{CARLOTTA}"), &["Zq unter uns: ich kündige c51e"]);
    week.say("ottilie", &format!("@{CARLOTTA}"), "Zq bleib bitte noch 84da");
    week.reads("carlotta", &format!("@{OTTILIE}"), &["Zq bleib bitte noch 84da"]);
}

pub(crate) fn wednesday_a_second_device_and_somebody_away(week: &mut Week) {
    let password = week.team.home("pw-balduin").to_str().expect("UTF-8").to_owned();
    week.enter("login", "balduin-2", BALDUIN, &password);
    week.say("ottilie", "#zq-geburtstag-d7f2", "Zq für beide Geräte 26f9");
    for home in ["balduin", "balduin-2"] {
        week.reads(home, "#zq-geburtstag-d7f2", &["Zq für beide Geräte 26f9"]);
    }
    week.say("balduin-2", "#general", "Zq vom Telefon aus 7b03");
    week.reads("balduin", "#general", &["Zq vom Telefon aus 7b03"]);

    week.team.ok("carlotta", &["inbox", "--read"]);
    let texts: Vec<String> =
        (0..20).map(|n| week.secret(&format!("Zq während du weg warst {n:02} ee"))).collect();
    week.send_lines("ottilie", "#zq-kantine-30bb", &texts);
    let inbox = week.team.json("carlotta", &["inbox", "--json"]);
    let shown: Vec<&str> = inbox.iter().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(shown, texts, "twenty came while she was away");
    assert!(inbox.iter().all(|line| line["room"] == "#zq-kantine-30bb" && line["from"] == OTTILIE));
    week.team.ok("carlotta", &["inbox", "--read"]);
    assert_eq!(week.team.json("carlotta", &["inbox", "--json"]).len(), 0, "and are read now");
}

pub(crate) fn thursday_passwords_change_and_people_go(week: &mut Week) {
    let old = week.team.home("pw-balduin").to_str().expect("UTF-8").to_owned();
    let new = week.password("pw-balduin-new", "Zq Nachtigall Hebel 6650");
    week.team.ok("balduin", &["passwd", "--password-file", &old, "--new-password-file", &new]);
    let link = week.link.clone();
    let again = |file| ["login", link.as_str(), "--username", BALDUIN, "--password-file", file];
    assert_eq!(week.team.run("balduin-3", &again(&old)).status.code(), Some(7), "the old one is over");
    week.enter("login", "balduin-3", BALDUIN, &new);

    let devices = ["devices", "--json"];
    let second = week.line("balduin", &devices, "name", "Zq device of balduin-2");
    week.team.ok("balduin", &["devices", "--revoke", second["id"].as_str().expect("an id")]);
    week.say("ottilie", "#general", "Zq nach dem Diebstahl f3a8");
    week.reads("balduin-3", "#general", &["Zq nach dem Diebstahl f3a8"]);
    let stolen = week.team.run("balduin-2", &["tail", "#general", "--json"]);
    assert!(!contains(&stolen.stdout, "Zq nach dem Diebstahl f3a8"), "a revoked device reads nothing new");

    week.team.ok("ottilie", &["room", "remove", "#zq-geburtstag-d7f2", &format!("@{BALDUIN}")]);
    week.say("ottilie", "#zq-geburtstag-d7f2", "Zq nun ganz allein 915b");
    let out = week.team.run("balduin", &["tail", "#zq-geburtstag-d7f2", "--json"]);
    assert!(!contains(&out.stdout, "Zq nun ganz allein 915b"), "who was removed reads nothing new");
    week.team.ok("carlotta", &["room", "leave", "#zq-kantine-30bb"]);
    week.say("balduin", "#zq-kantine-30bb", "Zq sie ist weg 0c7e");
    let out = week.team.run("carlotta", &["tail", "#zq-kantine-30bb", "--json"]);
    assert!(!contains(&out.stdout, "Zq sie ist weg 0c7e"), "who left reads nothing new");
    week.reads("ottilie", "#zq-kantine-30bb", &["Zq sie ist weg 0c7e"]);
}

pub(crate) fn friday_a_flood_and_a_look_around(week: &mut Week) {
    let texts: Vec<String> = (0..FLOOD).map(|n| week.secret(&format!("Zq Flut Nummer {n:03} a6"))).collect();
    let mut follower = week
        .team
        .command("carlotta", &["tail", "#general", "--follow", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    let said = week.send_lines("balduin", "#general", &texts);
    assert!(said.contains("Rate limit exceeded!"), "the sender is told of the wait: {said}");
    let heard =
        BufReader::new(follower.stdout.take().expect("piped")).lines().map(|line| line.expect("a line"));
    let mut last = heard.skip_while(|line| !line.contains(&texts[FLOOD - 1]));
    assert!(last.next().is_some(), "it arrives live");
    assert!(
        contains(&memory(&follower), &texts[FLOOD - 1]),
        "the search finds a text where it is: in a client"
    );
    follower.kill().expect("kills");
    follower.wait().expect("ends");
    let expected: Vec<&str> = texts.iter().map(String::as_str).collect();
    week.reads("ottilie", "#general", &expected);
    let all = week.team.texts("carlotta", "#general");
    assert_eq!(all.iter().filter(|text| text.starts_with("Zq Flut")).count(), FLOOD, "none twice");

    let verify = |home, whom: &str| week.team.ok(home, &["verify", &format!("@{whom}")]);
    assert_eq!(verify("ottilie", CARLOTTA), verify("carlotta", OTTILIE), "one number for two");
    assert_ne!(verify("ottilie", CARLOTTA), verify("ottilie", BALDUIN));
    let report = week.team.json("carlotta", &["report", "--json"]);
    assert_eq!(report[0]["user"]["user_name"], CARLOTTA);
    let invites = week.team.json("ottilie", &["invite", "--json"]);
    let id = invites[0]["id"].as_str().expect("an id");
    week.team.ok("ottilie", &["invite", "--revoke", id]);
    assert!(!week.team.ok("ottilie", &["invite", "--list", "--json"]).contains(id), "revoked");
    let recovery = week.team.run("ottilie", &["recovery"]);
    let shown = String::from_utf8(recovery.stderr).expect("text");
    let key = shown.lines().map(str::trim).rfind(|line| !line.is_empty()).expect("a key");
    week.secret(key);
}

pub(crate) fn saturday_the_server_is_killed(week: &mut Week) {
    let before = week.team.texts("ottilie", "#general");
    week.team.kill_server_and_start_again();
    week.say("carlotta", "#general", "Zq war da was? 4d2f");
    for home in ["ottilie", "balduin", "balduin-3"] {
        week.reads(home, "#general", &["Zq war da was? 4d2f"]);
    }
    let after = week.team.texts("ottilie", "#general");
    assert_eq!(after[..before.len()], before, "nothing is lost");
    assert_eq!(after.len(), before.len() + 1, "and nothing comes twice");
    week.say("ottilie", "#zq-kantine-30bb", "Zq schönes Wochenende b880");
    week.reads("balduin", "#zq-kantine-30bb", &["Zq schönes Wochenende b880"]);
}

impl Week {
    /// Sends lines through one process; returns what it said on the side.
    fn send_lines(&self, home: &str, room: &str, texts: &[String]) -> String {
        let mut sender = self
            .team
            .command(home, &["send", room, "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut stdin = sender.stdin.take().expect("piped");
        texts.iter().for_each(|text| writeln!(stdin, "{text}").expect("writes"));
        drop(stdin);
        let output = sender.wait_with_output().expect("ends");
        assert!(output.status.success());
        String::from_utf8(output.stderr).expect("text")
    }
}
