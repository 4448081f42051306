//! What people say: the content envelope, versioned so that a newer client's message is kept and named, never lost.

use securechat_ids::{DeviceId, Epoch, MessageId, RoomId, UnixMillis, UserId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::archive::ArchiveKey;
use crate::cbor;

/// Version of envelopes this build writes.
const VERSION: u8 = 1;

/// A message's content with its origin, before sealing (docs/protocol.md §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The room it is for.
    pub room: RoomId,
    /// Its id.
    pub message_id: MessageId,
    /// Who says it.
    pub user: UserId,
    /// On which device.
    pub device: DeviceId,
    /// When, by the sender's clock.
    pub time: UnixMillis,
    /// What.
    pub content: Content,
}

/// Kinds of content. The tag is on the wire; unknown ones are kept as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Something said.
    Text {
        /// In Markdown.
        text: String,
    },
    /// The room's own name and topic; the newest wins.
    Meta {
        /// Without `#`.
        name: String,
        /// One line.
        topic: String,
    },
    /// In the team room: open rooms and where they are. Adds to what is known.
    Directory {
        /// The rooms.
        rooms: Vec<Listing>,
    },
    /// How a person wants to be called.
    Profile {
        /// Display name.
        name: String,
    },
    /// Archive keys whose links are missing in the log.
    Keys {
        /// Each epoch with its key.
        keys: Vec<(Epoch, ArchiveKey)>,
    },
    /// The room that this one goes on from.
    Predecessor {
        /// Which.
        room: RoomId,
        /// Its newest epoch that the sender knows.
        epoch: Epoch,
        /// That epoch's archive key; none where nothing is kept.
        key: Option<ArchiveKey>,
    },
    /// This room goes on elsewhere.
    Successor {
        /// Where.
        room: RoomId,
    },
    /// Something a newer client says.
    Unknown {
        /// Its kind.
        kind: String,
    },
}

/// An open room in the team's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listing {
    /// Where it is.
    pub room: RoomId,
    /// Without `#`.
    pub name: String,
    /// One line.
    pub topic: String,
}

/// `[version, room, message_id, user, device, time, kind, fields]`
#[derive(Serialize, Deserialize)]
struct Wire(u8, RoomId, MessageId, UserId, DeviceId, UnixMillis, String, ByteBuf);

#[derive(Serialize, Deserialize)]
struct TextFields {
    text: String,
}

#[derive(Serialize, Deserialize)]
struct MetaFields {
    name: String,
    topic: String,
}

#[derive(Serialize, Deserialize)]
struct DirectoryFields {
    rooms: Vec<Listing>,
}

