//! A message's Markdown as a typed tree: elements and texts, no HTML, links to http, https and mailto alone.

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde::Serialize;
use url::Url;

/// Deepest nesting that is shown as such; what is deeper is flattened into it.
const DEPTH_MAX: usize = 12;

/// A part of a message that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Block {
    /// Running text.
    Paragraph {
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// A headline.
    Heading {
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// Code on lines of its own.
    Code {
        /// As written behind the fence.
        language: String,
        /// The code.
        text: String,
    },
    /// Something quoted.
    Quote {
        /// What.
        blocks: Vec<Block>,
    },
    /// A list.
    List {
        /// First number of a numbered one.
        start: Option<u32>,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// A line across.
    Rule,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Inline {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Code.
    Code {
        /// The code.
        text: String,
    },
    /// Bold.
    Strong {
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// Italic.
    Emphasis {
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// Struck through.
    Strike {
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// A link that may be opened.
    Link {
        /// Where: http, https or mailto.
        href: String,
        /// The real host, to be shown where the text says another.
        host: String,
        /// Its parts.
        inlines: Vec<Inline>,
    },
    /// A person named with `@`.
    Mention {
        /// User name, folded.
        name: String,
    },
    /// A new line.
    Break,
}

#[cfg(test)]
pub(super) fn types(cfg: &ts_rs::Config) -> Vec<String> {
    vec![<Block as ts_rs::TS>::decl(cfg), <Inline as ts_rs::TS>::decl(cfg)]
}

/// A container that is being filled.
enum Open {
    Blocks { as_block: fn(Vec<Block>) -> Block, blocks: Vec<Block> },
    Item(Vec<Block>),
    List { start: Option<u32>, items: Vec<Vec<Block>> },
    Line { as_block: fn(Vec<Inline>) -> Block, inlines: Vec<Inline> },
    Within { wrap: Wrap, inlines: Vec<Inline> },
    Code { language: String, text: String },
}

enum Wrap {
    Strong,
    Emphasis,
    Strike,
    Link(String, String),
    Plain,
}

/// Parses a cleaned text. Every text has a tree; what is no Markdown is a paragraph.
pub fn parse(text: &str) -> Vec<Block> {
    let mut builder = Builder { stack: Vec::new(), done: Vec::new() };
    for event in Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH) {
        builder.take(event);
    }
    while !builder.stack.is_empty() {
        builder.close();
    }
    builder.done
}

struct Builder {
    stack: Vec<Open>,
    done: Vec<Block>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow | TagEnd::TableCell) => {}
            Event::End(_) => self.close(),
            Event::Text(text) => match self.stack.last_mut() {
                Some(Open::Code { text: code, .. }) => code.push_str(&text),
                _ => self.plain(&text),
            },
            Event::Code(text) => self.inline(Inline::Code { text: text.into_string() }),
            // HTML is text like any other.
            Event::Html(text) | Event::InlineHtml(text) => self.plain(&text),
            Event::SoftBreak | Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.plain(&text),
            Event::FootnoteReference(text) => self.plain(&text),
            Event::TaskListMarker(done) => self.plain(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        let line = |as_block| Open::Line { as_block, inlines: Vec::new() };
        let within = |wrap| Open::Within { wrap, inlines: Vec::new() };
        let open = match tag {
            Tag::Heading { .. } => line(|inlines| Block::Heading { inlines }),
            Tag::BlockQuote(_) => {
                Open::Blocks { as_block: |blocks| Block::Quote { blocks }, blocks: Vec::new() }
            }
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or("").to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                Open::Code { language, text: String::new() }
            }
            Tag::List(start) => {
                let start = start.map(|first| u32::try_from(first).unwrap_or(1));
                Open::List { start, items: Vec::new() }
            }
            Tag::Item => Open::Item(Vec::new()),
            Tag::Emphasis => within(Wrap::Emphasis),
            Tag::Strong => within(Wrap::Strong),
            Tag::Strikethrough => within(Wrap::Strike),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => within(link_to(&dest_url)),
            Tag::Superscript | Tag::Subscript => within(Wrap::Plain),
            Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell => return,
            // Paragraphs, HTML and kinds that are not asked for: running text.
            _ => line(|inlines| Block::Paragraph { inlines }),
        };
        self.stack.push(open);
    }

    fn close(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let deep = self.stack.len() > DEPTH_MAX;
        match open {
            Open::Code { language, text } => {
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                self.block(Block::Code { language, text });
            }
            Open::Line { as_block, inlines } if !inlines.is_empty() => self.block(as_block(joined(inlines))),
            Open::Line { .. } => {}
            Open::Blocks { blocks, .. } if deep => blocks.into_iter().for_each(|block| self.block(block)),
            Open::Blocks { as_block, blocks } => self.block(as_block(blocks)),
            Open::Item(blocks) => match self.stack.last_mut() {
                Some(Open::List { items, .. }) => items.push(blocks),
                _ => blocks.into_iter().for_each(|block| self.block(block)),
            },
            Open::List { items, .. } if deep => {
                items.into_iter().flatten().for_each(|block| self.block(block));
            }
            Open::List { start, items } => self.block(Block::List { start, items }),
            Open::Within { wrap, inlines } => {
                let inlines = joined(inlines);
                match wrap {
                    Wrap::Strong if !deep => self.inline(Inline::Strong { inlines }),
                    Wrap::Emphasis if !deep => self.inline(Inline::Emphasis { inlines }),
                    Wrap::Strike if !deep => self.inline(Inline::Strike { inlines }),
                    Wrap::Link(href, host) => {
                        // A link in a link (a bare address as its text) would be two.
                        let inlines = inlines.into_iter().flat_map(without_link).collect();
                        self.inline(Inline::Link { href, host, inlines });
                    }
                    _ => inlines.into_iter().for_each(|inline| self.inline(inline)),
                }
            }
        }
    }

    fn block(&mut self, block: Block) {
        match self.stack.last_mut() {
            Some(Open::Blocks { blocks, .. } | Open::Item(blocks)) => blocks.push(block),
            _ => self.done.push(block),
        }
    }

    fn inline(&mut self, inline: Inline) {
        match self.stack.last_mut() {
            Some(Open::Line { inlines, .. } | Open::Within { inlines, .. }) => inlines.push(inline),
            // A tight list's item has its text without a paragraph.
            Some(Open::Blocks { blocks, .. } | Open::Item(blocks)) => push_running(blocks, inline),
            _ => push_running(&mut self.done, inline),
        }
    }

    fn plain(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.inline(Inline::Break);
            }
            if !line.is_empty() {
                self.inline(Inline::Text { text: line.to_owned() });
            }
        }
    }
}

fn push_running(blocks: &mut Vec<Block>, inline: Inline) {
    if let Some(Block::Paragraph { inlines }) = blocks.last_mut() {
        let before = std::mem::take(inlines);
        *inlines = joined(before.into_iter().chain([inline]).collect());
    } else {
        blocks.push(Block::Paragraph { inlines: joined(vec![inline]) });
    }
}

fn without_link(inline: Inline) -> Vec<Inline> {
    match inline {
        Inline::Link { inlines, .. } => inlines,
        other => vec![other],
    }
}

fn link_to(address: &str) -> Wrap {
    match opened(address) {
        Some((href, host)) => Wrap::Link(href, host),
        None => Wrap::Plain,
    }
}

/// An address that may be opened, as the browser will read it, and its host.
fn opened(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address).ok()?;
    let host = match url.scheme() {
        "http" | "https" => url.host_str()?.to_owned(),
        "mailto" => url.path().to_owned(),
        _ => return None,
    };
    Some((url.into(), host))
}

