//! What a sender was told, against the log: I1, I4, I5, I13, I14.

use std::collections::BTreeMap;

use crate::index::{Index, Send, Stay};
use crate::{Invariant, Report, RowKind, Violation};

pub(crate) fn check(index: &Index<'_>, report: &mut Report) {
    for (message, send) in &index.sends {
        in_log(index, message, send, report);
        one_answer(index, message, send, report);
        durable_first(index, message, send, report);
        if let (Some(after), Some(seq)) = (send.after, index.place(message, send)) {
            report.hold(Invariant::I5, seq > after, || Violation::BeforeItsCause {
                message: (*message).to_owned(),
                room: send.room.to_owned(),
                after,
                seq,
            });
        }
    }
    order(index, report);
}

/// I1, the first half: what was acknowledged is in the log, if the log was written down.
fn in_log(index: &Index<'_>, message: &str, send: &Send<'_>, report: &mut Report) {
    let Some(rows) = index.rows.get(send.room) else { return };
    for ack in &send.acks {
        let named = |row: &crate::index::Row<'_>| {
            row.kind == RowKind::Message && row.device == send.device && ack.id.is_none_or(|id| id == row.id)
        };
        let is_there = match (ack.seq, ack.id) {
            (Some(seq), _) => rows.get(&seq).is_some_and(|row| row.iter().any(named)),
            (None, Some(id)) => index.places.contains_key(&(send.device, id)),
            (None, None) => continue,
        };
        report.hold(Invariant::I1, is_there, || Violation::NotInLog {
            message: message.to_owned(),
            device: send.device.to_owned(),
            room: send.room.to_owned(),
            seq: ack.seq,
        });
    }
}

/// I14: all answers name one place, and what failed has none.
fn one_answer(index: &Index<'_>, message: &str, send: &Send<'_>, report: &mut Report) {
    let seqs: Vec<u64> = send.acks.iter().filter_map(|ack| ack.seq).collect();
    for pair in seqs.windows(2) {
        report.hold(Invariant::I14, pair[0] == pair[1], || Violation::TwoAnswers {
            message: message.to_owned(),
            first: pair[0],
            second: pair[1],
        });
    }
    if send.failed {
        let place = index.place(message, send);
        report.weigh(Invariant::I14);
        if let Some(seq) = place {
            report.violations.push(Violation::FailedAndKept {
                message: message.to_owned(),
                device: send.device.to_owned(),
                room: send.room.to_owned(),
                seq,
            });
        }
    }
}

/// I13, where a harness can see what is durable.
fn durable_first(index: &Index<'_>, message: &str, send: &Send<'_>, report: &mut Report) {
    if index.kept.is_empty() {
        return;
    }
    for (ack, seq) in send.acks.iter().filter_map(|ack| Some((ack, ack.seq?))) {
        let kept = index.kept.get(&(send.room, seq)).is_some_and(|kept| *kept < ack.line);
        report.hold(Invariant::I13, kept, || Violation::AckedTooEarly {
            message: message.to_owned(),
            room: send.room.to_owned(),
            seq,
        });
    }
}

/// I4: places rise with the order of sending.
fn order(index: &Index<'_>, report: &mut Report) {
    let mut by_sender: BTreeMap<Stay<'_>, BTreeMap<u64, (&str, u64)>> = BTreeMap::new();
    for (message, send) in &index.sends {
        if let Some(seq) = index.place(message, send) {
            by_sender.entry((send.device, send.room)).or_default().insert(send.order, (message, seq));
        }
    }
    for ((device, room), sent) in by_sender {
        let sent: Vec<_> = sent.into_values().collect();
        for pair in sent.windows(2) {
            let ((first, first_at), (second, second_at)) = (pair[0], pair[1]);
            report.hold(Invariant::I4, first_at < second_at, || Violation::SenderOrder {
                device: device.to_owned(),
                room: room.to_owned(),
                first: first.to_owned(),
                first_at,
                second: second.to_owned(),
                second_at,
            });
        }
    }
}
