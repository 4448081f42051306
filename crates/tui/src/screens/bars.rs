//! The bars: alarms that stay, what is said for a while, keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::keymap::Mode;
use crate::state::{State, Tone};
use crate::widgets::{fit, width, wrap};

/// What ended or is alarming, until somebody has looked at it.
pub(super) fn draw_alarm(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let Some(words) = state.bars() else { return };
    let cells = usize::from(area.width.saturating_sub(2));
    let mut rows = wrap(&words, cells);
    let height = usize::from(area.height);
    if let Some(last) = rows.get_mut(height.saturating_sub(1)).filter(|_| height < wrap(&words, cells).len())
    {
        *last = fit(&format!("{last}……"), cells);
    }
    rows.truncate(height);
    let lines: Vec<Line<'_>> = rows.into_iter().map(|row| Line::raw(format!(" {row}"))).collect();
    frame.render_widget(Paragraph::new(lines).style(state.look.alarm()), area);
}

/// What is said for a while, what waits, what is new below.
pub(super) fn draw_status(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let look = state.look;
    let new = state.open.as_ref().map_or(0, |open| open.new_below());
    let scrolled = state.open.as_ref().is_some_and(|open| !open.is_at_end());
    let right = match new {
        0 if scrolled => "↓ older messages (End) ".to_owned(),
        0 => String::new(),
        new => format!("↓ {new} new (End) "),
    };
    let mut spans = Vec::new();
    let mut left = usize::from(area.width).saturating_sub(width(&right) + 1);
    let mut put = |words: &str, style| {
        let words = fit(&format!(" {words}"), left);
        left -= width(&words);
        spans.push(Span::styled(words, style));
    };
    if let Some(holding) = &state.holding {
        put(&holding.words(state.now), look.strong());
    }
    match (&state.notice, completions(state)) {
        (_, Some(candidates)) => put(&candidates, look.quiet()),
        (Some(notice), None) if notice.tone == Tone::Wrong => {
            put(&format!("! {}", notice.words), look.wrong());
        }
        (Some(notice), None) => put(&notice.words, look.strong()),
        (None, None) => {}
    }
    frame.render_widget(Line::from(spans), area);
    let style = if new > 0 { look.fresh() } else { look.quiet() };
    frame.render_widget(Line::styled(right, style).right_aligned(), area);
}

/// What Tab goes through, the chosen one in brackets.
fn completions(state: &State) -> Option<String> {
    let completing = state.completing.as_ref()?;
    let first = completing.chosen.saturating_sub(2);
    let shown = completing.candidates.iter().enumerate().skip(first);
    let names = shown.map(
        |(at, name)| {
            if at == completing.chosen { format!("[{name}]") } else { format!(" {name} ") }
        },
    );
    Some(format!("Tab: {}", names.collect::<String>()))
}

/// The keys that help most here, as many as fit.
pub(super) fn draw_hint(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let hints: &[&str] = match state.mode() {
        Mode::Writing => &[
            "F1 keys",
            "Ctrl+K jump",
            "Alt+A next unread",
            "Alt+1–9 room",
            "Tab complete",
            "Ctrl+F search",
            "Ctrl+O editor",
            "Ctrl+C twice quit",
        ],
        Mode::Reading => &["↑↓ choose", "r retry", "d discard", "Esc back", "? keys"],
        Mode::Choosing => &["↑↓ choose", "Enter go", "Esc close"],
        Mode::Filling => &["Enter goes on", "Esc changes nothing"],
        Mode::Looking => &["↑↓ move", "Enter take", "Esc close"],
    };
    let mut words = String::new();
    for hint in hints {
        let longer = format!("{words} {hint} ");
        if width(&longer) > usize::from(area.width) {
            break;
        }
        words = longer;
    }
    frame.render_widget(Line::styled(words, state.look.quiet()), area);
}
