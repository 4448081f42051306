//! The panes at the sides: rooms and members.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use securechat_client::view::{RoomStanding, RoomView};

use super::framed;
use crate::areas::inside;
use crate::state::{State, first_shown};
use crate::widgets::{fit, width};

/// The rooms, with their numbers and what is unread in them.
pub(super) fn draw_rooms(frame: &mut Frame<'_>, area: Rect, state: &State) {
    frame.render_widget(framed("Rooms", area, state.look), area);
    let inside = inside(area);
    let height = usize::from(inside.height);
    let here = state.open.as_ref().map(|open| open.room);
    let chosen = state.rooms.iter().position(|room| Some(room.room) == here);
    let first = first_shown(chosen.unwrap_or(0), state.rooms.len(), height);
    for (at, room) in state.rooms.iter().enumerate().skip(first).take(height) {
        let y = inside.y + u16::try_from(at - first).unwrap_or(0);
        let line = room_line(at, room, Some(at) == chosen, usize::from(inside.width), state);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}

fn room_line(at: usize, room: &RoomView, chosen: bool, cells: usize, state: &State) -> Line<'static> {
    let look = state.look;
    let mark = if chosen { "▸" } else { " " };
    let number = if at < 9 { (at + 1).to_string() } else { " ".to_owned() };
    let right = sign(room);
    let room_for_label = cells.saturating_sub(width(&right) + 4);
    let label = fit(&room.label, room_for_label);
    let space = " ".repeat(room_for_label - width(&label));
    let style = match room.state {
        _ if chosen => look.chosen(),
        RoomStanding::Halted => look.wrong(),
        RoomStanding::Joined if room.unread > 0 => look.strong(),
        RoomStanding::Joined => ratatui::style::Style::new(),
        RoomStanding::Listed | RoomStanding::Joining | RoomStanding::Gone => look.quiet(),
    };
    Line::from(vec![
        Span::styled(format!("{mark}{number} {label}{space} "), style),
        Span::styled(right, if room.unread > 0 && !chosen { look.fresh() } else { style }),
    ])
}

/// What there is to know about a room in a word.
fn sign(room: &RoomView) -> String {
    match room.state {
        RoomStanding::Listed => "join?".to_owned(),
        RoomStanding::Joining => "joining".to_owned(),
        RoomStanding::Gone => "left".to_owned(),
        RoomStanding::Halted => "!".to_owned(),
        RoomStanding::Joined if room.unread > 999 => "999+".to_owned(),
        RoomStanding::Joined if room.unread > 0 => room.unread.to_string(),
        RoomStanding::Joined if room.waiting > 0 => "…".to_owned(),
        RoomStanding::Joined => String::new(),
    }
}

/// Who is in the room.
pub(super) fn draw_members(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let Some(open) = &state.open else {
        return frame.render_widget(framed("Members", area, state.look), area);
    };
    frame.render_widget(framed(&format!("Members {}", open.members.len()), area, state.look), area);
    let inside = inside(area);
    let (cells, height) = (usize::from(inside.width), usize::from(inside.height));
    let mut members: Vec<_> = open.members.iter().collect();
    members.sort_by(|one, other| one.user_name.cmp(&other.user_name));
    let hidden = (members.len() + 1).saturating_sub(height);
    let shown = if members.len() > height { members.len() - hidden } else { members.len() };
    for (at, person) in members.iter().take(shown).enumerate() {
        let own = person.user_name == state.me.user_name;
        let called = state.names.get(&person.user_id).map_or(person.user_name.as_str(), String::as_str);
        let name = if own { format!("{called} (me)") } else { called.to_owned() };
        let mark = if person.room_admin { "★" } else { " " };
        let line =
            Line::styled(fit(&format!("{mark}{name}"), cells), state.look.person(&person.user_id, own));
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    if shown < members.len() {
        let line = Line::styled(format!(" and {hidden} more"), state.look.quiet());
        let y = inside.y + u16::try_from(shown).unwrap_or(0);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
