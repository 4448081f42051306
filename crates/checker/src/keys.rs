//! Epochs and ratchets as members hold them: I9, I11; and words where there must be none: I16.

use std::collections::BTreeMap;

use crate::{Event, Invariant, Line, Report, Violation};

pub(crate) fn check(history: &[Line], report: &mut Report) {
    let mut groups: BTreeMap<(&str, u64), (&str, &str)> = BTreeMap::new();
    let mut steps: BTreeMap<(&str, u64, u32, u32), &str> = BTreeMap::new();
    for line in history {
        match &line.event {
            Event::Authenticator { device, room, epoch, bytes } => {
                let (one, first) = *groups.entry((room, *epoch)).or_insert((device, bytes));
                report.hold(Invariant::I9, first == bytes, || Violation::Fork {
                    room: room.clone(),
                    epoch: *epoch,
                    one: one.to_owned(),
                    other: device.clone(),
                });
            }
            Event::Ciphertext { room, epoch, leaf, generation, hash } => {
                let first = *steps.entry((room, *epoch, *leaf, *generation)).or_insert(hash);
                report.hold(Invariant::I11, first == hash, || Violation::KeyReuse {
                    room: room.clone(),
                    epoch: *epoch,
                    leaf: *leaf,
                    generation: *generation,
                });
            }
            Event::Searched { .. } => report.weigh(Invariant::I16),
            Event::Leaked { message, place } => report.hold(Invariant::I16, false, || Violation::Leaked {
                message: message.clone(),
                place: place.clone(),
            }),
            _ => {}
        }
    }
}
