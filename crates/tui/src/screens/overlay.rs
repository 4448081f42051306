//! What lies over the room.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use securechat_client::view::MessageView;

use super::framed;
use crate::areas::{choice_box, choices, inside, middle};
use crate::clock::{day, hour};
use crate::state::{Form, Overlay, Page, Palette, Search, State, first_shown};
use crate::widgets::{Composer, fit, width, wrap};

pub(super) fn draw(frame: &mut Frame<'_>, state: &State, overlay: &Overlay) {
    match overlay {
        Overlay::Palette(palette) => draw_palette(frame, state, palette),
        Overlay::Search(search) => draw_search(frame, state, search),
        Overlay::Inbox(inbox) => {
            open_box(frame, state, "Inbox: everything unread");
            let rows = inbox.lines.iter().map(|line| message_row(line, state)).collect::<Vec<_>>();
            draw_choices(frame, state, &rows, inbox.chosen);
        }
        Overlay::Page(page) => draw_page(frame, state, page),
        Overlay::Form(form) => draw_form(frame, state, form),
        Overlay::Question(question) => draw_question(frame, state, &question.words),
    }
}

fn open_box(frame: &mut Frame<'_>, state: &State, title: &str) -> Rect {
    let area = choice_box(state.size);
    frame.render_widget(Clear, area);
    frame.render_widget(framed(title, area, state.look), area);
    inside(area)
}

fn draw_palette(frame: &mut Frame<'_>, state: &State, palette: &Palette) {
    let area = open_box(frame, state, "Jump to a room or person");
    draw_input(frame, state, area, &palette.input);
    let rows: Vec<String> = palette.hits.iter().map(|hit| format!("{}  {}", hit.label, hit.detail)).collect();
    draw_choices(frame, state, &rows, palette.chosen);
    if rows.is_empty() {
        draw_words(frame, state, "No room and nobody is called that.");
    }
}

fn draw_search(frame: &mut Frame<'_>, state: &State, search: &Search) {
    let area = open_box(frame, state, "Search all messages");
    draw_input(frame, state, area, &search.input);
    let Some((words, lines)) = &search.found else {
        return draw_words(frame, state, "Type words that must all be there, then Enter.");
    };
    if lines.is_empty() {
        return draw_words(frame, state, &format!("Nothing found for {words}."));
    }
    let rows: Vec<String> = lines.iter().map(|line| message_row(line, state)).collect();
    draw_choices(frame, state, &rows, search.chosen);
}

fn message_row(line: &MessageView, state: &State) -> String {
    let name = match state.names.get(&line.user) {
        _ if line.own => "me",
        Some(name) => name.as_str(),
        None => line.from.as_str(),
    };
    let (day, hour) = (day(line.time, &state.zone), hour(line.time, &state.zone));
    let imported = if line.imported { " (imported)" } else { "" };
    format!("{}  {day} {hour}  {name}{imported}: {}", line.room_label, line.text)
}

fn draw_input(frame: &mut Frame<'_>, state: &State, area: Rect, input: &Composer) {
    const PROMPT: &str = " › ";
    let cells = usize::from(area.width).saturating_sub(width(PROMPT));
    let (rows, (row, column)) = input.rows(cells);
    let text = rows.get(row).cloned().unwrap_or_default();
    let line = Line::from(vec![Span::styled(PROMPT, state.look.strong()), Span::raw(text)]);
    frame.render_widget(line, Rect { height: 1, ..area });
    let x = area.x + u16::try_from(width(PROMPT) + column).unwrap_or(0).min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position { x, y: area.y });
}

fn draw_choices(frame: &mut Frame<'_>, state: &State, rows: &[String], chosen: usize) {
    let area = choices(state.size);
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    let first = first_shown(chosen, rows.len(), height);
    for (at, row) in rows.iter().enumerate().skip(first).take(height) {
        let y = area.y + u16::try_from(at - first).unwrap_or(0);
        let is_chosen = at == chosen;
        let text = fit(&format!("{}{row}", if is_chosen { "▸ " } else { "  " }), cells);
        let text = format!("{text}{}", " ".repeat(cells - width(&text)));
        let style = if is_chosen { state.look.chosen() } else { ratatui::style::Style::new() };
        frame.render_widget(Line::styled(text, style), Rect { y, height: 1, ..area });
    }
}

fn draw_words(frame: &mut Frame<'_>, state: &State, words: &str) {
    let area = choices(state.size);
    let words = fit(&format!("  {words}"), usize::from(area.width));
    frame.render_widget(Line::styled(words, state.look.quiet()), Rect { height: 1, ..area });
}

fn draw_page(frame: &mut Frame<'_>, state: &State, page: &Page) {
    let (columns, rows) = state.size;
    let width = columns.saturating_sub(4).min(100);
    if !page.code.is_empty() {
        return draw_code_page(frame, state, page);
    }
    let cells = usize::from(width.saturating_sub(4));
    let lines: Vec<String> = page.lines.iter().skip(page.top).flat_map(|line| wrap(line, cells)).collect();
    let all = page.lines.iter().map(|line| wrap(line, cells).len()).sum::<usize>();
    let height = u16::try_from(all + 2).unwrap_or(u16::MAX).min(rows.saturating_sub(2));
    let area = middle(state.size, width, height);
    frame.render_widget(Clear, area);
    let more = lines.len() > usize::from(height.saturating_sub(2));
    let title = if more { format!("{} (↓ more)", page.title) } else { page.title.clone() };
    frame.render_widget(framed(&title, area, state.look), area);
    let inside = inside(area);
    for (at, line) in lines.iter().take(usize::from(inside.height)).enumerate() {
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        let row = Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height: 1 };
        frame.render_widget(Line::raw(line.clone()), row);
    }
}

