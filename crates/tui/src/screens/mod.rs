//! Draws the state; nothing changes while drawing.

mod bars;
mod composer;
mod header;
mod overlay;
mod panes;
#[cfg(test)]
mod tests;
mod timeline;

use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Paragraph, Wrap};

use crate::areas::{SMALLEST, is_too_small};
use crate::look::Look;
use crate::state::State;
use crate::widgets::fit;

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &State) {
    if is_too_small(state.size) {
        let (columns, rows) = SMALLEST;
        let sentence = format!("SecureChat needs a window of {columns} columns and {rows} rows at least.");
        let words = Paragraph::new(sentence).alignment(Alignment::Center).wrap(Wrap { trim: true });
        return frame.render_widget(words, frame.area());
    }
    let areas = state.areas();
    header::draw(frame, areas.header, state);
    bars::draw_alarm(frame, areas.alarm, state);
    if let Some(rooms) = areas.rooms {
        panes::draw_rooms(frame, rooms, state);
    }
    timeline::draw(frame, areas.timeline, state);
    if let Some(members) = areas.members {
        panes::draw_members(frame, members, state);
    }
    bars::draw_status(frame, areas.status, state);
    composer::draw(frame, areas.composer, state);
    bars::draw_hint(frame, areas.hint, state);
    if let Some(over) = &state.overlay {
        overlay::draw(frame, state, over);
    }
}

/// A frame with a title around a pane.
fn framed(title: &str, area: Rect, look: Look) -> Block<'static> {
    let room = usize::from(area.width.saturating_sub(4));
    let title = match fit(title, room) {
        title if title.is_empty() => title,
        title => format!(" {title} "),
    };
    Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(look.frame())
        .title(Line::styled(title, look.strong()))
}
