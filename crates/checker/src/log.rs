//! The log by itself: I2, I3, I9, I10, I12.

use std::collections::BTreeMap;

use crate::index::{Index, Row};
use crate::{Invariant, Report, RowKind, Violation};

pub(crate) fn check(index: &Index<'_>, report: &mut Report) {
    for (room, rows) in &index.rows {
        unchanged(room, rows, report);
        let rows: BTreeMap<u64, Row<'_>> = rows.iter().map(|(seq, said)| (*seq, said[0])).collect();
        gapless(room, &rows, report);
        once(room, &rows, report);
        epochs(room, &rows, report);
        welcomes(index, room, &rows, report);
    }
    for (device, room, seq) in &index.welcomed {
        let Some(rows) = index.rows.get(room) else { continue };
        let commit = rows.get(seq).is_some_and(|said| said[0].kind == RowKind::Commit);
        report.hold(Invariant::I12, commit, || Violation::WelcomeWithoutCommit {
            device: (*device).to_owned(),
            room: (*room).to_owned(),
            seq: *seq,
        });
    }
}

fn unchanged(room: &str, rows: &BTreeMap<u64, Vec<Row<'_>>>, report: &mut Report) {
    let name = |row: &Row<'_>| format!("{} of {} in epoch {}", row.id, row.device, row.epoch);
    for (seq, said) in rows {
        for later in &said[1..] {
            report.hold(Invariant::I3, *later == said[0], || Violation::RowChanged {
                room: room.to_owned(),
                seq: *seq,
                before: name(&said[0]),
                after: name(later),
            });
        }
    }
}

fn gapless(room: &str, rows: &BTreeMap<u64, Row<'_>>, report: &mut Report) {
    let seqs: Vec<u64> = rows.keys().copied().collect();
    for pair in seqs.windows(2) {
        report.hold(Invariant::I3, pair[1] == pair[0] + 1, || Violation::Gap {
            room: room.to_owned(),
            missing: pair[0] + 1,
            next: pair[1],
        });
    }
}

fn once(room: &str, rows: &BTreeMap<u64, Row<'_>>, report: &mut Report) {
    let mut seen: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (seq, row) in rows {
        let first = *seen.entry((row.device, row.id)).or_insert(*seq);
        report.hold(Invariant::I2, first == *seq, || Violation::TwoRows {
            room: room.to_owned(),
            device: row.device.to_owned(),
            id: row.id.to_owned(),
            first,
            second: *seq,
        });
    }
}

/// I9 and I10. A log whose beginning was deleted begins with the epoch of its first row.
fn epochs(room: &str, rows: &BTreeMap<u64, Row<'_>>, report: &mut Report) {
    let mut commits: BTreeMap<u64, u64> = BTreeMap::new();
    let mut expected = None;
    for (seq, row) in rows {
        let now = *expected.get_or_insert(row.epoch);
        report.hold(Invariant::I10, row.epoch == now, || Violation::WrongEpoch {
            room: room.to_owned(),
            seq: *seq,
            epoch: row.epoch,
            expected: now,
        });
        if row.kind == RowKind::Commit {
            let first = *commits.entry(row.epoch).or_insert(*seq);
            report.hold(Invariant::I9, first == *seq, || Violation::TwoCommits {
                room: room.to_owned(),
                epoch: row.epoch,
                first,
                second: *seq,
            });
            expected = Some(row.epoch + 1);
        }
    }
}

fn welcomes(index: &Index<'_>, room: &str, rows: &BTreeMap<u64, Row<'_>>, report: &mut Report) {
    for (seq, device) in rows.iter().flat_map(|(seq, row)| row.welcomes.iter().map(move |who| (seq, who))) {
        let came = index.welcomed.contains(&(device.as_str(), room, *seq));
        report.hold(Invariant::I12, came, || Violation::CommitWithoutWelcome {
            device: device.clone(),
            room: room.to_owned(),
            seq: *seq,
        });
    }
}
