//! The workspace log comes in: link by link, each checked, the root compared with the server's.

use securechat_chain::{Chain, Op, SignedLink};
use securechat_proto::frame::Log;

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::memory::{account_rows, intent_rows, link_rows, outbox_rows};
use crate::output::News;

/// Why what waits on a device that has come to its end does not go out. The server may have had it without a word coming back.
const NOTHING_GOES_OUT: &str = "this device does not speak for you any more, and did not hear whether this was sent; look on another one";

impl Engine {
    pub(super) fn log_grew(&mut self, size: u64) {
        self.log.size = self.log.size.max(size);
        if size < self.registry.size() {
            self.log.broken = true;
            let what = "the server's list of devices is shorter than what this device has seen of it";
            self.tell(News::Alarm { room: None, what: what.into() });
        }
    }

    pub(super) fn log_page(&mut self, page: &Log, claimed: u64, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        for bytes in &page.links {
            let position = self.registry.size();
            let Ok(link) = self.registry.append(bytes) else {
                return self
                    .log_broken("the server's list of devices holds an entry that is not validly signed");
            };
            link_rows::insert(&self.conn, position, bytes)?;
            link_rows::add_root(&self.conn, self.registry.size(), &self.registry.root())?;
            self.notice(&link)?;
            if !self.look_at_expected()? {
                self.other_log();
                return Ok(());
            }
        }
        if page.root.as_ref() != self.registry.root() {
            return self.log_broken("the server's list of devices differs from what it has shown before");
        }
        self.log.size = self.log.size.max(page.size);
        if page.links.is_empty() && self.log.size > self.registry.size() {
            return self.log_broken("the server hides entries of its list of devices");
        }
        self.compare_claims(page.size, claimed, cx)?;
        if self.registry.size() >= self.log.size {
            self.rooms_go_on();
        }
        Ok(())
    }

    /// What waited for the log is judged by the log as it is here now.
    fn rooms_go_on(&mut self) {
        for work in self.work.values_mut() {
            work.awaits_log = false;
        }
        self.dirty.extend(self.work.keys().copied());
        self.tell(News::Rooms);
    }

    /// Pins a root when it is first seen, and says aloud when one changes or a device of this user comes or goes.
    fn notice(&mut self, link: &SignedLink) -> Result<(), EngineError> {
        let user = link.link().user_id;
        let Some(root16) = self.registry.chain(&user).map(Chain::root16) else { return Ok(()) };
        let pinned = link_rows::pin(&self.conn, &user)?;
        if pinned != Some(root16) {
            link_rows::set_pin(&self.conn, &user, &root16)?;
        }
        if pinned.is_some_and(|pinned| pinned != root16) {
            self.tell(News::RootChanged { user });
        }
        if user != self.me.user_id {
            return Ok(());
        }
        match &link.link().op {
            Op::AddDevice { device, .. } => self.device_came(device)?,
            Op::RevokeDevice { device } if *device == self.me.device_id => {
                self.ended("this device was revoked")?;
            }
            // Not a reset from before this device came.
            Op::Reset { device, .. } if *device != self.me.device_id && self.is_on_chain() => {
                self.ended("this account was reset from another device")?;
            }
            Op::RotateRecovery { .. } if self.replaced_by_another_device(link) => {
                account_rows::set_vault_doubt(&self.conn, true)?;
                self.tell(News::VaultKey { known: false });
            }
            Op::Genesis { .. } | Op::RevokeDevice { .. } | Op::RotateRecovery { .. } | Op::Reset { .. } => {}
        }
        Ok(())
    }

    fn is_on_chain(&self) -> bool {
        self.own_chain().is_some_and(|chain| chain.devices().contains_key(&self.me.device_id))
    }

    /// Not what came before this device, and not what it signed itself.
    fn replaced_by_another_device(&self, link: &SignedLink) -> bool {
        let own = self.me.key.public();
        let here =
            self.registry.chain(&self.me.user_id).and_then(|chain| chain.active_key(&self.me.device_id));
        here == Some(own) && link.link().signer != own
    }

    fn ended(&mut self, why: &str) -> Result<(), EngineError> {
        self.nothing_goes_out()?;
        self.tell(News::Ended { why: why.to_owned() });
        Ok(())
    }

    /// This device has come to its end: what waits here does not go out any more, and its writer is told. A line that says
    /// "sending" for ever would be a message lost in silence.
    pub(super) fn nothing_goes_out(&mut self) -> Result<(), EngineError> {
        for room in outbox_rows::rooms(&self.conn)? {
            self.fail_all(&room, NOTHING_GOES_OUT)?;
        }
        for room in intent_rows::rooms(&self.conn)? {
            while let Some(intent) = intent_rows::next(&self.conn, &room)? {
                self.wish_failed(&room, intent.number, NOTHING_GOES_OUT)?;
            }
        }
        Ok(())
    }

    /// Nothing more of this log is believed; rooms go on by what is known, so they stop at a device that is not.
    pub(super) fn log_broken(&mut self, what: &str) -> Result<(), EngineError> {
        self.log.broken = true;
        self.rooms_go_on();
        self.tell(News::Alarm { room: None, what: what.to_owned() });
        Ok(())
    }
}
