//! Readable pages of an export: whole in themselves, without script, and without anything fetched from anywhere.

use securechat_engine::clean::clean_text;
use securechat_engine::view::{LineKind, MessageView};

use super::format::RoomEntry;

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5b6472; --ground: #fff; --line: #d9dde4; --link: #1f5fbf }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ec; --soft: #a0a8b5; --ground: #16181d; --line: #343a45; --link: #8db8ff } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 } h2 { margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); font-size: 1rem; break-after: avoid }
p { margin: .15rem 0 } a { color: var(--link) } article { margin: .6rem 0; break-inside: avoid }
.soft, time { color: var(--soft); font-size: .85rem } .text { white-space: pre-wrap; overflow-wrap: anywhere }
.note { color: var(--soft); font-style: italic } ul { padding-left: 1.2rem }
@media print { :root { --ink: #000; --soft: #444; --ground: #fff; --line: #999; --link: #000 } body { margin: 0; max-width: none } }
</style>
"#;

/// Writes one room's page piece by piece.
#[derive(Default)]
pub struct Page {
    day: String,
}

impl Page {
    /// How a page begins.
    pub fn begin(title: &str, below: &str) -> String {
        let (title, below) = (escape(title), escape(below));
        format!(
            "{HEAD}<title>{title}</title>\n</head>\n<body>\n<h1 dir=\"auto\">{title}</h1>\n<p class=\"soft\" dir=\"auto\">{below}</p>\n"
        )
    }

    /// One line. `day` is the day's heading, `clock` the time with its zone, `time` the same in RFC 3339.
    pub fn line(&mut self, view: &MessageView, day: &str, clock: &str, time: &str) -> String {
        let mut html = String::new();
        if self.day != day {
            day.clone_into(&mut self.day);
            html.push_str(&format!("<h2>{}</h2>\n", escape(day)));
        }
        let (clock, time) = (escape(clock), escape(time));
        let stamp = format!("<time datetime=\"{time}\">{clock}</time>");
        let text = escape(&view.text);
        match view.kind {
            LineKind::Members | LineKind::Deleted => {
                html.push_str(&format!("<p class=\"note\" dir=\"auto\">{text} {stamp}</p>\n"));
            }
            LineKind::Text | LineKind::Unreadable | LineKind::Unknown => {
                let class = if view.kind == LineKind::Text { "text" } else { "text note" };
                let name = escape(view.display.as_deref().unwrap_or(&view.from));
                let from = escape(&view.from);
                let imported = if view.imported { " <span class=\"soft\">imported</span>" } else { "" };
                html.push_str(&format!(
                    "<article><p><strong dir=\"auto\">{name}</strong> <span class=\"soft\">@{from}</span> {stamp}{imported}</p>\
                     <p class=\"{class}\" dir=\"auto\">{text}</p></article>\n"
                ));
            }
        }
        html
    }

    /// How it ends.
    pub fn end() -> &'static str {
        "<p class=\"soft\"><a href=\"index.html\">All rooms</a></p>\n</body>\n</html>\n"
    }
}

/// The page that leads to the rooms'.
pub fn index(title: &str, below: &str, rooms: &[RoomEntry]) -> String {
    let mut html = Page::begin(title, below);
    html.push_str("<ul>\n");
    for room in rooms {
        let (label, topic) = (escape(&room.label), escape(&room.topic));
        let messages = room.messages;
        let name = match &room.page {
            Some(page) => format!("<a href=\"{}\">{label}</a>", escape(page)),
            None => label,
        };
        html.push_str(&format!(
            "<li dir=\"auto\">{name} <span class=\"soft\">{messages} lines. {topic}</span></li>\n"
        ));
    }
    html.push_str("</ul>\n</body>\n</html>\n");
    html
}

/// Text as HTML: nothing in it is markup, steers the direction of what is around it, or is no character of HTML.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in clean_text(text).chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '`' => html.push_str("&#96;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        for said in [
            "<script>x</script>",
            "\" onload=x '",
            "&lt;",
            "</style><img src=x onerror=y>",
            "\u{202e}<b>",
            "`x`",
        ] {
            let html = escape(said);
            assert!(!html.contains(['<', '>', '"', '\'', '`', '\u{202e}']), "{html}");
        }
        assert_eq!(escape("a & b"), "a &amp; b");
    }
}