#[derive(Serialize, Deserialize)]
struct ProfileFields {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct KeysFields {
    keys: Vec<(Epoch, serde_bytes::ByteArray<32>)>,
}

#[derive(Serialize, Deserialize)]
struct PredecessorFields {
    room: RoomId,
    epoch: Epoch,
    key: Option<serde_bytes::ByteArray<32>>,
}

#[derive(Serialize, Deserialize)]
struct SuccessorFields {
    room: RoomId,
}

impl Content {
    /// The kind on the wire and in JSON.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Content::Text { .. } => "text",
            Content::Meta { .. } => "meta",
            Content::Directory { .. } => "directory",
            Content::Profile { .. } => "profile",
            Content::Keys { .. } => "keys",
            Content::Predecessor { .. } => "predecessor",
            Content::Successor { .. } => "successor",
            Content::Unknown { kind } => kind,
        }
    }

    fn fields(&self) -> Vec<u8> {
        match self.clone() {
            Content::Text { text } => cbor::to_bytes(&TextFields { text }),
            Content::Meta { name, topic } => cbor::to_bytes(&MetaFields { name, topic }),
            Content::Directory { rooms } => cbor::to_bytes(&DirectoryFields { rooms }),
            Content::Profile { name } => cbor::to_bytes(&ProfileFields { name }),
            Content::Keys { keys } => {
                let keys = keys.iter().map(|(epoch, key)| (*epoch, (*key.as_bytes()).into())).collect();
                cbor::to_bytes(&KeysFields { keys })
            }
            Content::Predecessor { room, epoch, key } => {
                let key = key.map(|key| (*key.as_bytes()).into());
                cbor::to_bytes(&PredecessorFields { room, epoch, key })
            }
            Content::Successor { room } => cbor::to_bytes(&SuccessorFields { room }),
            Content::Unknown { .. } => Vec::new(),
        }
    }

    fn read(kind: String, fields: &[u8]) -> Self {
        let known = match kind.as_str() {
            "text" => cbor::from_bytes(fields).map(|TextFields { text }| Content::Text { text }),
            "meta" => {
                cbor::from_bytes(fields).map(|MetaFields { name, topic }| Content::Meta { name, topic })
            }
            "directory" => {
                cbor::from_bytes(fields).map(|DirectoryFields { rooms }| Content::Directory { rooms })
            }
            "profile" => cbor::from_bytes(fields).map(|ProfileFields { name }| Content::Profile { name }),
            "keys" => cbor::from_bytes(fields).map(|KeysFields { keys }| Content::Keys {
                keys: keys
                    .into_iter()
                    .map(|(epoch, key)| (epoch, ArchiveKey::from_bytes(key.into_array())))
                    .collect(),
            }),
            "predecessor" => cbor::from_bytes(fields).map(|PredecessorFields { room, epoch, key }| {
                let key = key.map(|key| ArchiveKey::from_bytes(key.into_array()));
                Content::Predecessor { room, epoch, key }
            }),
            "successor" => {
                cbor::from_bytes(fields).map(|SuccessorFields { room }| Content::Successor { room })
            }
            _ => None,
        };
        known.unwrap_or(Content::Unknown { kind })
    }

    /// The bytes kept in the outbox and beside stored messages.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        cbor::to_bytes(&(self.kind(), ByteBuf::from(self.fields())))
    }

    /// Reads [`Content::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, fields): (String, ByteBuf) = cbor::from_bytes(bytes)?;
        Some(Self::read(kind, &fields))
    }
}

impl Envelope {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        cbor::to_bytes(&Wire(
            VERSION,
            self.room,
            self.message_id,
            self.user,
            self.device,
            self.time,
            self.content.kind().to_owned(),
            ByteBuf::from(self.content.fields()),
        ))
    }

    /// Reads an envelope. A newer version reads as [`Content::Unknown`] as long as its first fields are these.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Wire(version, room, message_id, user, device, time, kind, fields) = cbor::from_bytes(bytes)?;
        let content =
            if version == VERSION { Content::read(kind, &fields) } else { Content::Unknown { kind } };
        Some(Self { room, message_id, user, device, time, content })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(content: Content) -> Envelope {
        Envelope {
            room: RoomId::from_bytes([1; 16]),
            message_id: MessageId::from_bytes([2; 16]),
            user: UserId::from_bytes([3; 16]),
            device: DeviceId::from_bytes([4; 16]),
            time: UnixMillis(5),
            content,
        }
    }

    #[test]
    fn every_kind_survives_its_bytes() {
        let listing =
            Listing { room: RoomId::from_bytes([9; 16]), name: "ops".into(), topic: "on call".into() };
        for content in [
            Content::Text { text: "hello".into() },
            Content::Meta { name: "ops".into(), topic: String::new() },
            Content::Directory { rooms: vec![listing] },
            Content::Profile { name: "Ana".into() },
            Content::Keys { keys: vec![(Epoch(7), ArchiveKey::from_bytes([8; 32]))] },
        ] {
            let envelope = envelope(content.clone());
            assert_eq!(Envelope::from_bytes(&envelope.to_bytes()), Some(envelope));
            assert_eq!(Content::from_bytes(&content.to_bytes()), Some(content));
        }
    }

    #[test]
    fn a_newer_kind_is_kept_by_name() {
        let bytes = cbor::to_bytes(&("poll", ByteBuf::from(vec![1, 2])));
        assert_eq!(Content::from_bytes(&bytes), Some(Content::Unknown { kind: "poll".into() }));
    }
}
