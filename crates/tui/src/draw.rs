//! Draws the state. Narrow screens lose the members first, then the rooms; too small ones say so.

use jiff::tz::TimeZone;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};
use securechat_client::view::RoomStanding;
use securechat_client::{Connection, Hold};
use unicode_width::UnicodeWidthStr as _;

use crate::keymap;
use crate::layout::{safe, timeline, wrap};
use crate::state::{Mode, State};

const SMALLEST: (u16, u16) = (40, 8);
const ROOMS_FROM_WIDTH: u16 = 70;
const MEMBERS_FROM_WIDTH: u16 = 100;
const ROOMS_WIDTH: u16 = 22;
const MEMBERS_WIDTH: u16 = 18;
const COMPOSER_LINES_MAX: usize = 5;

/// Where the rooms are on the screen, for the mouse.
pub(crate) fn rooms_area(area: Rect) -> Option<Rect> {
    (area.width >= ROOMS_FROM_WIDTH).then(|| Rect {
        x: 0,
        y: 2,
        width: ROOMS_WIDTH,
        height: area.height.saturating_sub(4),
    })
}

pub(crate) fn draw(frame: &mut Frame<'_>, state: &State, zone: &TimeZone) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        frame.render_widget(Paragraph::new("Make the window larger: 40 columns and 8 lines at least."), area);
        return;
    }
    let typed = wrap(&state.composer.text(), usize::from(area.width.saturating_sub(4)));
    let typed_lines = u16::try_from(typed.len().clamp(1, COMPOSER_LINES_MAX)).unwrap_or(1);
    let alarm_lines = u16::from(state.alarm.is_some());
    let [top, alarm, middle, status, line, hints] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(alarm_lines),
        Constraint::Min(3),
        Constraint::Length(1),
        Constraint::Length(typed_lines),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(title(state)).reversed(), top);
    if let Some(what) = &state.alarm {
        frame.render_widget(
            Paragraph::new(format!(" ALARM: {} (Esc)", safe(what))).red().bold().reversed(),
            alarm,
        );
    }
    let rooms_width = if area.width >= ROOMS_FROM_WIDTH { ROOMS_WIDTH } else { 0 };
    let members_width = if area.width >= MEMBERS_FROM_WIDTH { MEMBERS_WIDTH } else { 0 };
    let [rooms, talk, members] = Layout::horizontal([
        Constraint::Length(rooms_width),
        Constraint::Min(20),
        Constraint::Length(members_width),
    ])
    .areas(middle);
    draw_rooms(frame, state, rooms);
    draw_talk(frame, state, talk, zone);
    draw_members(frame, state, members);
    frame.render_widget(Paragraph::new(status_line(state)).dim(), status);
    draw_composer(frame, state, line);
    let keys = " F1 keys  Ctrl+K jump  Alt+A next unread  Alt+1–9 room  Tab complete  Ctrl+C quit";
    frame.render_widget(Paragraph::new(keys).dim(), hints);
    match &state.mode {
        Mode::Talk => {}
        Mode::Palette { typed, chosen } => draw_palette(frame, state, typed, *chosen),
        Mode::Help => {
            let lines = keymap::HELP.iter().map(|(key, what)| format!("{key:<28}{what}")).collect::<Vec<_>>();
            popup(frame, "Keys", &lines, None);
        }
        Mode::List { title, lines } => popup(frame, title, lines, None),
        Mode::Paste(text) => {
            let lines = [format!(
                "{} lines. Enter or y to take them, any other key to drop them.",
                text.lines().count()
            )];
            popup(frame, "Paste", &lines, None);
        }
    }
}

