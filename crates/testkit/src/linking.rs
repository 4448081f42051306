//! An old device lets a new one in, through the real relay.

use securechat_delivery::linking::{Linkings, Party};
use securechat_engine::account::LinkingCode;
use securechat_engine::account::linking::{Account, LinkingError, NewSide, OldSide};
use securechat_engine::{Cx, NewHome};

use crate::team::{DeviceNumber, Next, Team};

/// What happens between two steps of a linking; see [`Team::link_with`].
pub type Between<'a> = &'a mut dyn FnMut(&mut Team, Option<Next>) -> bool;

impl Team {
    /// A device lets in a new one of the same person, which comes online.
    ///
    /// # Errors
    /// What either side says.
    pub fn link(&mut self, by: DeviceNumber, name: &str) -> Result<DeviceNumber, LinkingError> {
        self.link_expecting(by, name, |size| size)
    }

    /// As [`Team::link`], where the old device names another size of the log than it has.
    ///
    /// # Errors
    /// What either side says.
    pub fn link_expecting(
        &mut self,
        by: DeviceNumber,
        name: &str,
        size: impl FnOnce(u64) -> u64,
    ) -> Result<DeviceNumber, LinkingError> {
        let home = self.let_in(by, name, size, &mut |_, _| true)?;
        let device = self.begin_linked(&home);
        self.connect(device);
        self.run();
        Ok(device)
    }

    /// As [`Team::link`], up to the moment at which the new device has its home and has not come online yet. `between` is
    /// called after each step of one of the two with the server, and as in [`Team::run_with`]; it says whether the linking
    /// still lives, which is in the memory of two processes and of the server.
    ///
    /// # Errors
    /// What either side says; [`LinkingError::Over`] for a linking that does not live any more.
    pub fn link_with(
        &mut self,
        by: DeviceNumber,
        name: &str,
        between: Between<'_>,
    ) -> Result<DeviceNumber, LinkingError> {
        let home = self.let_in(by, name, |size| size, between)?;
        Ok(self.begin_linked(&home))
    }

    /// As [`Team::link`], and stays offline.
    ///
    /// # Errors
    /// What either side says.
    pub fn link_offline(&mut self, by: DeviceNumber, name: &str) -> Result<DeviceNumber, LinkingError> {
        self.link_with(by, name, &mut |_, _| true)
    }

    fn let_in(
        &mut self,
        by: DeviceNumber,
        name: &str,
        size: impl FnOnce(u64) -> u64,
        between: Between<'_>,
    ) -> Result<NewHome, LinkingError> {
        let lives = |lives: bool| if lives { Ok(()) } else { Err(LinkingError::Over) };
        let (now, server_id) = (self.now, self.server.identity.server_id);
        let me = self.engine(by).me();
        let account = Account {
            server_id,
            server_pin: me.server_pin.clone(),
            user_id: me.user_id,
            user_name: me.user_name.clone(),
        };
        let device = self.device_id(by);
        let (code, mut new, first) = self.chance(|cx| {
            let code = LinkingCode::generate(cx);
            NewSide::begin(&code, server_id, &me.server_url, &me.server_pin, cx)
                .map(|(new, first)| (code, new, first))
        })?;
        let (id, mut relay) = (code.id(), Linkings::default());
        let mut rng = crate::Seeded::new(3);
        let (token, _) = relay.open(id, first, [127, 0, 0, 1].into(), now, &mut rng).expect("opens");
        lives(between(self, None))?;
        let (at_new, at_old) = (Party::New { token: &token.0 }, Party::Old { device });
        let first = relay.take(&id, device, now).expect("takes");
        lives(between(self, None))?;
        let (mut old, whose) = self.chance(|cx| OldSide::begin(&code, &first, &account, cx))?;
        relay.put(&id, at_old, 0, whose, now).expect("relays");
        lives(between(self, None))?;
        let whose = relay.get(&id, at_new, 0, now).expect("relays").expect("is there");
        let welcomed = new.welcomed(&whose, name)?;
        relay.put(&id, at_new, 1, welcomed.message, now).expect("relays");
        lives(between(self, None))?;
        let offer = relay.get(&id, at_old, 1, now).expect("relays").expect("is there");
        let (_, words) = old.offered(&offer)?;
        assert_eq!(words, welcomed.words, "both people see the same words");

        let request = self.with(by, |engine, cx| engine.let_in(&mut old, cx)).expect("signs");
        lives(between(self, None))?;
        self.vouch(by, request);
        lives(between(self, None))?;
        let mut alive = true;
        self.run_with(&mut |team, next| alive = between(team, Some(next)) && alive);
        lives(alive)?;
        let verdict = {
            let mut granting = self.engine(by).granting(&new.device_id()).expect("is in the log");
            granting.log_size = size(granting.log_size);
            old.granted(&granting)?
        };
        relay.put(&id, at_old, 1, verdict, now).expect("relays");
        lives(between(self, None))?;
        let verdict = relay.get(&id, at_new, 1, now).expect("relays").expect("is there");
        let grant = new.answered(&verdict)?;
        let session = self.server.open_session(new.device_id(), |nonce| new.sign_session(nonce), self.now);
        lives(between(self, None))?;
        Ok(new.home(grant, session.role, &session.token.0))
    }

    fn chance<T>(&mut self, act: impl FnOnce(&mut Cx<'_>) -> T) -> T {
        self.with(0, |_, cx| act(cx))
    }
}
