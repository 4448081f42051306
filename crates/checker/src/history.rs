//! What a harness writes down, in the sense of Jepsen: who asked for what, how it ended, and what was seen afterwards.
//!
//! Devices, rooms and messages are named as the harness likes, as long as it names each thing alike everywhere.

use serde::{Deserialize, Serialize};

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since the run began, by the harness's clock. For people; nothing is judged by it.
    pub at: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A device was asked to send a message and took it. Sending again after [`Event::Failed`] is a new line.
    #[serde(rename = "invoke")]
    Sent {
        /// Who sends.
        device: String,
        /// Where to.
        room: String,
        /// What identifies it: its text, or a token in it. One of its kind in the whole history.
        message: String,
        /// Counts what this device sends to this room.
        order: u64,
        /// The last place of the room that the sender had seen and that the message names, if it names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
    /// The sender was told that the message is durable.
    #[serde(rename = "ok")]
    Acked {
        /// Which.
        message: String,
        /// Its id in the room's log, if the harness knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Its place, if the harness knows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    /// The sender was told that the message did not and will not arrive.
    #[serde(rename = "fail")]
    Failed {
        /// Which.
        message: String,
        /// The sentence that was given.
        reason: String,
    },
    /// Nobody knows whether the message arrived: the sender died, or was not asked any more.
    #[serde(rename = "info")]
    Unsure {
        /// Which.
        message: String,
        /// Why it is not known.
        reason: String,
    },
    /// A device's timeline of a room, read from beginning to end.
    Shown {
        /// Who shows it.
        device: String,
        /// Of which room.
        room: String,
        /// Whether the device is at rest at the room's head, so that what is missing is missing.
        complete: bool,
        /// The messages that have a place, in the order in which they are shown.
        entries: Vec<Entry>,
    },
    /// A row of a room's log at the server. A log that is written down is written down whole; it may be written down again.
    LogRow {
        /// The room.
        room: String,
        /// Its place.
        seq: u64,
        /// The epoch it was made in.
        epoch: u64,
        /// What it is.
        kind: RowKind,
        /// Who appended it.
        device: String,
        /// Its id: what makes a repeated request the same request.
        id: String,
        /// Of a commit: the devices that it brings in by Welcome.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        welcomes: Vec<String>,
    },
    /// The server was seen to hold this row where it survives a crash.
    Kept {
        /// The room.
        room: String,
        /// The row's place.
        seq: u64,
    },
    /// A device has, or had, a right to read a stretch of a room. Several lines add up.
    Entitled {
        /// Who.
        device: String,
        /// Which room.
        room: String,
        /// The first place that it may read.
        from: u64,
        /// The first place that it has to be able to read.
        due: u64,
        /// The last one; none while the right goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<u64>,
    },
    /// The server gave a row to a device.
    Delivered {
        /// To whom.
        device: String,
        /// The room.
        room: String,
        /// The row's place.
        seq: u64,
    },
    /// A Welcome reached a device.
    Welcomed {
        /// Whom.
        device: String,
        /// Into which room.
        room: String,
        /// The place of the commit that it belongs to.
        seq: u64,
    },
    /// The epoch authenticator (RFC 9420 §8.7) of a member.
    Authenticator {
        /// Whose.
        device: String,
        /// The room.
        room: String,
        /// The epoch.
        epoch: u64,
        /// The bytes, in hex.
        bytes: String,
    },
    /// A ciphertext was seen that used up one ratchet step (RFC 9420 §9).
    Ciphertext {
        /// The room.
        room: String,
        /// The epoch.
        epoch: u64,
        /// The sender's leaf.
        leaf: u32,
        /// The generation within leaf and epoch.
        generation: u32,
        /// A hash of the whole ciphertext.
        hash: String,
    },
    /// A place was searched for the words of every message sent so far.
    Searched {
        /// Where.
        place: String,
    },
    /// Words of a message were found where they must not be.
    Leaked {
        /// Which message.
        message: String,
        /// Where.
        place: String,
    },
    /// The faults are over and this is where a device has come to rest.
    Rest {
        /// Who.
        device: String,
        /// Which room.
        room: String,
        /// The newest place it has taken in.
        cursor: u64,
        /// The newest place there is.
        head: u64,
        /// How many of its messages wait in its outbox still.
        waiting: u64,
        /// Milliseconds from the end of the faults until it was there, or until nobody waited any longer.
        after_ms: u64,
    },
    /// A sentence for whoever reads the history, such as a fault that was injected.
    Note {
        /// The sentence.
        text: String,
    },
}

/// A message as a timeline shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub seq: u64,
    /// What identifies it, as in [`Event::Sent`]; if it cannot be read, anything.
    pub message: String,
    /// Who says it: a device, as in [`Event::Sent`].
    pub sender: String,
    /// Why it cannot be read, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
}

/// Why an entry cannot be read: the sentence that is shown in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unread(pub String);

/// Kind of a log row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// Something said, by people or by their devices.
    Message,
    /// A change of the group: the next row is of the next epoch.
    Commit,
}

/// Writes a history as JSON lines.
pub fn to_json_lines(history: &[Line]) -> String {
    let lines = history.iter().map(|line| serde_json::to_string(line).expect("strings and numbers"));
    lines.map(|line| line + "\n").collect()
}

/// Reads JSON lines; empty ones are skipped.
///
/// # Errors
/// The first line that is none, with its number counted from 1.
pub fn from_json_lines(text: &str) -> Result<Vec<Line>, (usize, serde_json::Error)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(n, line)| serde_json::from_str(line).map_err(|error| (n + 1, error))).collect()
}