fn title(state: &State) -> String {
    let connection = match &state.connection {
        Connection::Online => "● connected".to_owned(),
        Connection::Connecting => "○ connecting …".to_owned(),
        Connection::Waiting { until, why } => {
            format!("○ offline: {} (again in {} s)", safe(why), until.since(state.now).div_ceil(1000))
        }
        Connection::Over { why, .. } => format!("○ stopped: {}", safe(why)),
    };
    let room = state.current().map_or_else(String::new, |room| {
        let topic = if room.topic.is_empty() { String::new() } else { format!(" – {}", safe(&room.topic)) };
        format!(" │ {}{topic}", safe(&room.label))
    });
    let unread: u64 = state.rooms.iter().filter(|r| Some(r.room) != state.room).map(|r| r.unread).sum();
    let unread = if unread > 0 { format!(" │ {unread} unread elsewhere") } else { String::new() };
    format!(" {} {connection}{room}{unread}", safe(&state.me))
}

fn status_line(state: &State) -> String {
    let below =
        if state.new_below > 0 { format!("  ↓ {} new (Ctrl+End)", state.new_below) } else { String::new() };
    let hold = state.hold.filter(|(until, _)| *until > state.now).map(|(until, why)| {
        let seconds = until.since(state.now).div_ceil(1000);
        match why {
            Hold::RateLimit => format!("Rate limit exceeded: waits {seconds} s, goes out by itself"),
            Hold::Busy => format!("The server is busy: waits {seconds} s, goes out by itself"),
            Hold::StorageFull => format!("The server's disk is full: tried again in {seconds} s"),
        }
    });
    format!(" {}{below}", hold.unwrap_or_else(|| safe(&state.notice)))
}

fn draw_rooms(frame: &mut Frame<'_>, state: &State, area: Rect) {
    if area.width == 0 {
        return;
    }
    let lines = state.shown_rooms().enumerate().map(|(place, room)| {
        let number = if place < 9 { (place + 1).to_string() } else { " ".into() };
        let unread = match room.state {
            RoomStanding::Listed => "+".to_owned(),
            RoomStanding::Halted => "!".to_owned(),
            _ if room.unread > 0 => room.unread.to_string(),
            _ => String::new(),
        };
        let width = usize::from(area.width).saturating_sub(4 + unread.len());
        let label: String = safe(&room.label).chars().take(width).collect();
        let pad = width.saturating_sub(label.width());
        let text = format!("{number} {label}{}{unread} ", " ".repeat(pad));
        let style = match (Some(room.room) == state.room, room.unread > 0) {
            (true, _) => Style::new().reversed(),
            (false, true) => Style::new().bold(),
            (false, false) => Style::new(),
        };
        Line::from(Span::styled(text, style))
    });
    let block = Block::bordered().title("Rooms");
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), area);
}

fn draw_talk(frame: &mut Frame<'_>, state: &State, area: Rect, zone: &TimeZone) {
    let block = Block::bordered();
    let inner = block.inner(area);
    let lines = timeline(&state.lines, state.unread_after, usize::from(inner.width), zone);
    let height = usize::from(inner.height);
    let end = lines.len().saturating_sub(state.scrolled.min(lines.len().saturating_sub(height)));
    let begin = end.saturating_sub(height);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines[begin..end].to_vec()), inner);
}

fn draw_members(frame: &mut Frame<'_>, state: &State, area: Rect) {
    if area.width == 0 {
        return;
    }
    let lines = state.members.iter().map(|person| {
        let name = person.display.as_ref().unwrap_or(&person.user_name);
        Line::from(safe(name))
    });
    let block = Block::bordered().title("Members");
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()).block(block), area);
}

