//! Whole stories of the state, without a terminal and without a client.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use securechat_client::ids::{Seq, UnixMillis};
use securechat_client::view::{Delivery, History, MessageView};
use securechat_client::{Connection, Hold, News, Offer, Told};

use super::overlay::Overlay;
use super::testing::{NOW, line, looking_at, new_state, own, room, room_id, user};
use super::{Focus, State};
use crate::action::Action;
use crate::event::{Answer, Event, Opened};

const SIZE: (u16, u16) = (120, 28);

fn press(state: &mut State, code: KeyCode, modifiers: KeyModifiers) -> Vec<Action> {
    state.on(Event::Key(KeyEvent::new(code, modifiers)), NOW)
}

fn key(state: &mut State, code: KeyCode) -> Vec<Action> {
    press(state, code, KeyModifiers::NONE)
}

fn ctrl(state: &mut State, letter: char) -> Vec<Action> {
    press(state, KeyCode::Char(letter), KeyModifiers::CONTROL)
}

fn alt(state: &mut State, letter: char) -> Vec<Action> {
    press(state, KeyCode::Char(letter), KeyModifiers::ALT)
}

fn write(state: &mut State, text: &str) {
    for letter in text.chars() {
        key(state, KeyCode::Char(letter));
    }
}

fn order(state: &mut State, text: &str) -> Vec<Action> {
    write(state, text);
    key(state, KeyCode::Enter)
}

fn tell(state: &mut State, news: News) -> Vec<Action> {
    state.on(Event::Told(Told::News(news)), NOW)
}

fn click(state: &mut State, column: u16, row: u16) -> Vec<Action> {
    let kind = MouseEventKind::Down(MouseButton::Left);
    state.on(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }), NOW)
}

fn opened(number: u8, lines: Vec<MessageView>) -> Event {
    let room = room_id(number);
    let (draft, members) = (String::new(), Vec::new());
    Event::Answer(Answer::Opened(Opened { room, lines, whole: true, draft, members, at: None }))
}

fn notice(state: &State) -> &str {
    state.notice.as_ref().map_or("", |notice| notice.words.as_str())
}

fn asks_to_open(actions: &[Action], number: u8) -> bool {
    actions.iter().any(|action| matches!(action, Action::Open { room, .. } if *room == room_id(number)))
}

fn lines(count: u64) -> Vec<MessageView> {
    (1..=count).map(|seq| line(seq, "ana", "hello")).collect()
}

#[test]
fn rooms_and_people_are_read_first_and_the_first_room_is_opened() {
    let mut state = new_state(SIZE);
    assert_eq!(state.begin(), [Action::ReadPeople, Action::ReadRooms]);
    let rooms = vec![room(1, "#general"), room(2, "#ops")];
    assert!(asks_to_open(&state.on(Event::Answer(Answer::Rooms(rooms)), NOW), 1));
}

#[test]
fn the_room_asked_for_is_opened_first_with_or_without_its_sign() {
    for name in ["#ops", "ops", "OPS"] {
        let mut state = new_state(SIZE);
        state.start_room = Some(name.into());
        let rooms = vec![room(1, "#general"), room(2, "#ops")];
        assert!(asks_to_open(&state.on(Event::Answer(Answer::Rooms(rooms)), NOW), 2), "{name}");
    }
    let mut state = new_state(SIZE);
    state.start_room = Some("#nowhere".into());
    let rooms = vec![room(1, "#general")];
    assert!(asks_to_open(&state.on(Event::Answer(Answer::Rooms(rooms)), NOW), 1));
    assert!(notice(&state).contains("#nowhere"));
}

#[test]
fn enter_sends_and_the_text_is_gone() {
    let mut state = looking_at(lines(3), SIZE);
    write(&mut state, "hello ");
    press(&mut state, KeyCode::Enter, KeyModifiers::ALT);
    write(&mut state, "there");
    let actions = key(&mut state, KeyCode::Enter);
    assert_eq!(actions, [Action::Send { room: room_id(1), text: "hello \nthere".into() }]);
    assert!(state.composer.is_empty());
    assert!(key(&mut state, KeyCode::Enter).is_empty());
    let actions = order(&mut state, "//shrug");
    assert_eq!(actions, [Action::Send { room: room_id(1), text: "/shrug".into() }]);
}

#[test]
fn a_text_that_is_not_taken_comes_back() {
    let mut state = looking_at(vec![], SIZE);
    order(&mut state, "long text");
    let answer =
        Answer::NotTaken { room: room_id(1), text: "long text".into(), why: "That is too long.".into() };
    state.on(Event::Answer(answer), NOW);
    assert_eq!(state.composer.text(), "long text");
    assert_eq!(notice(&state), "That is too long.");
}

