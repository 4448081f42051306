//! What is on the screen, read cell by cell.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use securechat_client::ids::{DeviceId, Seq};
use securechat_client::view::{Delivery, MessageView};
use securechat_client::{Connection, Hold, News, Told};

use super::draw;
use crate::event::{Answer, Event};
use crate::look::Look;
use crate::secret::{KeyFor, Lost, Secret};
use crate::state::State;
use crate::state::testing::{NOW, line, looking_at, own, person, room};

fn drawn(state: &State) -> Vec<String> {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..columns).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..rows).map(row).collect()
}

fn has(rows: &[String], words: &str) -> bool {
    rows.iter().any(|row| row.contains(words))
}

#[track_caller]
fn assert_has(rows: &[String], all: &[&str]) {
    for words in all {
        assert!(has(rows, words), "{words:?} is missing in\n{}", rows.join("\n"));
    }
}

fn press(state: &mut State, code: KeyCode, modifiers: KeyModifiers) {
    state.on(Event::Key(KeyEvent::new(code, modifiers)), NOW);
}

fn talk() -> Vec<MessageView> {
    let mut queued = own(4, "on it");
    queued.seq = None;
    queued.state = Delivery::Sending;
    let mut failed = own(5, "fixed in a1b2c3");
    failed.seq = None;
    failed.state = Delivery::Failed("too long".into());
    vec![
        line(1, "ana", "Build is green. Plan:\nsecurechat backup x"),
        own(2, "fine"),
        line(3, "ben", "+1"),
        queued,
        failed,
    ]
}

#[test]
fn the_wide_screen_has_everything() {
    let state = looking_at(talk(), (120, 28));
    let rows = drawn(&state);
    assert_has(
        &rows,
        &[
            "chat.example",
            "● online",
            "#general – Everything",
            "Unread in 2",
            "Rooms",
            "▸1 #general",
            " 2 #ops",
            "Members 3",
            "★Ana",
            "── Tue 24 Nov 2026 ──",
            "12:50 Ana          Build is green. Plan:",
            "                   securechat backup x",
            "12:50 me           on it",
            "sending",
            "NOT SENT: too long · F6, then r retry, d discard",
            "✓",
            " #general › Message, or / for commands",
            "F1 keys",
            "Alt+A next unread",
        ],
    );
    assert_eq!(rows.len(), 28);
}

#[test]
fn eighty_columns_lose_the_members_and_sixty_the_rooms() {
    let rows = drawn(&looking_at(talk(), (80, 24)));
    assert_has(&rows, &["Rooms", "▸1 #general", "Build is green", "F1 keys"]);
    assert!(!has(&rows, "Members"));
    let rows = drawn(&looking_at(talk(), (60, 15)));
    assert_has(&rows, &["● online", "Build is green", "NOT SENT", "#general ›", "F1 keys"]);
    assert!(!has(&rows, "Rooms") && !has(&rows, "Members"));
}

#[test]
fn a_window_that_is_too_small_says_so() {
    for size in [(59, 15), (60, 14), (20, 5), (8, 2), (1, 1)] {
        let rows = drawn(&looking_at(talk(), size));
        assert!(size.0 < 20 || rows.concat().contains("SecureChat needs"), "{rows:?}");
    }
}

#[test]
fn the_connection_is_told_in_words() {
    let mut state = looking_at(talk(), (120, 28));
    let waiting = Connection::Waiting { until: NOW.plus(4_000), why: "connection refused".into() };
    let table = [
        (Connection::Connecting, "○ connecting…"),
        (Connection::Online, "● online, catching up"),
        (waiting, "○ offline, tries again in 4 s (connection refused)"),
        (Connection::Over { why: "Revoked.".into(), exit_code: 4 }, "! Revoked."),
    ];
    for (connection, words) in table {
        state.on(Event::Connection(connection), NOW);
        assert_has(&drawn(&state), &[words]);
    }
    let mut state = looking_at(talk(), (120, 28));
    state.on(Event::Told(Told::News(News::CaughtUp)), NOW);
    assert!(!has(&drawn(&state), "catching up"));
}

#[test]
fn waits_notices_and_alarms_are_seen_on_every_screen() {
    for size in [(120, 28), (80, 24), (60, 15)] {
        let mut state = looking_at(talk(), size);
        let holding = News::Holding { until: NOW.plus(3_000), why: Hold::RateLimit };
        state.on(Event::Told(Told::News(holding)), NOW);
        let alarm = News::Alarm { room: None, what: "the server has told two histories".into() };
        state.on(Event::Told(Told::News(alarm)), NOW);
        assert_has(
            &drawn(&state),
            &["Rate limit: waits 3 s, goes out by itself", "! the server has told two histories (Esc"],
        );
    }
}

