//! The text being written.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::state::{Focus, State, first_shown};
use crate::widgets::width;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = state.look;
    let prompt = state.prompt();
    let indent = width(&prompt);
    let (rows, (row, column)) = state.composer.rows(state.composer_cells());
    let height = usize::from(area.height);
    let first = first_shown(row, rows.len(), height);
    for (at, text) in rows.iter().enumerate().skip(first).take(height) {
        let y = area.y + u16::try_from(at - first).unwrap_or(0);
        let head = if at == 0 { prompt.clone() } else { " ".repeat(indent) };
        let text = match () {
            () if state.composer.is_empty() => Span::styled("Message, or / for commands", look.quiet()),
            () => Span::raw(text.as_str()),
        };
        let line = Line::from(vec![Span::styled(head, look.strong()), text]);
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
    if state.overlay.is_none() && state.focus == Focus::Writing {
        let x = area.x + u16::try_from(indent + column).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
        let y = area.y + u16::try_from(row - first).unwrap_or(0);
        frame.set_cursor_position(Position { x, y });
    }
}