fn draw_composer(frame: &mut Frame<'_>, state: &State, area: Rect) {
    let width = usize::from(area.width.saturating_sub(4));
    let before = wrap(&safe(state.composer.before()), width);
    let all = wrap(&safe(&state.composer.text()), width);
    let row = before.len().saturating_sub(1);
    let first = (row + 1).saturating_sub(usize::from(area.height));
    let shown = all.iter().skip(first).take(usize::from(area.height));
    let lines = shown
        .enumerate()
        .map(|(place, line)| format!("{}{line}", if place + first == 0 { " > " } else { "   " }));
    frame.render_widget(Paragraph::new(lines.map(Line::from).collect::<Vec<_>>()), area);
    if state.mode == Mode::Talk {
        let column = before.last().map_or(0, |line| line.width());
        let x = area.x + 3 + u16::try_from(column).unwrap_or(0);
        let y = area.y + u16::try_from(row - first.min(row)).unwrap_or(0);
        frame.set_cursor_position(Position { x: x.min(area.right().saturating_sub(1)), y });
    }
}

fn draw_palette(frame: &mut Frame<'_>, state: &State, typed: &str, chosen: usize) {
    let offers = state.palette(typed);
    let labels: Vec<String> = offers.iter().map(|(label, _)| safe(label)).collect();
    let chosen = chosen.min(labels.len().saturating_sub(1));
    popup(frame, &format!("Jump to: {typed}"), &labels, Some(chosen));
}

fn popup(frame: &mut Frame<'_>, title: &str, lines: &[String], chosen: Option<usize>) {
    let area = frame.area();
    let width = area.width.saturating_sub(8).min(76);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(2));
    let place = Rect { x: (area.width - width) / 2, y: (area.height - height) / 2, width, height };
    let rows = usize::from(height.saturating_sub(2));
    let first = chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(rows));
    let shown = lines.iter().enumerate().skip(first).map(|(place, line)| {
        let line = Line::from(safe(line));
        if Some(place) == chosen { line.reversed() } else { line }
    });
    frame.render_widget(Clear, place);
    frame.render_widget(
        Paragraph::new(shown.collect::<Vec<_>>()).block(Block::bordered().title(safe(title))),
        place,
    );
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use securechat_client::ids::Seq;
    use securechat_client::view::Delivery;

    use super::*;
    use crate::state::tests::{line, room, state};

    fn screen(state: &State, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state, &TimeZone::UTC)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        buffer
            .content()
            .chunks(usize::from(width))
            .map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>() + "\n")
            .collect()
    }

    fn talking() -> State {
        let mut state = state();
        state.connection = Connection::Online;
        state.lines = vec![
            line(Some(1), "old", Delivery::Sent),
            line(Some(2), "fresh", Delivery::Sent),
            line(None, "mine", Delivery::Sending),
            line(None, "stuck", Delivery::Failed("no".into())),
        ];
        state.unread_after = Some(Seq(1));
        state
    }

    #[test]
    fn a_wide_screen_shows_rooms_timeline_members_and_states() {
        let shown = screen(&talking(), 120, 28);
        for part in [
            "Rooms",
            "Members",
            "#ops",
            "● connected",
            "─── new",
            "fresh",
            "sending",
            "NOT SENT: no",
            "2026 ──",
        ] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(shown.find("─── new").unwrap() < shown.find("fresh").unwrap());
    }

    #[test]
    fn a_narrow_screen_keeps_the_conversation() {
        let shown = screen(&talking(), 60, 15);
        assert!(shown.contains("fresh") && !shown.contains("Rooms") && !shown.contains("Members"), "{shown}");
        assert!(screen(&talking(), 80, 24).contains("Rooms"));
        assert!(screen(&talking(), 30, 5).contains("larger"));
    }

    #[test]
    fn no_control_character_of_a_peer_reaches_the_screen() {
        let hostile = "\u{1b}[2J\u{7}\u{9b}31m\r\u{8}";
        let mut state = talking();
        state.rooms.push(room(7, hostile, 1));
        state.lines.push(line(Some(3), hostile, Delivery::Sent));
        state.lines.last_mut().unwrap().from = hostile.into();
        state.alarm = Some(hostile.into());
        state.notice = hostile.into();
        state.mode = Mode::List { title: hostile.into(), lines: vec![hostile.into()] };
        let shown = screen(&state, 120, 28);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
    }
}