#[test]
fn what_is_seen_at_the_end_is_marked_read_and_nothing_else() {
    let read = |state: &mut State, event| {
        let actions = state.on(event, NOW);
        actions.into_iter().filter(|action| matches!(action, Action::MarkRead { .. })).collect::<Vec<_>>()
    };
    let mut state = looking_at(lines(60), SIZE);
    let more = |count| Event::Answer(Answer::Lines { room: room_id(1), lines: lines(count), whole: true });
    let seq = Seq(61);
    assert_eq!(read(&mut state, more(61)), [Action::MarkRead { room: room_id(1), seq }]);
    key(&mut state, KeyCode::PageUp);
    assert!(read(&mut state, more(63)).is_empty());
    assert_eq!(state.open.as_ref().unwrap().new_below(), 2);
    let marked = key(&mut state, KeyCode::End);
    assert_eq!(marked, [Action::MarkRead { room: room_id(1), seq: Seq(63) }]);
    state.on(Event::Front(false), NOW);
    assert!(read(&mut state, more(65)).is_empty(), "nobody looks");
    assert_eq!(read(&mut state, Event::Front(true)), [Action::MarkRead { room: room_id(1), seq: Seq(65) }]);
    assert!(state.open.as_ref().unwrap().rows.unread().is_some(), "what came meanwhile is marked");
}

#[test]
fn an_opened_room_starts_at_what_is_unread() {
    let mut state = looking_at(vec![], SIZE);
    let mut rooms = state.rooms.clone();
    rooms[0].unread = 50;
    rooms[0].read_to = Seq(10);
    state.rooms = rooms;
    state.open_room(room_id(1), None);
    state.on(Event::Tick, NOW);
    let actions = state.on(opened(1, lines(60)), NOW);
    assert!(!actions.iter().any(|action| matches!(action, Action::MarkRead { .. })));
    let open = state.open.as_ref().unwrap();
    let (_, height) = state.timeline_cells();
    let unread = open.rows.unread().expect("an unread line");
    assert!((open.top(height)..open.top(height) + height).contains(&unread));
}

#[test]
fn paging_back_fetches_older_lines_once() {
    let mut state = new_state(SIZE);
    state.on(Event::Answer(Answer::Rooms(vec![room(1, "#general")])), NOW);
    let mut event = opened(1, (100..160).map(|seq| line(seq, "ana", "hello")).collect());
    if let Event::Answer(Answer::Opened(opened)) = &mut event {
        opened.whole = false;
    }
    state.on(event, NOW);
    let actions = key(&mut state, KeyCode::PageUp);
    assert!(actions.contains(&Action::ReadOlder { room: room_id(1), before: Seq(100) }), "{actions:?}");
    assert!(key(&mut state, KeyCode::PageUp).is_empty());
    let older = (40..100).map(|seq| line(seq, "ana", "hello")).collect();
    state.on(Event::Answer(Answer::Older { room: room_id(1), lines: older, whole: true }), NOW);
    assert_eq!(state.open.as_ref().unwrap().oldest(), Some(Seq(40)));
}

#[test]
fn alt_a_and_alt_digits_change_rooms_and_keep_drafts() {
    let mut state = looking_at(vec![], SIZE);
    write(&mut state, "half a th");
    let actions = alt(&mut state, 'a');
    assert_eq!(actions[0], Action::KeepDraft { room: room_id(1), text: "half a th".into() });
    assert!(asks_to_open(&actions, 2));
    assert!(state.composer.is_empty());
    state.on(opened(2, vec![]), NOW);
    assert!(asks_to_open(&alt(&mut state, '3'), 3));
    state.on(opened(3, vec![]), NOW);
    assert!(alt(&mut state, '9').is_empty());
    assert!(asks_to_open(&alt(&mut state, '/'), 2));
    let mut back = opened(1, vec![]);
    if let Event::Answer(Answer::Opened(opened)) = &mut back {
        opened.draft = "half a th".into();
    }
    alt(&mut state, '1');
    state.on(back, NOW);
    assert_eq!(state.composer.text(), "half a th");
}

#[test]
fn a_draft_is_kept_every_second_and_on_leaving() {
    let mut state = looking_at(vec![], SIZE);
    write(&mut state, "x");
    let kept = Action::KeepDraft { room: room_id(1), text: "x".into() };
    assert_eq!(state.on(Event::Tick, NOW), std::slice::from_ref(&kept));
    assert!(state.on(Event::Tick, NOW).is_empty());
    write(&mut state, "y");
    let kept = Action::KeepDraft { room: room_id(1), text: "xy".into() };
    assert_eq!(state.on(Event::Terminate, NOW), [kept, Action::Quit]);
}

