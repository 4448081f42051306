//! The bar on top: the server, the connection in words, the room, where something is unread.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use securechat_client::Connection;

use crate::clock::seconds_until;
use crate::state::State;
use crate::widgets::{fit, width};

/// Cells for why there is no connection; the room has to be seen too.
const WHY_CELLS: usize = 40;
/// Rooms named in the bar.
const UNREAD_SHOWN: usize = 9;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = state.look;
    let cells = usize::from(area.width);
    let unread = unread(state);
    let left = format!(" {} {} ", fit(&state.me.server, 30), connection(state));
    let left = fit(&left, cells);
    let right = if unread.is_empty() { String::new() } else { format!(" {unread} ") };
    let between = cells.saturating_sub(width(&left) + width(&right));
    let room = match state.open_view() {
        Some(room) if room.topic.is_empty() => format!("│ {}", room.label),
        Some(room) => format!("│ {} – {}", room.label, room.topic),
        None => String::new(),
    };
    let room = fit(&room, between);
    let space = " ".repeat(between - width(&room));
    let line = Line::from(vec![Span::raw(left), Span::raw(room), Span::raw(space), Span::raw(right)]);
    frame.render_widget(line.style(look.bar()), area);
}

/// Where the connection stands, in words.
fn connection(state: &State) -> String {
    match &state.connection {
        Connection::Connecting => "○ connecting…".to_owned(),
        Connection::Online if state.caught_up => "● online".to_owned(),
        Connection::Online => "● online, catching up".to_owned(),
        Connection::Waiting { until, why } => {
            let seconds = seconds_until(*until, state.now);
            let why = why.trim_start_matches("cannot reach the server: ");
            format!("○ offline, tries again in {seconds} s ({})", fit(why, WHY_CELLS))
        }
        Connection::Over { .. } => "✗ disconnected for good".to_owned(),
    }
}

/// Numbers of rooms with something unread.
fn unread(state: &State) -> String {
    let rooms = state.rooms.iter().enumerate().filter(|(_, room)| room.unread > 0);
    let numbers: Vec<String> = rooms.map(|(at, _)| (at + 1).to_string()).take(UNREAD_SHOWN).collect();
    if numbers.is_empty() { String::new() } else { format!("│ Unread in {}", numbers.join(" ")) }
}
