//! A message comes in: it is opened, compared with what its sender saw, and kept as what it is.

use rusqlite::Connection;
use securechat_mls_member::{Group, MemberError, Provider, Received};
use securechat_proto::frame::Event;

use super::echo::TWICE;
use super::event::Place;
use super::keep::sender_of;
use crate::Cx;
use crate::content::Envelope;
use crate::engine::{Engine, EngineError};
use crate::evidence::{Evidence, EvidenceDetails, EvidenceKind};
use crate::memory::{RoomRow, history_rows, message_rows, room_rows};
use crate::seal::{Bound, Origin, unseal};
use crate::unreadable::Unreadable;

const FROM_ARCHIVE: &str = "a message of this room did not open as it came and was read from the archive, so nobody knows \
                            whether it stands where its sender put it";

/// What came of a message's bytes.
enum Opened {
    Content(Envelope),
    Unreadable(Unreadable),
}

impl Engine {
    /// Takes in something said: ours comes back, others' is opened, and what cannot be is a line that says why.
    pub(super) fn take_in_message(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        if place.device == self.me.device_id {
            return self.take_in_echo(row, place, event);
        }
        if let Some(known) = message_rows::by_id(&self.conn, &row.room, &place.device, &place.message_id)? {
            if !known.imported {
                self.alarm_in(row, TWICE);
                return Ok(());
            }
            message_rows::delete(&self.conn, &row.room, &place.device, &place.message_id)?;
        }
        match self.open(row, event, place, cx)? {
            Opened::Content(envelope) => self.keep(row, place, &envelope),
            Opened::Unreadable(why) => match self.read_from_archive(row, place, &event.body, why)? {
                Some(envelope) => {
                    self.alarm_in(row, FROM_ARCHIVE);
                    self.keep(row, place, &envelope)
                }
                None => self.keep_unreadable(row, place, why),
            },
        }
    }

    /// What MLS does not open but the epoch's own key does: said by that device of this room, in this epoch, under this id.
    /// Where its sender stood in the log is not known of it, so it is never taken in without an alarm.
    pub(super) fn read_from_archive(
        &self,
        row: &RoomRow,
        place: Place,
        body: &[u8],
        why: Unreadable,
    ) -> Result<Option<Envelope>, EngineError> {
        let is_of_ratchets =
            matches!(why, Unreadable::Undecryptable | Unreadable::OutOfWindow | Unreadable::OwnLost);
        if !is_of_ratchets || body.is_empty() {
            return Ok(None);
        }
        let Some(user) = sender_of(&self.conn, &row.room, &place.device)? else { return Ok(None) };
        let device = self.registry.chain(&user).and_then(|chain| chain.devices().get(&place.device));
        let key = history_rows::own_key(&self.conn, &row.room, row.epoch)?;
        let (Some(device), Some(archive)) = (device, key) else { return Ok(None) };
        let origin = Origin {
            room: row.room,
            epoch: row.epoch,
            user,
            device: place.device,
            key: device.key,
            message_id: place.message_id,
        };
        Ok(origin.unseal(&archive, body).ok())
    }

    /// Decrypts in a savepoint: what cannot be opened leaves no trace in the ratchets.
    fn open(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<Opened, EngineError> {
        self.conn.execute_batch("SAVEPOINT message")?;
        let mut group = self.take_group(&row.room)?;
        let opened = decrypt(&mut group, &self.conn, event, place);
        match opened {
            Ok((envelope, bound)) => {
                self.conn.execute_batch("RELEASE message")?;
                self.keep_group(group);
                self.compare_bound(row, event, &envelope, &bound, cx)?;
                Ok(Opened::Content(envelope))
            }
            Err(why) => {
                self.conn.execute_batch("ROLLBACK TO message; RELEASE message")?;
                Ok(Opened::Unreadable(why))
            }
        }
    }

    /// A sender who saw another history or another list of people than we did means that the server shows different people
    /// different things.
    fn compare_bound(
        &mut self,
        row: &mut RoomRow,
        event: &Event,
        envelope: &Envelope,
        bound: &Bound,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let seen = Evidence {
            time: cx.now,
            what: EvidenceKind::Fork,
            sentence: String::new(),
            room: Some(row.room),
            user: Some(envelope.user),
            device: Some(envelope.device),
            looked_at: false,
            details: EvidenceDetails {
                epoch: Some(event.epoch),
                seq: Some(bound.last_seen.0),
                said: event.mls.to_vec().into(),
                bound: bound.to_bytes().into(),
                ..EvidenceDetails::default()
            },
        };
        self.compare_head(bound.log, seen.clone())?;
        // Checked first: a seq is a number for the database only when it can be one of this room.
        let ours = match bound.last_seen.0 < event.seq {
            true => room_rows::transcript(&self.conn, &row.room, bound.last_seen)?,
            false => None,
        };
        if ours == Some(bound.transcript) {
            return Ok(());
        }
        self.fork(row, ours, bound.transcript, seen)
    }

    /// Says that somebody is shown another version of a room.
    pub(super) fn fork(
        &mut self,
        row: &mut RoomRow,
        ours: Option<[u8; 32]>,
        theirs: [u8; 32],
        seen: Evidence,
    ) -> Result<(), EngineError> {
        let who = self.whose(seen.user)?;
        let sentence = format!("{who} and you are shown different versions of this room by the server");
        row.trouble = Some(sentence.clone());
        let details = EvidenceDetails {
            our_hash: ours.map(Vec::from).unwrap_or_default().into(),
            their_hash: theirs.to_vec().into(),
            ..seen.details
        };
        self.keep_evidence(Evidence { sentence, details, ..seen })
    }
}

fn decrypt(
    group: &mut Group,
    conn: &Connection,
    event: &Event,
    place: Place,
) -> Result<(Envelope, Bound), Unreadable> {
    let provider = Provider::new(conn);
    let received = group.receive(&provider, &event.mls).map_err(|error| match error {
        MemberError::Epoch { .. } => Unreadable::WrongEpoch,
        MemberError::OutOfWindow => Unreadable::OutOfWindow,
        MemberError::OwnMessage
        | MemberError::NoKeyPackage
        | MemberError::Invalid(_)
        | MemberError::Store(_) => Unreadable::Undecryptable,
    })?;
    let Received::Message { leaf, aad, plaintext } = received else {
        return Err(Unreadable::Tampered);
    };
    let bound = Bound::from_bytes(&aad).ok_or(Unreadable::Tampered)?;
    let is_as_bound = bound.room == group.room()
        && bound.message_id == place.message_id
        && leaf.member.device_id == place.device;
    if !is_as_bound {
        return Err(Unreadable::Tampered);
    }
    let envelope = unseal(&provider, group, &leaf, &place.message_id, &plaintext, &event.body)
        .map_err(|_| Unreadable::Tampered)?;
    Ok((envelope, bound))
}