#[test]
fn new_lines_below_are_counted_for_those_who_scrolled_up() {
    let many = |count| (1..=count).map(|seq| line(seq, "ana", "hello")).collect::<Vec<_>>();
    let mut state = looking_at(many(60), (80, 24));
    press(&mut state, KeyCode::PageUp, KeyModifiers::NONE);
    let lines = many(62);
    let room = lines[0].room;
    state.on(Event::Answer(Answer::Lines { room, lines, whole: true }), NOW);
    assert_has(&drawn(&state), &["↓ 2 new (End)"]);
}

#[test]
fn the_unread_line_is_drawn() {
    let mut state = looking_at(vec![], (80, 24));
    state.on(Event::Front(false), NOW);
    let lines = vec![line(1, "ana", "one"), line(2, "ana", "two")];
    let room = lines[0].room;
    state.on(Event::Answer(Answer::Lines { room, lines, whole: true }), NOW);
    assert_has(&drawn(&state), &["── 2 new since 12:50 ──"]);
    assert_eq!(state.open.as_ref().unwrap().newest(), Seq(2));
}

#[test]
fn boxes_are_drawn_over_the_room() {
    for size in [(120, 28), (80, 24), (60, 15)] {
        let mut state = looking_at(talk(), size);
        press(&mut state, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_has(&drawn(&state), &["Jump to a room or person", "▸ #ops  3 unread", "  @ben"]);
        press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        press(&mut state, KeyCode::Char('f'), KeyModifiers::CONTROL);
        let found = Answer::Found { words: "x".into(), lines: vec![line(9, "ben", "the x")] };
        state.on(Event::Answer(found), NOW);
        assert_has(&drawn(&state), &["Search all messages", "▸ #general  Tue 24 Nov 2026 12:50"]);
        press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        press(&mut state, KeyCode::F(1), KeyModifiers::NONE);
        assert_has(&drawn(&state), &["Keys and commands", "Ctrl+K", "jump to a room or person", "(↓ more)"]);
        press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        state.on(Event::Paste("x\n".repeat(30)), NOW);
        assert_has(&drawn(&state), &["Paste 30 lines?"]);
    }
}

#[test]
fn a_code_stands_beside_its_words_and_gives_way_where_there_is_no_room() {
    let link = "https://chat.example:8443/i#.AAECAwQFBgcICQoLDA0ODw";
    let page = || {
        let code = vec!["████████████".to_owned(); 12];
        let lines = vec!["On the new device:".to_owned(), link.to_owned()];
        Event::Answer(Answer::CodePage { title: "Let in a new device".to_owned(), code, lines })
    };
    for (size, beside) in [((120, 28), true), ((80, 24), true), ((60, 15), true), ((60, 13), false)] {
        let mut state = looking_at(talk(), (size.0, size.1.max(15)));
        state.on(page(), NOW);
        if !beside {
            let tall = Answer::CodePage {
                title: "t".into(),
                code: vec!["█".repeat(30); 20],
                lines: vec![link.into()],
            };
            state.on(Event::Answer(tall), NOW);
        }
        let rows = drawn(&state);
        assert_eq!(
            rows.iter().filter(|row| row.contains("████████████")).count(),
            if beside { 12 } else { 0 }
        );
        assert_eq!(has(&rows, "A larger window also shows"), !beside, "{}", rows.join("\n"));
        assert_has(&rows, &["https://chat.exa"]);
    }
    let mut state = looking_at(talk(), (80, 24));
    state.on(page(), NOW);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &state)).unwrap();
    let light = |cell: &&ratatui::buffer::Cell| cell.symbol() == "█";
    let mut cells = terminal.backend().buffer().content.iter().filter(light);
    assert!(
        cells.all(|cell| (cell.fg, cell.bg) == (Color::White, Color::Black)),
        "whatever the terminal's own are"
    );
}

#[test]
fn a_form_shows_the_key_and_hides_the_password_on_every_screen() {
    let key = "bcdf-2345-3456-4567-5678-6789-7890-8901-9012-0123-1234-2346-3457-4568";
    for size in [(120, 28), (80, 24), (60, 15)] {
        let mut state = looking_at(talk(), size);
        let lost = Lost { device: DeviceId::from_bytes([4; 16]), name: "phone".into() };
        let answer = Answer::NewKey { key: Secret(key.into()), purpose: KeyFor::Lost(lost) };
        state.on(Event::Answer(answer), NOW);
        let seen = [
            "\"phone\" could read your recovery key",
            "bcdf-2345-3456",
            "3457-4568",
            "Group 1 of 14",
            "Esc changes nothing",
        ];
        assert_has(&drawn(&state), &seen);
        "nope".chars().for_each(|letter| press(&mut state, KeyCode::Char(letter), KeyModifiers::NONE));
        press(&mut state, KeyCode::Enter, KeyModifiers::NONE);
        assert_has(&drawn(&state), &["That is not what the key has there", " › nope"]);
        press(&mut state, KeyCode::Char('u'), KeyModifiers::CONTROL);
        "bcdf".chars().for_each(|letter| press(&mut state, KeyCode::Char(letter), KeyModifiers::NONE));
        press(&mut state, KeyCode::Enter, KeyModifiers::NONE);
        "hunter2".chars().for_each(|letter| press(&mut state, KeyCode::Char(letter), KeyModifiers::NONE));
        let rows = drawn(&state);
        assert_has(&rows, &["Shut out \"phone\"", "Your password (hidden):", "•••••••"]);
        assert!(!has(&rows, "hunter2"));
    }
}

