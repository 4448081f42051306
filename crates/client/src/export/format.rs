//! The words of an export, and reading them back: files may have been made or changed by anybody.

use securechat_engine::view::{ImportedMessage, ImportedRoom, MessageView};
use securechat_ids::{Seq, UnixMillis};
use securechat_proto::limits;
use serde::{Deserialize, Serialize};

/// Version of the format.
pub const VERSION: u32 = 1;
/// Longest manifest read.
pub(super) const MANIFEST_BYTES_MAX: u64 = 16 << 20;
/// Longest line read: JSON may take six bytes for one of a text.
pub(super) const LINE_BYTES_MAX: u64 = 6 * limits::TEXT_BYTES_MAX as u64 + 4096;
const ROOMS_MAX: usize = 10_000;
const NAME_BYTES_MAX: usize = 1024;

/// Why an export cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// There is something already.
    #[error("{0} is there already; an export goes into a folder of its own, name one that is not there")]
    Exists(String),
    /// It is not what this program writes.
    #[error("{0} is not an export of this program, or was changed: {1}; nothing more is taken from it")]
    Malformed(String, String),
    /// Written by a newer release.
    #[error("the export was written by a newer SecureChat (format {0}); update this program")]
    Newer(u32),
}

/// `manifest.json`: what the export is, and every file in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`VERSION`].
    pub version: u32,
    /// The server's id.
    pub server_id: String,
    /// Where it was.
    pub server_url: String,
    /// Whose export.
    pub user_id: String,
    /// Their name.
    pub user_name: String,
    /// When it was made, RFC 3339.
    pub time: String,
    /// Messages in all.
    pub messages: u64,
    /// Rooms.
    pub rooms: Vec<RoomEntry>,
    /// Files, this one left aside.
    pub files: Vec<FileEntry>,
}

/// A room of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomEntry {
    /// Its id.
    pub id: String,
    /// `#name` or `@user`.
    pub label: String,
    /// One line.
    pub topic: String,
    /// Lines in it.
    pub messages: u64,
    /// File of its JSON lines, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lines: Option<String>,
    /// File of its readable page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<String>,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// A message as a JSON line; named as `tail --json` does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its place.
    pub seq: u64,
    /// The server's time, RFC 3339.
    pub time: String,
    /// The same in milliseconds since 1970.
    pub time_ms: u64,
    /// User name of who said it.
    pub from: String,
    /// Their id.
    pub user: String,
    /// How they want to be called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display: Option<String>,
    /// On which device.
    pub device: String,
    /// `text`, `members`, `deleted`, `unreadable`, `unknown`.
    pub kind: String,
    /// What was said.
    pub text: String,
    /// It came from an export itself.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub imported: bool,
}

impl Manifest {
    /// Reads and checks it.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ExportError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let wrong = |why: String| ExportError::Malformed("manifest.json".to_owned(), why);
        let Versioned { version } =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if version > VERSION {
            return Err(ExportError::Newer(version));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        let plain = |name: &str| {
            let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(safe)
        };
        if manifest.rooms.len() > ROOMS_MAX || manifest.files.len() > 2 * ROOMS_MAX + 8 {
            return Err(wrong("it names more rooms than anybody has".to_owned()));
        }
        if let Some(file) = manifest.files.iter().find(|file| !plain(&file.name)) {
            return Err(wrong(format!("'{}' is no file name", file.name.escape_default())));
        }
        for room in &manifest.rooms {
            if room.label.len() > NAME_BYTES_MAX || room.topic.len() > NAME_BYTES_MAX {
                return Err(wrong("a room's name is longer than names are".to_owned()));
            }
            let listed = |name: &String| manifest.files.iter().any(|file| file.name == *name);
            if !room.lines.iter().chain(&room.page).all(listed) {
                return Err(wrong("a room's file is not on the list of files".to_owned()));
            }
        }
        Ok(manifest)
    }
}

impl RoomEntry {
    /// The room, to be imported.
    ///
    /// # Errors
    /// [`ExportError::Malformed`].
    pub fn room(&self) -> Result<ImportedRoom, ExportError> {
        let room = self.id.parse().map_err(|_| {
            ExportError::Malformed("manifest.json".to_owned(), "a room's id is none".to_owned())
        })?;
        let name = self.label.trim_start_matches(['#', '@']).to_owned();
        Ok(ImportedRoom { room, name, topic: self.topic.clone() })
    }
}

impl Line {
    /// A placed line of a timeline; `None` for one that waits. `time`: RFC 3339.
    pub fn of(view: &MessageView, time: String) -> Option<Self> {
        Some(Self {
            id: view.message_id.to_string(),
            seq: view.seq?.0,
            time,
            time_ms: view.time.0,
            from: view.from.clone(),
            user: view.user.to_string(),
            display: view.display.clone(),
            device: view.device.to_string(),
            kind: view.kind.name().to_owned(),
            text: view.text.clone(),
            imported: view.imported,
        })
    }

    /// Reads a line.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let line: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let long = |text: &str| text.len() > NAME_BYTES_MAX;
        if line.text.len() > limits::TEXT_BYTES_MAX {
            return Err("a text is longer than any message".to_owned());
        }
        if long(&line.from) || line.display.as_deref().is_some_and(long) || long(&line.kind) {
            return Err("a name is longer than names are".to_owned());
        }
        Ok(line)
    }

    /// What is to be imported of it; `None` for lines that are no messages.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn message(self) -> Result<Option<ImportedMessage>, String> {
        if self.kind != "text" || self.text.is_empty() {
            return Ok(None);
        }
        let wrong = |what: &str| format!("{what} is no id");
        Ok(Some(ImportedMessage {
            message_id: self.id.parse().map_err(|_| wrong("a message's id"))?,
            device: self.device.parse().map_err(|_| wrong("a device's id"))?,
            user: self.user.parse().map_err(|_| wrong("a user's id"))?,
            from: self.display.unwrap_or(self.from),
            seq: Seq(self.seq),
            time: UnixMillis(self.time_ms),
            text: self.text,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str) -> String {
        format!(
            r#"{{"version":1,"server_id":"","server_url":"","user_id":"","user_name":"","time":"","messages":0,
               "rooms":[],"files":[{{"name":"{name}","bytes":1,"sha256":""}}]}}"#
        )
    }

    #[test]
    fn file_names_lead_nowhere_else() {
        assert!(Manifest::parse(manifest("room-01.jsonl").as_bytes()).is_ok());
        for name in ["../x", "/etc/passwd", "a/b", ".hidden", "", "a\\b", "c:d", "x\\u0000"] {
            let refused = Manifest::parse(manifest(name).as_bytes());
            assert!(matches!(refused, Err(ExportError::Malformed(..))), "{name}");
        }
    }

    #[test]
    fn a_newer_format_is_named() {
        let newer = manifest("a").replace("\"version\":1", "\"version\":2");
        assert!(matches!(Manifest::parse(newer.as_bytes()), Err(ExportError::Newer(2))));
    }
}
