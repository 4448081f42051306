//! Receipts: this device says how far it has come, and compares what the others say with what it has seen
//! (docs/protocol.md §8.3).

use bytes::Bytes;
use securechat_ids::{DeviceId, Epoch, RoomId, Seq, UnixMillis};
use securechat_mls_member::Provider;
use securechat_proto::frame::{FetchReceipts, PutReceipt, Receipts, Request, RoomReceipt};
use securechat_proto::{Code, Refusal, limits};
use sha2::{Digest, Sha256};

use super::pump::bytes;
use crate::engine::{Engine, EngineError};
use crate::evidence::{Evidence, EvidenceDetails, EvidenceKind};
use crate::memory::message_rows::{Between, is_between};
use crate::memory::receipt_rows::ReceiptRow;
use crate::memory::{MessageRow, RoomRow, RoomState, receipt_rows, room_rows, setting_rows};
use crate::output::News;
use crate::receipt::{Receipt, ReceiptKey, SignedReceipt};
use crate::work::Asked;
use crate::{Cx, cbor};

/// What arrives is gathered this long before a receipt, in milliseconds, and up to as much again by chance.
const GATHER_MS: (u64, u64) = (2_000, 1_000);
/// In large rooms, further milliseconds for each device: they all enter an epoch at once.
const SPREAD_MS: u64 = 50;
/// Name and value of the setting by which a person does not tell what arrived.
const SETTING: (&str, &str) = ("receipts", "off");
/// Events back from the newest for which arrival is shown.
const SHOWN_BACK: u64 = 100;

/// A receipt that came for an epoch this device has not entered yet.
pub(crate) type Later = (Epoch, Bytes);

impl Engine {
    /// Something of somebody else was taken in.
    pub(super) fn heard(&mut self, room: &RoomId) -> Result<(), EngineError> {
        if self.work.entry(*room).or_default().receipt_wanted {
            return Ok(());
        }
        if room_rows::count_leaves(&self.conn, room)? <= limits::RECEIPT_DEVICES_MAX {
            self.work.entry(*room).or_default().receipt_wanted = true;
        }
        Ok(())
    }

    /// After a connection began: what was not said before it ended is said now, and what the others said is read.
    pub(super) fn resume_receipts(&mut self, row: &RoomRow) -> Result<(), EngineError> {
        let put = receipt_rows::read(&self.conn, &row.room, &self.me.device_id)?;
        let (epoch, seq) = put.map_or((None, Seq(0)), |put| (Some(put.epoch), put.seq));
        let others = Between::OtherDevice(&self.me.device_id);
        if epoch != Some(row.epoch) {
            self.work.entry(row.room).or_default().receipt_wanted = true;
        } else if is_between(&self.conn, &row.room, (seq, row.cursor), &others)? {
            self.heard(&row.room)?;
        }
        self.receipts_due.insert(row.room);
        Ok(())
    }

    /// Puts this device's receipt when it is time.
    pub(super) fn pump_receipt(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let work = self.work.entry(row.room).or_default();
        if !work.receipt_wanted {
            return Ok(());
        }
        let at = match work.receipt_at {
            Some(at) => at,
            None => self.receipt_time(row, cx)?,
        };
        let work = self.work.entry(row.room).or_default();
        if at > cx.now {
            work.receipt_at = Some(at);
            return Ok(());
        }
        (work.receipt_at, work.receipt_wanted) = (None, false);
        let Some(sealed) = self.make_receipt(row, cx)? else { return Ok(()) };
        let put = PutReceipt { room: bytes(row.room.as_bytes()), epoch: row.epoch.0, sealed: sealed.into() };
        let (room, epoch, seq) = (row.room, row.epoch, row.cursor);
        self.ask(Request::PutReceipt(put), Asked::PutReceipt { room, epoch, seq });
        Ok(())
    }