#[test]
fn a_long_text_shows_the_end_where_the_cursor_is() {
    let mut state = looking_at(talk(), (60, 15));
    state.composer.insert(&format!("{}the end", "word ".repeat(300)));
    let rows = drawn(&state);
    assert_has(&rows, &["the end", "sending"]);
}

#[test]
fn without_colours_nothing_is_coloured() {
    let mut state = looking_at(talk(), (120, 28));
    state.look = Look::Plain;
    state.alarms.push("alarm".into());
    let mut terminal = Terminal::new(TestBackend::new(120, 28)).unwrap();
    terminal.draw(|frame| draw(frame, &state)).unwrap();
    let plain = |cell: &ratatui::buffer::Cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset);
    assert!(terminal.backend().buffer().content.iter().all(plain));
}

/// Names, labels, topics, texts and reasons as nobody should write them.
#[test]
fn hostile_text_steers_nothing_and_keeps_to_its_place() {
    let hostile = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31mred\rforged\u{8}\u{8}",
        "\u{202e}gnp.exe\u{2066}x\u{2069}\u{200f}\u{feff}\0\u{7f}",
        &format!("z{}", "\u{35c}".repeat(3_000)),
        "👨‍👩‍👧‍👦🇩🇪日本語한국어﷽𒐫ഊ",
        &"W".repeat(5_000),
        "\n\n\n\t\t\t\u{2028}\u{2029}\u{85}",
        "",
    ];
    for text in hostile {
        for size in [(120, 28), (80, 24), (60, 15)] {
            let mut bad = line(1, text, text);
            bad.display = Some(text.to_owned());
            bad.room_label = text.to_owned();
            let mut failed = own(2, text);
            failed.state = Delivery::Failed(text.to_owned());
            let lines = vec![bad.clone(), failed];
            let mut state = looking_at(lines, size);
            let mut rooms = vec![room(1, "#general"), room(2, text)];
            rooms[0].label = format!("#{text}");
            rooms[0].topic = text.to_owned();
            rooms[1].trouble = Some(text.to_owned());
            state.on(Event::Answer(Answer::Rooms(rooms)), NOW);
            let people = vec![person("eva", Some(text)), person(text, Some(text)), person("ben", Some(text))];
            state.on(Event::Answer(Answer::People(people.clone())), NOW);
            let room = bad.room;
            state.on(Event::Answer(Answer::Members { room, people }), NOW);
            check(&state);
            let waiting = Connection::Waiting { until: NOW, why: text.to_owned() };
            state.on(Event::Connection(waiting), NOW);
            state.on(Event::Told(Told::News(News::Alarm { room: None, what: text.to_owned() })), NOW);
            state.on(Event::Answer(Answer::Failed(text.to_owned())), NOW);
            state.on(Event::Paste(text.to_owned()), NOW);
            check(&state);
            press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
            press(&mut state, KeyCode::Char('k'), KeyModifiers::CONTROL);
            check(&state);
            state.on(Event::Answer(Answer::Inbox(vec![bad.clone()])), NOW);
            check(&state);
            let page = Answer::Page { title: text.to_owned(), lines: vec![text.to_owned(); 3] };
            state.on(Event::Answer(page), NOW);
            check(&state);
            press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
            press(&mut state, KeyCode::F(8), KeyModifiers::NONE);
            press(&mut state, KeyCode::F(8), KeyModifiers::NONE);
            check(&state);
        }
    }
}

#[track_caller]
fn check(state: &State) {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    let buffer = terminal.backend().buffer();
    for (at, cell) in buffer.content.iter().enumerate() {
        let symbol = cell.symbol();
        let steers = |c: char| {
            c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        };
        assert!(!symbol.chars().any(steers), "{symbol:?}");
        assert!(
            symbol.chars().count() <= 24,
            "{} characters in cell {:?}",
            symbol.chars().count(),
            buffer.pos_of(at)
        );
    }
    if state.overlay.is_none() {
        let hint: String = (0..columns).map(|x| buffer[(x, rows - 1)].symbol()).collect();
        assert!(hint.contains("F1 keys") || hint.contains("choose"), "{hint}");
    }
}
