//! Getting there: L1, L2, L3.

use crate::{Event, Invariant, Line, Report, Violation};

/// How long a team may take to come to rest after the last fault, in milliseconds.
pub(crate) const REST_MS_MAX: u64 = 30_000;

pub(crate) fn check(history: &[Line], report: &mut Report) {
    for line in history {
        let Event::Rest { device, room, cursor, head, waiting, after_ms } = &line.event else { continue };
        let (device, room, after_ms) = (|| device.clone(), || room.clone(), *after_ms);
        report.hold(Invariant::L1, *waiting == 0, || Violation::StillWaiting {
            device: device(),
            room: room(),
            waiting: *waiting,
            after_ms,
        });
        report.hold(Invariant::L2, cursor == head, || Violation::NotAtHead {
            device: device(),
            room: room(),
            cursor: *cursor,
            head: *head,
            after_ms,
        });
        report.hold(Invariant::L3, after_ms <= REST_MS_MAX, || Violation::TooLate {
            device: device(),
            room: room(),
            after_ms,
        });
    }
}
