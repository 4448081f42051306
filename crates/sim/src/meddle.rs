//! Where a control breaks the world: the one place in which the simulation is not the product.

use std::collections::BTreeSet;

use securechat_delivery::Wake;
use securechat_ids::{DeviceId, MessageId};
use securechat_proto::frame::{Answer, ClientFrame, Request, ServerFrame};
use securechat_testkit::DeviceNumber;

use crate::Control;
use crate::world::World;

/// Of so many chances in a hundred a control takes one.
const PERCENT: usize = 25;

impl World {
    /// A request on its way to the server.
    pub(crate) fn before(&mut self, device: DeviceNumber, mut frame: ClientFrame) -> ClientFrame {
        if self.is_control(Control::ForgetRequests)
            && let Some(Request::Publish(asked)) = &mut frame.request
            && let Ok(id) = MessageId::try_from(asked.message_id.as_ref())
            && let Ok(room) = asked.room.as_ref().try_into()
            && self.team.server.place(&room, &self.team.device_id(device), &id).is_some()
        {
            // To the server it is another one, since it does not remember the first.
            let mut other = *id.as_bytes();
            other[15] ^= 1;
            asked.message_id = other.to_vec().into();
        }
        if self.is_control(Control::AckBeforeKept) && self.kept_server.is_none() {
            let path = self.team.folder().join("before.db");
            let _gone = std::fs::remove_file(&path);
            self.team.server.keep(&path);
            self.kept_server = Some(path);
        }
        frame
    }

    /// An answer that the server has given.
    pub(crate) fn after(&mut self, _device: DeviceNumber, request: &Request, answer: &mut ServerFrame) {
        if self.is_control(Control::WrongRepeat)
            && matches!(request, Request::Publish(_))
            && self.dice.percent(PERCENT)
            && let Some(Answer::Published(at)) = &mut answer.answer
        {
            at.seq = at.seq.saturating_sub(1).max(1);
        }
    }

    /// A frame on its way to a device.
    pub(crate) fn on_the_way(&mut self, device: DeviceNumber, mut frame: ServerFrame) -> ServerFrame {
        if self.is_control(Control::LoseWelcome)
            && device % 2 == 1
            && let Some(Answer::Inbox(page)) = &mut frame.answer
        {
            page.items.clear();
        }
        frame
    }

    /// Whom the server tells.
    pub(crate) fn told_too(&self, wakes: &mut [Wake]) {
        if !self.is_control(Control::KeepGiving) {
            return;
        }
        for wake in wakes {
            let Wake::Event { room, to, .. } = wake else { continue };
            let ever = self.rights.eras(room).iter().flat_map(|era| era.roster.devices.iter());
            let ever: BTreeSet<DeviceId> = ever.map(|(device, _)| *device).collect();
            to.extend(ever.iter().filter(|device| !to.contains(device)).copied().collect::<Vec<_>>());
        }
    }

    /// A device's process has ended; what comes up again is its disk, more or less.
    pub(crate) fn on_disk(&mut self, device: DeviceNumber) {
        if self.is_control(Control::DropOutbox) {
            let disk = self.team.disk(device);
            disk.execute_batch("DELETE FROM outbox").expect("deletes");
        }
        if self.is_control(Control::OldDisk) && !self.calm {
            let path = self.team.folder().join(format!("old{device}.db"));
            match self.kept_disks.remove(&device) {
                Some(kept) => self.team.put_back_disk(device, &kept),
                None => {
                    self.team.keep_disk(device, &path);
                    self.kept_disks.insert(device, path);
                }
            }
        }
    }

    /// The server's process has ended.
    pub(crate) fn restart_server(&mut self) {
        match self.kept_server.take() {
            Some(kept) => self.team.server.restart_from(&kept),
            None => self.team.server.restart(),
        }
    }
}