#[test]
fn the_palette_finds_rooms_and_people() {
    let mut state = looking_at(vec![], SIZE);
    ctrl(&mut state, 'k');
    write(&mut state, "op");
    assert!(asks_to_open(&key(&mut state, KeyCode::Enter), 2));
    ctrl(&mut state, 'k');
    write(&mut state, "ben");
    let actions = key(&mut state, KeyCode::Enter);
    assert_eq!(actions, [Action::Direct { person: "ben".into(), text: None }]);
    ctrl(&mut state, 'k');
    key(&mut state, KeyCode::Esc);
    assert!(state.overlay.is_none());
}

#[test]
fn search_asks_then_jumps() {
    let mut state = looking_at(vec![], SIZE);
    ctrl(&mut state, 'f');
    write(&mut state, "red fox");
    assert_eq!(key(&mut state, KeyCode::Enter), [Action::Search("red fox".into())]);
    let mut hit = line(7, "ana", "a red fox");
    hit.room = room_id(2);
    let found = Answer::Found { words: "red fox".into(), lines: vec![hit] };
    state.on(Event::Answer(found), NOW);
    let actions = key(&mut state, KeyCode::Enter);
    assert!(matches!(actions[..], [Action::Open { at: Some(Seq(7)), .. }]), "{actions:?}");
    assert_eq!(order(&mut state, "/search deploy"), [Action::Search("deploy".into())]);
}

#[test]
fn tab_completes_and_goes_on() {
    let mut state = looking_at(vec![], SIZE);
    write(&mut state, "hi @b");
    key(&mut state, KeyCode::Tab);
    key(&mut state, KeyCode::Char(' '));
    assert_eq!(state.composer.text(), "hi @ben ", "one space is enough");
    ctrl(&mut state, 'u');
    write(&mut state, "/de");
    key(&mut state, KeyCode::Tab);
    assert_eq!(state.composer.text(), "/devices ");
    ctrl(&mut state, 'u');
    write(&mut state, "@");
    key(&mut state, KeyCode::Tab);
    key(&mut state, KeyCode::Tab);
    assert_eq!(state.composer.text(), "@ben ");
    key(&mut state, KeyCode::BackTab);
    assert_eq!(state.composer.text(), "@ana ");
}

#[test]
fn up_goes_back_through_what_one_has_sent_and_down_returns() {
    let mut state = looking_at(vec![own(1, "first"), line(2, "ana", "no"), own(3, "second")], SIZE);
    order(&mut state, "third");
    write(&mut state, "draft");
    for wanted in ["third", "second", "first", "first"] {
        key(&mut state, KeyCode::Up);
        assert_eq!(state.composer.text(), wanted);
    }
    for wanted in ["second", "third", "draft"] {
        key(&mut state, KeyCode::Down);
        assert_eq!(state.composer.text(), wanted);
    }
}

#[test]
fn a_failed_message_is_retried_or_dropped() {
    let mut failed = own(2, "hi");
    failed.seq = None;
    failed.state = Delivery::Failed("the room is closed".into());
    let message = failed.message_id;
    let mut state = looking_at(vec![line(1, "ana", "x"), failed], SIZE);
    key(&mut state, KeyCode::F(6));
    assert_eq!(key(&mut state, KeyCode::Char('r')), [Action::Retry { room: room_id(1), message }]);
    assert_eq!(key(&mut state, KeyCode::Char('d')), [Action::Discard { room: room_id(1), message }]);
    key(&mut state, KeyCode::Esc);
    ctrl(&mut state, 'y');
    assert_eq!(state.composer.text(), "hi");
    ctrl(&mut state, 'u');
    assert_eq!(order(&mut state, "/retry").last(), Some(&Action::Retry { room: room_id(1), message }));
    key(&mut state, KeyCode::F(6));
    key(&mut state, KeyCode::Up);
    assert!(key(&mut state, KeyCode::Char('d')).is_empty(), "of somebody else");
}

#[test]
fn ctrl_c_clears_and_then_asks_twice_and_tells_what_waits() {
    let mut state = looking_at(vec![], SIZE);
    state.rooms[0].waiting = 2;
    write(&mut state, "text");
    assert!(ctrl(&mut state, 'c').is_empty());
    assert!(state.composer.is_empty());
    assert!(ctrl(&mut state, 'c').is_empty());
    assert!(notice(&state).contains("2 messages have not gone out"), "{}", notice(&state));
    write(&mut state, "x");
    ctrl(&mut state, 'c');
    assert!(ctrl(&mut state, 'c').is_empty(), "anything in between begins anew");
    assert_eq!(ctrl(&mut state, 'c'), [Action::Quit]);
}

