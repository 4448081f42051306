//! Who is here: each connected device's outlet. Spreads news without ever waiting.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use securechat_delivery::{Asker, Wake};
use securechat_ids::{DeviceId, UserId};
use securechat_proto::frame::{Answer, Empty, LogGrew, MustRemove, RoomGone, ServerFrame};
use securechat_proto::{Code, Refusal};

use super::outlet::Outlet;

/// The registry of connected devices.
#[derive(Default)]
pub(crate) struct Hub {
    here: Mutex<Here>,
}

#[derive(Default)]
struct Here {
    devices: HashMap<DeviceId, Live>,
    by_user: HashMap<UserId, usize>,
}

struct Live {
    user: UserId,
    token_hash: [u8; 32],
    outlet: Arc<Outlet>,
}

impl Hub {
    /// A device has said `Hello` on this outlet: from now on it gets news. An older connection of the device ends.
    ///
    /// # Errors
    /// `LimitReached` when the user has `sessions_max` others.
    pub(crate) fn enter(
        &self,
        asker: &Asker,
        token_hash: [u8; 32],
        outlet: &Arc<Outlet>,
        sessions_max: usize,
    ) -> Result<(), Refusal> {
        let mut here = self.lock();
        let of_user = here.by_user.get(&asker.user).copied().unwrap_or(0);
        if of_user >= sessions_max && !here.devices.contains_key(&asker.device) {
            return Err(Refusal::new(Code::LimitReached, "too many sessions are open at once; close one"));
        }
        // The connection may have gone while its `Hello` was looked at.
        let Ok(before) = outlet.enter(asker.device) else { return Ok(()) };
        if let Some(before) = before.filter(|before| *before != asker.device) {
            here.remove_if(&before, |live| Arc::ptr_eq(&live.outlet, outlet));
        }
        let older = here.remove_if(&asker.device, |live| !Arc::ptr_eq(&live.outlet, outlet));
        here.insert(asker.device, Live { user: asker.user, token_hash, outlet: Arc::clone(outlet) });
        drop(here);
        if let Some(older) = older {
            older.outlet.end(Refusal::new(Code::Conflict, "this device has connected anew"));
        }
        Ok(())
    }

    /// A connection is gone.
    pub(crate) fn leave(&self, outlet: &Arc<Outlet>) {
        if let Some(device) = outlet.close() {
            self.lock().remove_if(&device, |live| Arc::ptr_eq(&live.outlet, outlet));
        }
    }

    /// Ends the live session of a token, if there is one.
    pub(crate) fn end_token(&self, device: &DeviceId, token_hash: &[u8; 32]) {
        let ended = self.lock().remove_if(device, |live| live.token_hash == *token_hash);
        if let Some(live) = ended {
            live.outlet.end(goodbye(Code::Unauthenticated));
        }
    }

    /// Ends all sessions.
    pub(crate) fn end_all(&self, reason: &Refusal) {
        let here = std::mem::take(&mut *self.lock());
        for live in here.devices.into_values() {
            live.outlet.end(reason.clone());
        }
    }

    /// Tells the devices concerned, in order. Called by the store's writer after each commit, so that the order of a room's
    /// events is that of its log.
    pub(crate) fn deliver(&self, wakes: Vec<Wake>) {
        for wake in wakes {
            match wake {
                Wake::Event { event, to, .. } => self.push(&to, Answer::Event(event)),
                Wake::MustRemove { room, leaves, to } => {
                    let room = Bytes::copy_from_slice(room.as_bytes());
                    self.push(&to, Answer::MustRemove(MustRemove { room, leaves }));
                }
                Wake::RoomGone { room, to } => {
                    let room = Bytes::copy_from_slice(room.as_bytes());
                    self.push(&to, Answer::RoomGone(RoomGone { room }));
                }
                Wake::Inbox { device } => self.push(&[device], Answer::InboxGrew(Empty {})),
                Wake::Receipt { receipt, to } => self.push(&to, Answer::Receipt(receipt)),
                Wake::Items { to } => self.push(&to, Answer::ItemsGrew(Empty {})),
                Wake::LogGrew { size } => self.push_all(Answer::LogGrew(LogGrew { size })),
                Wake::EndSessions { devices, code } => self.end(&devices, code),
                // Rooms have no subscriptions here: each event comes with its devices.
                Wake::Joined { .. } => {}
            }
        }
    }

    /// The frame is encoded once and shared.
    fn push(&self, to: &[DeviceId], answer: Answer) {
        let here = self.lock();
        let mut listeners = to.iter().filter_map(|device| here.devices.get(device)).peekable();
        if listeners.peek().is_none() {
            return;
        }
        let frame = ServerFrame::news(answer).to_bytes();
        for live in listeners {
            live.outlet.push(frame.clone());
        }
    }

    fn push_all(&self, answer: Answer) {
        let frame = ServerFrame::news(answer).to_bytes();
        for live in self.lock().devices.values() {
            live.outlet.push(frame.clone());
        }
    }