    fn receipt_time(&self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<UnixMillis, EngineError> {
        let devices = room_rows::count_leaves(&self.conn, &row.room)?;
        let more = devices.saturating_sub(limits::RECEIPT_DEVICES_MAX) as u64;
        Ok(cx.now.plus(GATHER_MS.0 + cx.jitter_ms(GATHER_MS.1 + more * SPREAD_MS)))
    }

    fn make_receipt(&mut self, row: &RoomRow, cx: &mut Cx<'_>) -> Result<Option<Vec<u8>>, EngineError> {
        let Some(transcript) = room_rows::transcript(&self.conn, &row.room, row.cursor)? else {
            return Ok(None);
        };
        let silent = setting_rows::read(&self.conn, SETTING.0)?.as_deref() == Some(SETTING.1);
        let (seq, transcript) = if silent { (Seq(0), [0; 32]) } else { (row.cursor, transcript) };
        let group = self.take_group(&row.room)?;
        let receipt = Receipt {
            room: row.room,
            epoch: row.epoch,
            user: self.me.user_id,
            device: self.me.device_id,
            seq,
            transcript,
            authenticator: Sha256::digest(group.epoch_authenticator()).into(),
            log: self.log_head(),
        };
        let key = ReceiptKey::of(&Provider::new(&self.conn), &group)?;
        self.keep_group(group);
        Ok(Some(key.seal(&self.me.device_id, &receipt.sign(&self.me.key), cx)))
    }

    /// Our receipt is at the server.
    pub(super) fn receipt_is_put(
        &mut self,
        room: &RoomId,
        epoch: Epoch,
        seq: Seq,
    ) -> Result<(), EngineError> {
        let row = ReceiptRow { device: self.me.device_id, epoch, seq, receipt: Vec::new(), compared: true };
        Ok(receipt_rows::write(&self.conn, room, &row)?)
    }

    /// Our receipt was not taken. It holds nothing else up; where waiting helps it is tried again.
    pub(super) fn receipt_refused(&mut self, room: &RoomId, refusal: &Refusal, cx: &mut Cx<'_>) {
        if matches!(refusal.code, Code::RateLimited | Code::Busy | Code::StorageFull | Code::Internal) {
            let wait_ms = refusal.retry_after_ms.clamp(GATHER_MS.0, 60_000) + cx.jitter_ms(GATHER_MS.1);
            let work = self.work.entry(*room).or_default();
            work.receipt_wanted = true;
            work.receipt_at = Some(cx.now.plus(wait_ms));
        }
    }

    /// Reads what the others said, room after room.
    pub(super) fn pump_receipts(&mut self) {
        if self.hold.is_some() || self.asked.values().any(|asked| matches!(asked, Asked::Receipts { .. })) {
            return;
        }
        if let Some(room) = self.receipts_due.pop_first() {
            let fetch = FetchReceipts { room: bytes(room.as_bytes()) };
            self.ask(Request::FetchReceipts(fetch), Asked::Receipts { room });
        }
    }

    pub(super) fn receipts_page(
        &mut self,
        room: &RoomId,
        page: &Receipts,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        for receipt in page.receipts.iter().take(limits::LEAVES_PER_ROOM_MAX) {
            let Ok(device) = DeviceId::try_from(receipt.device.as_ref()) else { continue };
            self.take_in_receipt(room, device, Epoch(receipt.epoch), &receipt.sealed, cx)?;
        }
        Ok(())
    }

    pub(super) fn receipt_came(&mut self, receipt: &RoomReceipt, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        match (RoomId::try_from(receipt.room.as_ref()), DeviceId::try_from(receipt.device.as_ref())) {
            (Ok(room), Ok(device)) => {
                self.take_in_receipt(&room, device, Epoch(receipt.epoch), &receipt.sealed, cx)
            }
            (_, _) => Ok(()),
        }
    }

    /// Opens receipts that came before this device had entered their epoch.
    pub(super) fn later_receipts(&mut self, room: &RoomId, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let later = std::mem::take(&mut self.work.entry(*room).or_default().receipts_later);
        for (device, (epoch, sealed)) in later {
            self.take_in_receipt(room, device, epoch, &sealed, cx)?;
        }
        Ok(())
    }

    fn take_in_receipt(
        &mut self,
        room: &RoomId,
        device: DeviceId,
        epoch: Epoch,
        sealed: &Bytes,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let Some(mut row) = room_rows::read(&self.conn, room)? else { return Ok(()) };
        if row.state != RoomState::Joined || device == self.me.device_id || epoch < row.epoch {
            return Ok(());
        }
        if epoch > row.epoch {
            let later = &mut self.work.entry(*room).or_default().receipts_later;
            if later.len() < limits::LEAVES_PER_ROOM_MAX && sealed.len() <= limits::RECEIPT_BYTES_MAX {
                later.insert(device, (epoch, sealed.clone()));
            }
            return Ok(());
        }
        let group = self.take_group(room)?;
        let leaf = group.leaves().into_iter().find(|leaf| leaf.member.device_id == device);
        let authenticator: [u8; 32] = Sha256::digest(group.epoch_authenticator()).into();
        let key = ReceiptKey::of(&Provider::new(&self.conn), &group);
        self.keep_group(group);
        let (Some(leaf), Some(signed)) = (leaf, key?.open(&device, sealed)) else { return Ok(()) };
        let Some(receipt) = signed.verify(&leaf.key) else { return Ok(()) };
        let is_theirs = receipt.room == *room
            && receipt.epoch == epoch
            && receipt.device == device
            && receipt.user == leaf.member.user_id;
        let before = receipt_rows::read(&self.conn, room, &device)?;
        // An old one again says nothing new; a device that tells nothing any more says so by 0.
        let is_old = before.as_ref().is_some_and(|kept| {
            kept.epoch > epoch || kept.epoch == epoch && receipt.seq.0 != 0 && receipt.seq < kept.seq
        });
        if !is_theirs || is_old {
            return Ok(());
        }
        let seen = seen(&receipt, &signed, cx);
        self.compare_head(receipt.log, seen.clone())?;
        let forked = receipt.authenticator != authenticator;
        if forked {
            self.fork(&mut row, Some(authenticator), receipt.authenticator, seen)?;
            room_rows::write(&self.conn, &row)?;
        }
        let compared = forked || receipt.seq.0 == 0;
        let kept = ReceiptRow { device, epoch, seq: receipt.seq, receipt: cbor::to_bytes(&signed), compared };
        receipt_rows::write(&self.conn, room, &kept)?;
        self.compare_receipts(&mut row, cx)?;
        let was = before.map_or(Seq(0), |before| before.seq);
        let mine = Between::User(&self.me.user_id);
        if is_between(&self.conn, room, (was, receipt.seq), &mine)? {
            self.tell(News::Timeline { room: *room });
        }
        Ok(())
    }

    /// Compares the transcripts of receipts up to where this device has come.
    pub(super) fn compare_receipts(&mut self, row: &mut RoomRow, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        for kept in receipt_rows::waiting(&self.conn, &row.room, row.cursor)? {
            let signed: Option<SignedReceipt> = cbor::from_bytes(&kept.receipt);
            let said = signed.as_ref().and_then(|signed| Some((signed.unverified()?, signed)));
            receipt_rows::write(&self.conn, &row.room, &ReceiptRow { compared: true, ..kept })?;
            let Some((receipt, signed)) = said.filter(|(receipt, _)| receipt.epoch == row.epoch) else {
                continue;
            };
            let ours = room_rows::transcript(&self.conn, &row.room, receipt.seq)?;
            if ours != Some(receipt.transcript) {
                self.fork(row, ours, receipt.transcript, seen(&receipt, signed, cx))?;
                room_rows::write(&self.conn, row)?;
            }
        }
        Ok(())
    }

    /// On how many of a room's devices a message of this person has arrived, and of how many that tell; nothing for what is
    /// not said any more or not told in this room.
    pub(super) fn arrived(
        &self,
        message: &MessageRow,
        room: &RoomRow,
    ) -> Result<Option<(usize, usize)>, EngineError> {
        let Some(seq) = message.seq else { return Ok(None) };
        let leaves = room_rows::leaves(&self.conn, &room.room)?;
        let recent = seq.0 + SHOWN_BACK > room.cursor.0;
        let told = message.user == self.me.user_id && message.kind == "text" && recent;
        if !told || room.state != RoomState::Joined || leaves.len() > limits::RECEIPT_DEVICES_MAX {
            return Ok(None);
        }
        let receipts = receipt_rows::all(&self.conn, &room.room)?;
        let (mut arrived, mut of) = (0, 0);
        for (_, _, device) in leaves.iter().filter(|(_, _, device)| *device != message.device) {
            let told = receipts.iter().find(|receipt| receipt.device == *device);
            let is_here = *device == self.me.device_id;
            if is_here || told.is_none_or(|receipt| receipt.seq.0 > 0) {
                of += 1;
                arrived += usize::from(is_here || told.is_some_and(|receipt| receipt.seq >= seq));
            }
        }
        Ok(Some((arrived, of)))
    }
}

fn seen(receipt: &Receipt, signed: &SignedReceipt, cx: &Cx<'_>) -> Evidence {
    Evidence {
        time: cx.now,
        what: EvidenceKind::Fork,
        sentence: String::new(),
        room: Some(receipt.room),
        user: Some(receipt.user),
        device: Some(receipt.device),
        looked_at: false,
        details: EvidenceDetails {
            epoch: Some(receipt.epoch.0),
            seq: Some(receipt.seq.0),
            their_head: Some(receipt.log),
            said: signed.bytes().to_vec().into(),
            signature: signed.signature().to_vec().into(),
            ..EvidenceDetails::default()
        },
    }
}
