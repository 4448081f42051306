//! How one talks to each of the two servers: to ours as docs/protocol.md says, to the floor in a letter or two.

use anyhow::{Result, bail};
use bytes::Bytes;
use securechat_ids::{Epoch, RoomId};
use securechat_proto::VERSION;
use securechat_proto::frame::{Answer, ClientFrame, Hello, Publish, Request, ServerFrame};

use crate::floor;

/// Bytes of a body: a sentence or two, sealed.
pub(crate) const BODY_BYTES: usize = 300;
/// First byte of our server's frame with an event as news: field 14, with a length; news have no id.
const EVENT: u8 = 14 << 3 | 2;

/// Which server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speech {
    Ours,
    Floor,
}

/// What one member needs to come in.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Session token; the floor asks for none.
    pub(crate) token: String,
    /// Rooms by number; ours knows them already.
    pub(crate) rooms: Vec<u16>,
}

/// A message's number and when it was said, in the first bytes of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) ns: u64,
    pub(crate) sender: u32,
}

/// What a frame of a server says.
#[derive(Debug)]
pub(crate) enum Heard {
    /// One delivery.
    Message(Stamp),
    /// An answer to a request.
    Answer(ServerFrame),
    /// Nothing that counts.
    Else,
}

impl Stamp {
    fn body(self) -> [u8; BODY_BYTES] {
        let mut body = [0x5a; BODY_BYTES];
        body[..8].copy_from_slice(&self.ns.to_be_bytes());
        body[8..12].copy_from_slice(&self.sender.to_be_bytes());
        body
    }

    fn read(body: &[u8]) -> Option<Self> {
        let ns = u64::from_be_bytes(body.get(..8)?.try_into().ok()?);
        let sender = u32::from_be_bytes(body.get(8..12)?.try_into().ok()?);
        Some(Self { ns, sender })
    }
}

impl Speech {
    /// The first frame of a session.
    pub(crate) fn greeting(self, entry: &Entry) -> Vec<u8> {
        match self {
            Speech::Ours => {
                let hello = Hello { version: VERSION, token: entry.token.clone() };
                ClientFrame::new(1, Request::Hello(hello)).to_bytes().to_vec()
            }
            Speech::Floor => {
                let rooms = entry.rooms.iter().flat_map(|room| room.to_be_bytes());
                std::iter::once(floor::JOIN).chain(rooms).collect()
            }
        }
    }

    /// A message to a room. `id` is new for each.
    pub(crate) fn message(self, room: u16, id: u64, stamp: Stamp) -> Vec<u8> {
        let body = stamp.body();
        match self {
            Speech::Ours => {
                let room = room_id(room);
                let mut message_id = [0; 16];
                message_id[..8].copy_from_slice(&id.to_be_bytes());
                message_id[8..].copy_from_slice(&stamp.ns.to_be_bytes());
                let publish = Publish {
                    room: Bytes::copy_from_slice(room.as_bytes()),
                    base_epoch: 0,
                    message_id: Bytes::copy_from_slice(&message_id),
                    mls: outside_of(&room).into(),
                    body: Bytes::copy_from_slice(&body),
                };
                ClientFrame::new(id, Request::Publish(publish)).to_bytes().to_vec()
            }
            Speech::Floor => {
                let [high, low] = room.to_be_bytes();
                [&[floor::MESSAGE, high, low], body.as_slice()].concat()
            }
        }
    }

    /// Reads a frame; of a message no more than its stamp, so that hearing costs the generator little.
    ///
    /// # Errors
    /// What no run may come upon: a refusal, or a `Resync`, after which deliveries would be missing.
    pub(crate) fn read(self, frame: &[u8]) -> Result<Heard> {
        let is_message = self == Speech::Floor || frame.first() == Some(&EVENT);
        if is_message {
            let body = frame.len().checked_sub(BODY_BYTES).and_then(|begin| Stamp::read(&frame[begin..]));
            return Ok(body.map_or(Heard::Else, Heard::Message));
        }
        let frame = ServerFrame::parse(Bytes::copy_from_slice(frame))?;
        match &frame.answer {
            Some(Answer::Refused(refused) | Answer::Bye(refused)) => bail!("refused: {}", refused.message),
            Some(Answer::Resync(_)) => bail!("a member was too slow and missed something"),
            Some(_) if frame.id > 0 => Ok(Heard::Answer(frame)),
            _ => Ok(Heard::Else),
        }
    }
}

/// The room of a number, as our server knows it.
pub(crate) fn room_id(number: u16) -> RoomId {
    let mut id = [0x42; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    RoomId::from_bytes(id)
}

/// What the server looks at of a message: the clear header of RFC 9420 §6.3 at epoch 0, and noise.
pub(crate) fn outside_of(room: &RoomId) -> Vec<u8> {
    let mut mls = vec![0, 1, 0, 2, 16];
    mls.extend(room.as_bytes());
    mls.extend(Epoch(0).0.to_be_bytes());
    mls.extend([1, 0, 2, 9, 9, 3, 8, 8, 8]);
    mls
}

#[cfg(test)]
mod tests {
    use securechat_proto::frame::{Event, EventKind};

    use super::*;

    const STAMP: Stamp = Stamp { ns: 123, sender: 7 };

    #[test]
    fn what_was_said_is_known_again_when_it_comes_back() {
        let said = Speech::Floor.message(5, 1, STAMP);
        let Ok(Heard::Message(heard)) = Speech::Floor.read(&said[3..]) else { panic!("a message") };
        assert_eq!(heard, STAMP);

        let frame = ClientFrame::parse(Speech::Ours.message(5, 1, STAMP).into()).unwrap();
        let Some(Request::Publish(publish)) = frame.request else { panic!("a message") };
        let event = Event {
            room: publish.room,
            seq: 9,
            kind: EventKind::Message.into(),
            message_id: publish.message_id,
            mls: publish.mls,
            body: publish.body,
            ..Event::default()
        };
        let news = ServerFrame::news(Answer::Event(event)).to_bytes();
        let Ok(Heard::Message(heard)) = Speech::Ours.read(&news) else { panic!("a message") };
        assert_eq!(heard, STAMP);
    }

    #[test]
    fn what_the_server_looks_at_holds() {
        let room = room_id(5);
        let peeked = securechat_mls::peek_private_message(&outside_of(&room)).unwrap();
        assert_eq!((peeked.room, peeked.epoch), (room, Epoch(0)));
    }

    #[test]
    fn a_missed_message_fails_the_run() {
        let news = ServerFrame::news(Answer::Resync(Default::default())).to_bytes();
        assert!(Speech::Ours.read(&news).is_err());
    }
}
