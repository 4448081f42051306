//! The machine's clock was set back: what was due in ten seconds is due in ten seconds still, and not in an hour and ten
//! seconds.

use securechat_ids::UnixMillis;

use crate::Cx;
use crate::engine::Engine;

impl Engine {
    /// Runs at the beginning of every step. A clock that was set forward needs nothing: what is due too early asks too early.
    pub(crate) fn look_at_clock(&mut self, cx: &Cx<'_>) {
        let back_ms = self.clock.since(cx.now);
        self.clock = cx.now;
        if back_ms == 0 {
            return;
        }
        let earlier = |at: &mut UnixMillis| at.0 = at.0.saturating_sub(back_ms);
        let rooms = self.work.values_mut().flat_map(|work| {
            [
                &mut work.remove_at,
                &mut work.tell_at,
                &mut work.receipt_at,
                &mut work.repair_at,
                &mut work.not_before,
            ]
        });
        rooms.chain([&mut self.items_at, self.coming.pace()]).flatten().for_each(earlier);
        if let Some((until, _)) = &mut self.hold {
            earlier(until);
        }
        if let Some(greeted) = &mut self.greeted {
            earlier(&mut greeted.here);
        }
        earlier(&mut self.timed_at);
        earlier(&mut self.delete_at);
    }
}