    fn end(&self, devices: &[DeviceId], code: Code) {
        let mut here = self.lock();
        for live in devices.iter().filter_map(|device| here.remove_if(device, |_| true)) {
            live.outlet.end(goodbye(code));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who is here with at least one device.
    pub(crate) fn people(&self) -> HashSet<UserId> {
        self.lock().by_user.keys().copied().collect()
    }

    /// How many devices are here.
    pub(crate) fn count(&self) -> usize {
        self.lock().devices.len()
    }
}

impl Here {
    fn insert(&mut self, device: DeviceId, live: Live) {
        self.remove_if(&device, |_| true);
        *self.by_user.entry(live.user).or_default() += 1;
        self.devices.insert(device, live);
    }

    fn remove_if(&mut self, device: &DeviceId, wanted: impl FnOnce(&Live) -> bool) -> Option<Live> {
        if !wanted(self.devices.get(device)?) {
            return None;
        }
        let live = self.devices.remove(device)?;
        if let Some(count) = self.by_user.get_mut(&live.user) {
            *count -= 1;
            if *count == 0 {
                self.by_user.remove(&live.user);
            }
        }
        Some(live)
    }
}

fn goodbye(code: Code) -> Refusal {
    let message = match code {
        Code::Deactivated => "the account was deactivated",
        Code::Unauthenticated => "the session has ended; log in again",
        _ => "the server ended the session",
    };
    Refusal::new(code, message)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use securechat_ids::RoomId;
    use securechat_proto::frame::{Event, EventKind};
    use securechat_proto::http::Role;

    use super::*;

    fn device(n: u8) -> DeviceId {
        DeviceId::from_bytes([n; 16])
    }

    fn asker(user: u8, n: u8) -> Asker {
        Asker { user: UserId::from_bytes([user; 16]), device: device(n), role: Role::Member }
    }

    fn entered(hub: &Hub, user: u8, n: u8) -> Arc<Outlet> {
        let outlet = Arc::new(Outlet::default());
        hub.enter(&asker(user, n), [n; 32], &outlet, 20).unwrap();
        outlet.open("ready".into());
        heard(&outlet);
        outlet
    }

    fn heard(outlet: &Outlet) -> (Vec<Bytes>, Option<Code>) {
        match outlet.poll_batch(&Context::from_waker(Waker::noop())) {
            Poll::Ready(batch) => (batch.frames, batch.end.map(|end| end.code)),
            Poll::Pending => (Vec::new(), None),
        }
    }

    fn event(seq: u64, to: Vec<DeviceId>) -> Wake {
        let event = Event { seq, kind: EventKind::Message.into(), ..Event::default() };
        Wake::Event { room: RoomId::from_bytes([9; 16]), event, to }
    }

    #[test]
    fn an_event_is_encoded_once_and_reaches_its_devices_in_order() {
        let hub = Hub::default();
        let (ana, bob, eve) = (entered(&hub, 1, 1), entered(&hub, 2, 2), entered(&hub, 3, 3));
        hub.deliver(vec![
            event(1, vec![device(1), device(2), device(8)]),
            event(2, vec![device(1), device(2)]),
        ]);
        let (to_ana, to_bob) = (heard(&ana).0, heard(&bob).0);
        assert_eq!(to_ana.len(), 2);
        assert_eq!(to_ana, to_bob);
        assert_eq!(to_ana[0].as_ptr(), to_bob[0].as_ptr(), "the bytes are shared");
        assert_eq!(heard(&eve).0.len(), 0);
    }

    #[test]
    fn a_device_that_connects_anew_replaces_its_older_connection() {
        let hub = Hub::default();
        let old = entered(&hub, 1, 1);
        let new = entered(&hub, 1, 1);
        assert_eq!(heard(&old).1, Some(Code::Conflict));
        hub.leave(&old);
        hub.deliver(vec![event(1, vec![device(1)])]);
        assert_eq!(heard(&new).0.len(), 1);
        hub.leave(&new);
        assert_eq!((hub.count(), hub.lock().by_user.len()), (0, 0));
    }

    #[test]
    fn hello_again_on_the_same_connection_ends_nothing() {
        let hub = Hub::default();
        let outlet = entered(&hub, 1, 1);
        hub.enter(&asker(1, 1), [1; 32], &outlet, 20).unwrap();
        outlet.open("ready".into());
        assert_eq!(heard(&outlet), (vec!["ready".into()], None));
    }

    #[test]
    fn a_connection_that_went_during_hello_is_not_kept() {
        let hub = Hub::default();
        let outlet = Arc::new(Outlet::default());
        hub.leave(&outlet);
        hub.enter(&asker(1, 1), [1; 32], &outlet, 20).unwrap();
        assert_eq!(hub.count(), 0);
    }

    #[test]
    fn a_user_has_so_many_sessions_and_no_more() {
        let hub = Hub::default();
        entered(&hub, 1, 1);
        entered(&hub, 1, 2);
        let third = Arc::new(Outlet::default());
        assert_eq!(hub.enter(&asker(1, 3), [3; 32], &third, 2).unwrap_err().code, Code::LimitReached);
        assert!(hub.enter(&asker(1, 2), [2; 32], &third, 2).is_ok());
        assert!(hub.enter(&asker(2, 4), [4; 32], &third, 2).is_ok());
    }

    #[test]
    fn revoked_devices_and_ended_tokens_are_closed_at_once() {
        let hub = Hub::default();
        let (one, two, three) = (entered(&hub, 1, 1), entered(&hub, 1, 2), entered(&hub, 1, 3));
        hub.deliver(vec![Wake::EndSessions { devices: vec![device(1)], code: Code::Deactivated }]);
        assert_eq!(heard(&one).1, Some(Code::Deactivated));
        hub.end_token(&device(2), &[7; 32]);
        assert_eq!(heard(&two).1, None, "another token of that device");
        hub.end_token(&device(2), &[2; 32]);
        assert_eq!(heard(&two).1, Some(Code::Unauthenticated));
        hub.end_all(&Refusal::new(Code::Busy, "the server restarts"));
        assert_eq!(heard(&three).1, Some(Code::Busy));
        assert_eq!(hub.count(), 0);
    }
}