#[test]
fn a_long_paste_asks_once_and_a_short_one_does_not() {
    let mut state = looking_at(vec![], SIZE);
    state.on(Event::Paste("a\nb".into()), NOW);
    assert_eq!(state.composer.text(), "a\nb");
    ctrl(&mut state, 'c');
    let long = "line\n".repeat(40);
    state.on(Event::Paste(long.replace('\n', "\r")), NOW);
    assert!(state.composer.is_empty());
    key(&mut state, KeyCode::Esc);
    assert!(state.composer.is_empty());
    state.on(Event::Paste(long.clone()), NOW);
    key(&mut state, KeyCode::Enter);
    assert_eq!(state.composer.text(), long);
}

#[test]
fn a_rate_limit_counts_down_and_goes_away() {
    let mut state = looking_at(vec![], SIZE);
    let until = NOW.plus(3_000);
    tell(&mut state, News::Holding { until, why: Hold::RateLimit });
    let words = |state: &State, at: UnixMillis| state.holding.map(|holding| holding.words(at));
    let wanted = "Rate limit: waits 3 s, goes out by itself";
    assert_eq!(words(&state, NOW).as_deref(), Some(wanted));
    state.on(Event::Tick, NOW.plus(2_000));
    assert!(words(&state, NOW.plus(2_000)).unwrap().contains("1 s"));
    state.on(Event::Tick, until);
    assert!(state.holding.is_none());
}

#[test]
fn alarms_stay_until_somebody_has_looked() {
    let mut state = looking_at(vec![], SIZE);
    tell(&mut state, News::Alarm { room: Some(room_id(2)), what: "two histories".into() });
    tell(&mut state, News::RootChanged { user: user("ana") });
    assert!(state.bars().unwrap().contains("#ops: two histories"));
    state.on(Event::Tick, NOW.plus(3_600_000));
    key(&mut state, KeyCode::Esc);
    assert!(state.bars().unwrap().contains("/verify @ana"));
    key(&mut state, KeyCode::Esc);
    assert!(state.bars().is_none());
    tell(&mut state, News::Ended { why: "This device was revoked.".into() });
    key(&mut state, KeyCode::Esc);
    assert!(state.bars().unwrap().contains("This device was revoked."));
}

#[test]
fn news_of_the_room_looked_at_read_it_again_and_others_do_not() {
    let mut state = looking_at(lines(3), SIZE);
    let actions = tell(&mut state, News::Arrived { room: room_id(2), seq: Seq(9) });
    assert_eq!(actions, [Action::ReadRooms]);
    let actions = tell(&mut state, News::Timeline { room: room_id(1) });
    assert!(matches!(actions[..], [Action::ReadLines { limit: 200, .. }]), "{actions:?}");
    assert!(tell(&mut state, News::Timeline { room: room_id(1) }).is_empty(), "asked already");
    let answer = Answer::Lines { room: room_id(1), lines: lines(4), whole: true };
    let actions = state.on(Event::Answer(answer), NOW);
    assert!(matches!(actions[0], Action::ReadLines { .. }), "{actions:?}");
}

#[test]
fn commands_become_actions() {
    let here = room_id(1);
    let table = [
        ("/join #new", Action::Join("#new".into())),
        (
            "/create x --private @ben",
            Action::Create { name: "x".into(), open: false, people: vec!["ben".into()] },
        ),
        ("/dm @ben hi", Action::Direct { person: "ben".into(), text: Some("hi".into()) }),
        ("/add @ben", Action::Add { room: here, people: vec!["ben".into()] }),
        ("/admin @ben", Action::SetAdmin { room: here, person: "ben".into(), admin: true }),
        ("/unadmin @ben", Action::SetAdmin { room: here, person: "ben".into(), admin: false }),
        ("/name Eva B", Action::SetName("Eva B".into())),
        ("/invite", Action::Invite),
        ("/verify @ben", Action::Verify("ben".into())),
        ("/devices", Action::Devices),
        ("/link", Action::HowToLink),
        ("/recovery", Action::RecoveryKey),
        ("/recovery new", Action::NewKey),
        ("/lost 0a1b", Action::NewKeyForLost("0a1b".into())),
        ("/inbox", Action::ReadInbox),
        ("/quit", Action::Quit),
    ];
    for (text, wanted) in table {
        let mut state = looking_at(vec![], SIZE);
        assert_eq!(order(&mut state, text), [wanted], "{text}");
    }
    let mut state = looking_at(vec![], SIZE);
    assert!(order(&mut state, "/leave").is_empty());
    assert_eq!(key(&mut state, KeyCode::Enter), [Action::Leave(here)]);
    order(&mut state, "/remove @ben");
    assert_eq!(key(&mut state, KeyCode::Enter), [Action::Remove { room: here, person: "ben".into() }]);
    assert!(order(&mut state, "/reset-link @ben").is_empty());
    assert_eq!(key(&mut state, KeyCode::Enter), [Action::ResetLink("ben".into())]);
    assert!(order(&mut state, "/history none").is_empty(), "what cannot be undone is asked first");
    let tightened = Action::TightenHistory { room: here, history: History::None };
    assert_eq!(key(&mut state, KeyCode::Enter), [tightened]);
    order(&mut state, "/nonsense");
    assert!(notice(&state).contains("there is no /nonsense"));
    assert_eq!(state.composer.text(), "/nonsense", "what was typed is kept");
}

