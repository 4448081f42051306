//! Lines of a timeline broken to a width: day lines, the unread line, names, texts and states.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::style::{Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span};
use securechat_client::ids::{Seq, UnixMillis};
use securechat_client::view::{Delivery, LineKind, MessageView};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A timeline as screen lines. `zone` is the reader's.
pub(crate) fn timeline(
    messages: &[MessageView],
    unread_after: Option<Seq>,
    width: usize,
    zone: &TimeZone,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut day = String::new();
    let mut marked = false;
    for message in messages {
        let when = local(message.time, zone);
        let this_day = when.strftime("%a %-d %b %Y").to_string();
        if this_day != day {
            lines.push(Line::from(format!("── {this_day} ──").dim()));
            day = this_day;
        }
        let is_new = matches!((message.seq, unread_after), (Some(seq), Some(after)) if seq > after);
        if is_new && !message.own && !marked {
            marked = true;
            lines.push(Line::from("─── new ───".red().bold()));
        }
        lines.extend(one(message, &when.strftime("%H:%M").to_string(), width));
    }
    lines
}

fn local(time: UnixMillis, zone: &TimeZone) -> jiff::ZonedDateTime {
    let ms = i64::try_from(time.0).unwrap_or(0);
    Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned_datetime(zone.clone())
}

fn one(message: &MessageView, clock: &str, width: usize) -> Vec<Line<'static>> {
    let name = safe(message.display.as_ref().unwrap_or(&message.from));
    let state = match &message.state {
        Delivery::Sent => String::new(),
        Delivery::Queued => "  queued".to_owned(),
        Delivery::Sending => "  sending".to_owned(),
        Delivery::Failed(why) => format!("  NOT SENT: {} (Ctrl+R retry, Ctrl+X drop)", safe(why)),
    };
    let (head, body) = match message.kind {
        LineKind::Text => (format!("{clock} {name}  "), safe(&message.text)),
        LineKind::Members => (format!("{clock} * "), safe(&message.text)),
        LineKind::Unreadable | LineKind::Unknown => {
            (format!("{clock} {name}  "), format!("({})", safe(&message.text)))
        }
    };
    let indent = head.width().min(width / 2);
    let mut lines = Vec::new();
    for (place, part) in wrap(&body, width.saturating_sub(indent).max(8)).into_iter().enumerate() {
        let lead = if place == 0 { head.clone() } else { " ".repeat(indent) };
        let lead = match message.kind {
            LineKind::Text if place == 0 => Span::styled(lead, Style::new().add_modifier(Modifier::BOLD)),
            _ => Span::from(lead).dim(),
        };
        let text = if message.kind == LineKind::Text { Span::from(part) } else { Span::from(part).dim() };
        lines.push(Line::from(vec![lead, text]));
    }
    if let (Some(last), false) = (lines.last_mut(), state.is_empty()) {
        let style = if state.contains("NOT") { Style::new().red().bold() } else { Style::new().dim() };
        last.push_span(Span::styled(state, style));
    }
    lines
}

/// No control character reaches the screen, whatever came before this.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Breaks text to a display width, at spaces where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_word_bounds() {
            if line.width() + word.width() <= width {
                line.push_str(word);
                continue;
            }
            if !line.is_empty() && word.width() <= width {
                lines.push(std::mem::take(&mut line));
                line.push_str(word.trim_start());
                continue;
            }
            for grapheme in word.graphemes(true) {
                if line.width() + grapheme.width() > width {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_by_display_width() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert!(wrap(&"x".repeat(100), 7).iter().all(|line| line.width() <= 7));
    }

    #[test]
    fn nothing_that_steers_is_left() {
        assert!(!safe("\u{1b}[2J\u{7}\u{9b}").chars().any(char::is_control));
    }
}
