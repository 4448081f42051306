//! The messages of the room.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use securechat_client::view::{LineKind, RoomStanding, RoomView};

use super::framed;
use crate::areas::inside;
use crate::state::{OpenRoom, State};
use crate::widgets::{Row, Words, fit, width, wrap};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let inside = inside(area);
    frame.render_widget(framed(&title(state, usize::from(inside.height)), area, state.look), area);
    let Some(open) = &state.open else {
        let words = if state.rooms.is_empty() { "Reading rooms…" } else { "Ctrl+K opens a room." };
        return frame.render_widget(Line::styled(words, state.look.quiet()), inside);
    };
    let height = usize::from(inside.height);
    let chosen = open.selected_at();
    for (at, row) in open.rows.range(open.top(height), height).enumerate() {
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        let line = row_line(row, chosen, usize::from(inside.width), open, state);
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
    if let Some(words) = open_words(open, state.open_view()) {
        // On top of the messages, so that it is seen whatever follows.
        for (at, row) in wrap(&words, usize::from(inside.width)).into_iter().take(3).enumerate() {
            let y = inside.y + u16::try_from(at).unwrap_or(0);
            let row = format!("{row}{}", " ".repeat(usize::from(inside.width).saturating_sub(width(&row))));
            frame.render_widget(Line::styled(row, state.look.wrong()), Rect { y, height: 1, ..inside });
        }
    }
}

/// The room's name and, for whoever looks at its first message, what is before it.
fn title(state: &State, height: usize) -> String {
    let Some(view) = state.open_view() else { return String::new() };
    let at_top = state.open.as_ref().is_some_and(|open| open.loaded && open.top(height) == 0);
    match view.earlier.sentence().filter(|_| at_top && view.state == RoomStanding::Joined) {
        Some(sentence) => format!("{} · {sentence}", view.label),
        None => view.label.clone(),
    }
}

/// What there is to say about the room itself.
fn open_words(open: &OpenRoom, view: Option<&RoomView>) -> Option<String> {
    let view = view?;
    if let Some(next) = &view.goes_on {
        return Some(format!("This room goes on in {next}; /go {next} leads there."));
    }
    if let Some(trouble) = &view.trouble {
        let to_do = match view.state {
            RoomStanding::Halted => " /repair lets it go on.",
            _ => "",
        };
        return Some(format!("! {}: {trouble}.{to_do}", view.label));
    }
    match view.state {
        RoomStanding::Listed => Some(format!("You are not in {0}. /join {0} lets you in.", view.label)),
        RoomStanding::Joining => Some(format!("You are on the way into {}…", view.label)),
        RoomStanding::Gone => Some(format!("You are no longer in {}.", view.label)),
        RoomStanding::Halted => Some(format!("{} has stopped.", view.label)),
        RoomStanding::Joined if open.loaded && open.lines.is_empty() => {
            Some(format!("Nothing has been said in {} yet.", view.label))
        }
        RoomStanding::Joined => None,
    }
}

fn row_line(row: &Row, chosen: Option<usize>, cells: usize, open: &OpenRoom, state: &State) -> Line<'static> {
    let look = state.look;
    match row {
        Row::Day(day) => ruled(day, cells, look.quiet()),
        Row::Unread(words) => ruled(words, cells, look.fresh()),
        Row::Text { line: at, head, text, tail } => {
            let Some(line) = open.lines.get(*at) else { return Line::default() };
            let words = Words { width: cells, zone: &state.zone, names: &state.names, mark: None };
            let mut spans = match head {
                Some((time, name)) => {
                    let space = " ".repeat(words.name_width().saturating_sub(width(name)) + 1);
                    let name = Span::styled(name.clone(), look.person(&line.user, line.own));
                    vec![Span::styled(format!("{time} "), look.quiet()), name, Span::raw(space)]
                }
                None => vec![Span::raw(" ".repeat(words.indent()))],
            };
            let style = match line.kind {
                LineKind::Text => Style::new(),
                LineKind::Members | LineKind::Deleted | LineKind::Unreadable | LineKind::Unknown => {
                    look.quiet()
                }
            };
            let used = width(text);
            spans.push(Span::styled(text.clone(), style));
            if let Some(tail) = tail {
                let room = cells.saturating_sub(words.indent() + used + width(&tail.words));
                let space = if head.is_none() && text.is_empty() { 0 } else { room };
                spans.push(Span::raw(" ".repeat(space)));
                let style = if tail.wrong { look.wrong() } else { look.quiet() };
                spans.push(Span::styled(tail.words.clone(), style));
            }
            let line = Line::from(spans);
            if chosen == Some(*at) { line.patch_style(look.chosen()) } else { line }
        }
    }
}

/// Words in the middle of a line across.
fn ruled(words: &str, cells: usize, style: Style) -> Line<'static> {
    let words = fit(words, cells.saturating_sub(8));
    let after = cells.saturating_sub(width(&words) + 4);
    Line::styled(format!("── {words} {}", "─".repeat(after)), style)
}