/// A QR code with its lines beside it; the lines alone where the window is too small for it.
fn draw_code_page(frame: &mut Frame<'_>, state: &State, page: &Page) {
    const BESIDE_MIN: usize = 24;
    let (columns, rows) = state.size;
    let code_cells = page.code.iter().map(|row| width(row)).max().unwrap_or(0);
    let box_width = usize::from(columns.saturating_sub(4).min(100));
    let beside = box_width.saturating_sub(code_cells + 6);
    let fits = beside >= BESIDE_MIN && page.code.len() + 2 <= usize::from(rows);
    let cells = if fits { beside } else { box_width.saturating_sub(4) };
    let mut lines: Vec<String> =
        page.lines.iter().skip(page.top).flat_map(|line| wrap(line, cells)).collect();
    if !fits {
        lines.push(String::new());
        lines.extend(wrap("(A larger window also shows a QR code of the link.)", cells));
    }
    let inner = if fits { lines.len().max(page.code.len()) } else { lines.len() };
    let height = u16::try_from(inner + 2).unwrap_or(u16::MAX).min(rows);
    let area = middle(state.size, u16::try_from(box_width).unwrap_or(u16::MAX), height);
    frame.render_widget(Clear, area);
    frame.render_widget(framed(&page.title, area, state.look), area);
    let inside = inside(area);
    let left = if fits { code_cells + 3 } else { 1 };
    for at in 0..usize::from(inside.height) {
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        if let Some(row) = page.code.get(at).filter(|_| fits) {
            let place = Rect { x: inside.x + 1, y, width: u16::try_from(code_cells).unwrap_or(0), height: 1 };
            frame.render_widget(Line::styled(row.clone(), state.look.code()), place);
        }
        if let Some(line) = lines.get(at) {
            let x = inside.x + u16::try_from(left).unwrap_or(0);
            let width = u16::try_from(cells).unwrap_or(0);
            frame.render_widget(Line::raw(line.clone()), Rect { x, y, width, height: 1 });
        }
    }
}

/// Something to be typed: the line for it is always there, however little there is room for.
fn draw_form(frame: &mut Frame<'_>, state: &State, form: &Form) {
    let box_width = state.size.0.saturating_sub(6).min(76);
    let cells = usize::from(box_width.saturating_sub(4));
    let mut lines: Vec<String> = form.lines.iter().flat_map(|line| wrap(line, cells)).collect();
    let label = wrap(&form.label, cells);
    let wrong = form.wrong.as_ref().map_or_else(Vec::new, |wrong| wrap(wrong, cells));
    let below = label.len() + wrong.len() + 1;
    let height =
        u16::try_from(lines.len() + below + 3).unwrap_or(u16::MAX).min(state.size.1.saturating_sub(1));
    let area = middle(state.size, box_width, height);
    frame.render_widget(Clear, area);
    frame.render_widget(framed(&form.title, area, state.look), area);
    let inside = inside(area);
    lines.truncate(usize::from(inside.height).saturating_sub(below));
    let put = |frame: &mut Frame<'_>, at: usize, line: Line<'_>| {
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        frame.render_widget(
            line,
            Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height: 1 },
        );
    };
    for (at, line) in lines.into_iter().enumerate() {
        put(frame, at, Line::raw(line));
    }
    let first = usize::from(inside.height).saturating_sub(below);
    let labels = label.into_iter().map(|row| Line::styled(row, state.look.strong()));
    let wrongs = wrong.into_iter().map(|row| Line::styled(row, state.look.wrong()));
    for (at, line) in wrongs.chain(labels).enumerate() {
        put(frame, first + at, line);
    }
    let y = inside.y + inside.height.saturating_sub(1);
    let row = Rect { y, height: 1, ..inside };
    if form.is_hidden() {
        let mut dots = Composer::default();
        dots.insert(&"•".repeat(form.input.text().chars().count()));
        draw_input(frame, state, row, &dots);
    } else {
        draw_input(frame, state, row, &form.input);
    }
}

fn draw_question(frame: &mut Frame<'_>, state: &State, words: &str) {
    let width = state.size.0.saturating_sub(8).min(64);
    let lines = wrap(words, usize::from(width.saturating_sub(4)));
    let height = u16::try_from(lines.len() + 2).unwrap_or(3);
    let area = middle(state.size, width, height);
    frame.render_widget(Clear, area);
    frame.render_widget(framed("?", area, state.look), area);
    let inside = inside(area);
    for (at, line) in lines.into_iter().take(usize::from(inside.height)).enumerate() {
        let y = inside.y + u16::try_from(at).unwrap_or(0);
        let row = Rect { x: inside.x + 1, y, width: inside.width.saturating_sub(2), height: 1 };
        frame.render_widget(Line::styled(line, state.look.strong()), row);
    }
}
