//! What devices show, against the log, the rights and each other: I1, I2, I3, I6, I7, I8, I15.

use std::collections::{BTreeMap, BTreeSet};

use crate::index::{Index, View};
use crate::{Entry, Invariant, Report, Violation};

pub(crate) fn check(index: &Index<'_>, report: &mut Report) {
    let mut agreed: BTreeMap<(&str, u64), (&str, &Entry)> = BTreeMap::new();
    for view in &index.views {
        by_itself(view, report);
        for entry in view.entries {
            rights(index, view, entry, report);
            if entry.unread.is_some() {
                continue;
            }
            let (one, first) = *agreed.entry((view.room, entry.seq)).or_insert((view.device, entry));
            let same = first.message == entry.message && first.sender == entry.sender;
            report.hold(Invariant::I3, same, || Violation::Disagree {
                room: view.room.to_owned(),
                seq: entry.seq,
                one: one.to_owned(),
                by_one: format!("{}: {}", first.sender, first.message),
                other: view.device.to_owned(),
                by_other: format!("{}: {}", entry.sender, entry.message),
            });
        }
        if view.complete {
            nothing_missing(index, view, report);
        }
    }
    given(index, report);
}

/// In order, and nothing twice.
fn by_itself(view: &View<'_>, report: &mut Report) {
    for pair in view.entries.windows(2) {
        report.hold(Invariant::I3, pair[0].seq <= pair[1].seq, || Violation::ShownOutOfOrder {
            device: view.device.to_owned(),
            room: view.room.to_owned(),
            earlier: pair[1].seq,
            later: pair[0].seq,
        });
    }
    let (mut places, mut messages) = (BTreeMap::new(), BTreeMap::new());
    for entry in view.entries {
        let count = places.entry(entry.seq).or_insert(0);
        *count += 1;
        let first = match entry.unread {
            None => *messages.entry(entry.message.as_str()).or_insert(entry.seq),
            Some(_) => entry.seq,
        };
        report.hold(Invariant::I2, *count == 1 && first == entry.seq, || Violation::ShownTwice {
            device: view.device.to_owned(),
            room: view.room.to_owned(),
            message: entry.message.clone(),
            first,
            second: entry.seq,
        });
    }
}

/// I6, I7, I8, I15: what is shown is what may be, and what may be can be read.
fn rights(index: &Index<'_>, view: &View<'_>, entry: &Entry, report: &mut Report) {
    let rights = index.rights_of(view.device, view.room);
    let (device, room) = (|| view.device.to_owned(), || view.room.to_owned());
    if let Some(why) = &entry.unread {
        let owed = rights.iter().any(|right| right.demands(entry.seq));
        report.hold(Invariant::I6, !owed, || Violation::Unreadable {
            device: device(),
            room: room(),
            seq: entry.seq,
            why: why.0.clone(),
        });
        return;
    }
    report.weigh(Invariant::I6);
    let covered = rights.iter().any(|right| right.covers(entry.seq));
    report.hold(Invariant::I15, covered || !rights.is_empty(), || Violation::ReadWithoutRight {
        device: device(),
        room: room(),
        message: entry.message.clone(),
        seq: entry.seq,
    });
    let ended = rights.iter().filter_map(|right| right.to).filter(|to| *to < entry.seq).max();
    if ended.is_some() || covered {
        report.hold(Invariant::I7, covered, || Violation::ReadAfterRemoval {
            device: device(),
            room: room(),
            message: entry.message.clone(),
            seq: entry.seq,
            ended: ended.unwrap_or_default(),
        });
    }
    let from = rights.iter().map(|right| right.from).min();
    if let Some(from) = from.filter(|_| ended.is_none()) {
        report.hold(Invariant::I8, covered, || Violation::ReadBeforeJoin {
            device: device(),
            room: room(),
            message: entry.message.clone(),
            seq: entry.seq,
            from,
        });
    }
}

/// I1, the second half: who is at rest and entitled shows what was acknowledged.
fn nothing_missing(index: &Index<'_>, view: &View<'_>, report: &mut Report) {
    let rights = index.rights_of(view.device, view.room);
    let shown: BTreeMap<&str, u64> = view
        .entries
        .iter()
        .filter(|entry| entry.unread.is_none())
        .map(|entry| (entry.message.as_str(), entry.seq))
        .collect();
    let unreadable: BTreeSet<u64> =
        view.entries.iter().filter(|entry| entry.unread.is_some()).map(|entry| entry.seq).collect();
    for (message, send) in index.sends.iter().filter(|(_, send)| send.room == view.room) {
        if send.acks.is_empty() {
            continue;
        }
        let seq = index.place(message, send);
        // Without a place nobody can say who is entitled but those who always were.
        let owed = match seq {
            Some(seq) => rights.iter().any(|right| right.demands(seq)),
            None => rights.iter().any(|right| right.due <= 1 && right.to.is_none()),
        };
        // What is there and cannot be read is I6's to say.
        if !owed || seq.is_some_and(|seq| unreadable.contains(&seq)) {
            continue;
        }
        let here = shown.get(message).is_some_and(|at| seq.is_none_or(|seq| seq == *at));
        report.hold(Invariant::I1, here, || Violation::NotShown {
            device: view.device.to_owned(),
            room: view.room.to_owned(),
            message: (*message).to_owned(),
            seq,
        });
    }
}

/// I15: the server gives rows to those alone who may have them.
fn given(index: &Index<'_>, report: &mut Report) {
    for (device, room, seq) in &index.delivered {
        let covered = index.rights_of(device, room).iter().any(|right| right.covers(*seq));
        report.hold(Invariant::I15, covered, || Violation::GivenWithoutRight {
            device: (*device).to_owned(),
            room: (*room).to_owned(),
            seq: *seq,
        });
    }
}
