//! Everything this program writes: data to stdout, talk to stderr, times in RFC 3339 or the reader's zone.

use std::io::{IsTerminal as _, Write as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use securechat_client::ids::UnixMillis;
use securechat_client::view::{Delivery, LineKind, MessageView, PersonView, Trust, Unreadable};
use securechat_client::{Failure, clean_text};
use serde::Serialize;

/// One line of data. Whoever's words they are, nothing steers the terminal: this is the last place before it.
pub(crate) fn line(text: &str) {
    page(format!("{}\n", clean_text(text)).as_bytes());
}

/// A whole page, as it is.
pub(crate) fn page(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    // A closed pipe ends us like any filter: there is nobody left to tell.
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// One JSON object on a line of its own.
pub(crate) fn json(value: &impl Serialize) {
    // For programs, who want what is there.
    let text = serde_json::to_string(value).expect("our own types serialise");
    page(format!("{text}\n").as_bytes());
}

/// Prints a text as a QR code. On a terminal it is black on white, whatever the terminal's colours are: many readers take no
/// other.
pub(crate) fn qr(text: &str) -> Result<(), Failure> {
    let code = QrCode::new(text.as_bytes()).map_err(|error| Failure::Other(error.to_string()))?;
    let drawn = code.render::<Dense1x2>().quiet_zone(true).build();
    page(on_paper(&drawn, std::io::stdout().is_terminal()).as_bytes());
    Ok(())
}

fn on_paper(drawn: &str, terminal: bool) -> String {
    let (from, to) = if terminal { ("\u{1b}[38;5;16;48;5;231m", "\u{1b}[0m") } else { ("", "") };
    drawn.lines().map(|row| format!("{from}{row}{to}\n")).collect()
}

/// Talk: what a script does not read.
pub(crate) fn say(text: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "{}", clean_text(text));
}

/// Why it failed: one sentence.
pub(crate) fn error(text: &str) {
    say(&format!("securechat: {text}"));
}

/// RFC 3339 in UTC.
pub(crate) fn utc(time: UnixMillis) -> String {
    stamp(time).to_string()
}

/// `YYYY-MM-DD HH:MM:SS` in the reader's zone.
pub(crate) fn local(time: UnixMillis) -> String {
    stamp(time).to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A day's heading, and the time of day with its zone.
pub(crate) fn day_and_clock(time: UnixMillis) -> (String, String) {
    let zoned = stamp(time).to_zoned_datetime(TimeZone::system());
    (zoned.strftime("%A, %Y-%m-%d").to_string(), zoned.strftime("%H:%M:%S %Z").to_string())
}

fn stamp(time: UnixMillis) -> Timestamp {
    i64::try_from(time.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or_default()
}

/// Now, by this machine's clock.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0))
}

/// A message as scripts read it.
#[derive(Serialize)]
pub(crate) struct JsonMessage<'a> {
    room: &'a str,
    id: String,
    seq: Option<u64>,
    time: String,
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<&'a str>,
    device: String,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    text: &'a str,
    state: &'a str,
    /// On how many of the other devices it has arrived, and of how many that tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrived: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    imported: bool,
}

/// What scripts call a message's state.
pub(crate) fn state_name(state: &Delivery) -> &'static str {
    match state {
        Delivery::Queued => "queued",
        Delivery::Sending => "sending",
        Delivery::Sent => "sent",
        Delivery::Failed(_) => "failed",
    }
}

/// Prints a message.
pub(crate) fn message(message: &MessageView, as_json: bool, with_room: bool) {
    if as_json {
        return json(&JsonMessage {
            room: &message.room_label,
            id: message.message_id.to_string(),
            seq: message.seq.map(|seq| seq.0),
            time: utc(message.time),
            from: &message.from,
            display: message.display.as_deref(),
            device: message.device.to_string(),
            kind: message.kind.name(),
            why: message.why.map(Unreadable::name),
            text: &message.text,
            state: state_name(&message.state),
            arrived: message.arrived.map(|(arrived, of)| [arrived, of]),
            imported: message.imported,
        });
    }
    line(&plain(message, with_room));
}

/// A message as one plain line: `[YYYY-MM-DD HH:MM:SS] name: text`, further lines of it indented.
pub(crate) fn plain(message: &MessageView, with_room: bool) -> String {
    let room = if with_room { format!("{} ", message.room_label) } else { String::new() };
    let time = local(message.time);
    let text = message.text.replace('\n', "\n    ");
    match message.kind {
        LineKind::Text if message.imported => {
            format!("[{time}] {room}{} (imported): {text}", message.from)
        }
        LineKind::Text => format!("[{time}] {room}{}: {text}", message.from),
        LineKind::Members | LineKind::Deleted => format!("[{time}] {room}* {text}"),
        LineKind::Unreadable | LineKind::Unknown => {
            let way_out = message.why.map_or_else(String::new, |why| format!(". {}", why.way_out()));
            format!("[{time}] {room}{}: ({text}{way_out})", message.from)
        }
    }
}

#[derive(Serialize)]
struct JsonPerson<'a> {
    name: &'a str,
    display: Option<&'a str>,
    id: String,
    devices: usize,
    admin: bool,
    trust: &'static str,
}

/// Prints a person of a room.
pub(crate) fn member(person: &PersonView, as_json: bool) {
    if as_json {
        return json(&JsonPerson {
            name: &person.user_name,
            display: person.display.as_deref(),
            id: person.user_id.to_string(),
            devices: person.devices,
            admin: person.room_admin,
            trust: person.trust.name(),
        });
    }
    let admin = if person.room_admin { "  admin" } else { "" };
    let display = person.display.as_ref().map_or_else(String::new, |name| format!("  {name}"));
    let trust = match person.trust {
        Trust::Verified => "  verified",
        Trust::Changed => "  KEYS CHANGED SINCE YOU COMPARED",
        Trust::Unverified | Trust::Yourself => "",
    };
    line(&format!("@{:<24} {} device(s){admin}{display}{trust}", person.user_name, person.devices));
}

/// Logs go to stderr; without `-v` only what somebody should look at.
pub(crate) fn logs(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SECURECHAT_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    // Colours are for a person who looks on; in a file or the journal they are noise around what is searched for.
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}