/// Joins neighbouring texts (the parser gives them in pieces), then finds bare addresses and names in them.
fn joined(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut merged: Vec<Inline> = Vec::new();
    for inline in inlines {
        match (merged.last_mut(), inline) {
            (Some(Inline::Text { text: before }), Inline::Text { text }) => before.push_str(&text),
            (_, inline) => merged.push(inline),
        }
    }
    let mut found = Vec::new();
    for inline in merged {
        match inline {
            Inline::Text { text } => addresses(&text, &mut found),
            other => found.push(other),
        }
    }
    found
}

fn addresses(text: &str, found: &mut Vec<Inline>) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    for span in finder.spans(text) {
        match (span.kind(), opened(span.as_str())) {
            (Some(_), Some((href, host))) => {
                let inlines = vec![Inline::Text { text: span.as_str().to_owned() }];
                found.push(Inline::Link { href, host, inlines });
            }
            _ => mentions(span.as_str(), found),
        }
    }
}

fn mentions(text: &str, found: &mut Vec<Inline>) {
    let of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut from = 0;
    for (at, _) in text.match_indices('@') {
        if at < from || text[..at].chars().next_back().is_some_and(of_name) {
            continue;
        }
        let name =
            text[at + 1..].split(|c| !of_name(c)).next().unwrap_or("").trim_end_matches(['.', '-', '_']);
        if name.is_empty() || name.len() > 32 {
            continue;
        }
        if at > from {
            found.push(Inline::Text { text: text[from..at].to_owned() });
        }
        found.push(Inline::Mention { name: name.to_ascii_lowercase() });
        from = at + 1 + name.len();
    }
    if from < text.len() {
        found.push(Inline::Text { text: text[from..].to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.to_owned() }
    }

    fn one_line(source: &str) -> Vec<Inline> {
        match parse(source).as_slice() {
            [Block::Paragraph { inlines }] => inlines.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn html_stays_text() {
        let source = "<img src=x onerror=alert(1)> <b>x</b>";
        assert_eq!(one_line(source), [text(source)]);
        assert!(matches!(&parse("<script>\nalert(1)\n</script>")[..], [Block::Paragraph { .. }]));
    }

    #[test]
    fn only_addresses_that_a_person_would_open_become_links() {
        for address in ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"] {
            assert_eq!(one_line(&format!("[a]({address})")), [text("a")], "{address}");
        }
        let expected = Inline::Link {
            href: "https://evil.example/".into(),
            host: "evil.example".into(),
            inlines: vec![text("bank.example")],
        };
        assert_eq!(one_line("[bank.example](https://evil.example)"), [expected]);
    }

    #[test]
    fn bare_addresses_and_names_are_found() {
        let link = Inline::Link {
            href: "https://a.example/b".into(),
            host: "a.example".into(),
            inlines: vec![text("https://a.example/b")],
        };
        let mention = Inline::Mention { name: "ana.b".into() };
        let found = one_line("see https://a.example/b, @Ana.b. me@home.example");
        assert_eq!(found, [text("see "), link, text(", "), mention, text(". me@home.example")]);
    }

    #[test]
    fn code_keeps_its_lines_and_its_language() {
        let code = Block::Code { language: "rust".into(), text: "a\n\nb <c>".into() };
        assert_eq!(parse("```rust\na\n\nb <c>\n```"), [code]);
    }

    #[test]
    fn a_new_line_is_a_new_line() {
        assert_eq!(one_line("a\nb"), [text("a"), Inline::Break, text("b")]);
    }

    #[test]
    fn lists_and_quotes_nest_and_depth_is_bounded() {
        let item = |line: &str| vec![Block::Paragraph { inlines: vec![text(line)] }];
        assert_eq!(parse("3. a\n4. b"), [Block::List { start: Some(3), items: vec![item("a"), item("b")] }]);
        fn depth(blocks: &[Block]) -> usize {
            let inner = blocks.iter().map(|block| match block {
                Block::Quote { blocks } => 1 + depth(blocks),
                Block::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
                _ => 0,
            });
            inner.max().unwrap_or(0)
        }
        assert!(depth(&parse(&format!("{}x", "> ".repeat(5_000)))) <= DEPTH_MAX + 1);
        assert!(depth(&parse(&format!("{}x", "- ".repeat(5_000)))) <= DEPTH_MAX + 1);
    }
}