#[test]
fn the_mouse_chooses_rooms_and_lines_and_scrolls() {
    let mut state = looking_at(lines(60), SIZE);
    let top = |state: &State| state.open.as_ref().unwrap().top(state.timeline_cells().1);
    let before = top(&state);
    let kind = MouseEventKind::ScrollUp;
    state.on(Event::Mouse(MouseEvent { kind, column: 60, row: 9, modifiers: KeyModifiers::NONE }), NOW);
    assert_eq!(top(&state), before - 3);
    click(&mut state, 60, 5);
    assert_eq!(state.focus, Focus::Reading);
    assert!(asks_to_open(&click(&mut state, 5, 3), 2));
    assert!(click(&mut state, 5, 20).is_empty());
}

#[test]
fn in_the_list_of_messages_typing_goes_back_to_writing() {
    let mut state = looking_at(lines(3), SIZE);
    key(&mut state, KeyCode::F(6));
    key(&mut state, KeyCode::Char('?'));
    assert!(matches!(state.overlay, Some(Overlay::Page(_))));
    key(&mut state, KeyCode::Esc);
    key(&mut state, KeyCode::Char('x'));
    assert_eq!((state.focus, state.composer.text()), (Focus::Writing, "x"));
}

#[test]
fn a_connection_that_is_over_says_why() {
    let mut state = looking_at(vec![], SIZE);
    let over = Connection::Over { why: "The identity of the server has changed.".into(), exit_code: 6 };
    state.on(Event::Connection(over), NOW);
    assert!(state.bars().unwrap().contains("identity of the server has changed"));
}

#[test]
fn any_key_anywhere_on_any_screen_does_no_harm() {
    let codes = [
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Esc,
        KeyCode::Enter,
        KeyCode::F(1),
        KeyCode::F(6),
        KeyCode::F(7),
        KeyCode::F(8),
        KeyCode::Char('a'),
        KeyCode::Char('d'),
        KeyCode::Char('日'),
        KeyCode::Char('k'),
        KeyCode::Char('9'),
        KeyCode::Char('/'),
        KeyCode::Char('f'),
        KeyCode::Char('i'),
        KeyCode::Null,
    ];
    let chords = [KeyModifiers::NONE, KeyModifiers::CONTROL, KeyModifiers::ALT, KeyModifiers::SHIFT];
    let mut step: usize = 7;
    for size in [(120, 28), (60, 15), (10, 2), (0, 0)] {
        let mut state = looking_at(lines(40), size);
        for _ in 0..3_000 {
            step = step.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (code, chord) = (codes[(step >> 33) % codes.len()], chords[(step >> 17) % chords.len()]);
            for action in press(&mut state, code, chord) {
                if let Action::Open { room, .. } = action {
                    let number = room.as_bytes()[0];
                    state.on(opened(number, lines(40)), NOW);
                }
            }
        }
    }
}

#[test]
fn a_new_device_is_let_in_by_enter_and_turned_away_by_esc() {
    let ask = |state: &mut State| {
        let offer = Offer { device_name: "laptop".into(), words: ["auto", "large", "one", "report"] };
        state.on(Event::Answer(Answer::Offered(offer)), NOW)
    };
    let mut state = looking_at(vec![], SIZE);
    ask(&mut state);
    assert!(
        matches!(&state.overlay, Some(Overlay::Question(q)) if q.words.contains("laptop") && q.words.contains("auto large one report"))
    );
    assert_eq!(key(&mut state, KeyCode::Esc), [Action::LetIn(false)]);
    ask(&mut state);
    assert_eq!(key(&mut state, KeyCode::Enter), [Action::LetIn(true)]);
}
