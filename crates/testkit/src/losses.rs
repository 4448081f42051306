//! What people lose and how they come back: passwords, devices, everything.

use securechat_chain::{Chain, SignedLink};
use securechat_delivery::{Secrets, accounts, people};
use securechat_engine::NewHome;
use securechat_engine::account::{self, BeforeLoss, NewBeginning, RecoveryKey, Unlocked};
use securechat_ids::UserName;
use securechat_proto::http::{self, B64, ChangePassword, ResetFor, Secret, Session};
use securechat_proto::{Code, Refusal};

use crate::team::{DeviceNumber, Team};

impl Team {
    /// The recovery key of a device's person, as its vault has it.
    pub fn recovery_key(&self, device: DeviceNumber) -> RecoveryKey {
        let asker = self.asker(device);
        let vault = self.server.write(move |tx| accounts::vault(tx, &asker)).expect("reads");
        account::unlock_with_key(&asker.user, &vault.sealed.0, self.engine(device).vault_key())
            .expect("opens")
            .recovery
            .clone()
    }

    /// Whether the vault at the server opens with a device's key.
    pub fn vault_opens(&self, user_of: DeviceNumber, with_key_of: DeviceNumber) -> bool {
        let asker = self.asker(user_of);
        let vault = self.server.write(move |tx| accounts::vault(tx, &asker)).expect("reads");
        let key = self.engine(with_key_of).vault_key();
        account::unlock_with_key(&asker.user, &vault.sealed.0, key).is_ok()
    }

    /// The first half of coming back by recovery key: a device that is on the chain, and nothing more.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn add_by_recovery_key(
        &mut self,
        name: &str,
        key: &RecoveryKey,
    ) -> Result<(NewHome, Session, Unlocked, u64), Refusal> {
        let challenge = self.recovery_nonce(name)?;
        let request = account::recover(key, &self.server.identity.server_id, name, &challenge);
        let (now, mut rng) = (self.now, self.server.seed());
        let found = self.server.write(move |tx| accounts::recover(tx, &request, now, &mut rng))?;
        let chain = replay(&found.chain);
        let unlocked =
            account::unlock_with_recovery(&found.user_id, &found.vault.sealed.0, key).expect("opens");
        let added = self.cx(|cx| account::add_device(&chain, &unlocked, "back", cx));
        let done = self.server.add_device(found.ticket.0, added.request, self.now)?;
        self.wake(done.wakes);
        let session = done.answer;
        let home = self.home(
            chain.name(),
            chain.root16(),
            added.device_id,
            added.device_seed,
            unlocked.key.clone(),
            &session,
        );
        Ok((home, session, unlocked, found.vault.version))
    }

    /// Comes back by recovery key with a new password, on a new device that comes online.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn come_back(
        &mut self,
        name: &str,
        key: &RecoveryKey,
        password: &str,
    ) -> Result<DeviceNumber, Refusal> {
        let (home, session, unlocked, version) = self.add_by_recovery_key(name, key)?;
        let challenge = self.recovery_nonce(name)?;
        let server = self.server.identity.server_id;
        let request = self
            .cx(|cx| {
                let user = (&session.user_id, name);
                account::recover_password(&unlocked, &server, user, version, &challenge.nonce, password, cx)
            })
            .expect("a good password");
        let asker = self.server.asker(&session.token.0, self.now).expect("a live session");
        let (now, limits) = (self.now, securechat_delivery::Limits::default());
        self.server.write(move |tx| {
            let (hash, share) = (request.auth.0.clone(), request.share.0.clone());
            accounts::recover_password(tx, &asker, &request, hash, share, now, &limits)
        })?;
        let device = self.begin(&home, &session);
        self.run();
        Ok(device)
    }

    /// Replaces the recovery key of a device's person.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn rotate_recovery(&mut self, by: DeviceNumber) -> Result<RecoveryKey, Refusal> {
        let asker = self.asker(by);
        let vault = self.server.write(move |tx| accounts::vault(tx, &asker))?;
        let new = self.cx(RecoveryKey::generate);
        let request = self.with(by, |engine, cx| {
            let chain = engine.own_chain().expect("the own chain");
            account::rotate_recovery(chain, engine.device_key(), &vault, engine.vault_key(), &new, cx)
        });
        let (request, limits) = (request.expect("the vault opens"), securechat_delivery::Limits::default());
        let done = self.server.write(move |tx| accounts::rotate_recovery(tx, &asker, &request, &limits))?;
        self.wake(done.wakes);
        Ok(new)
    }

    /// Gives up a device that may be in other hands. `keeps` is false for a process that ends before it keeps the new key.
    pub fn lose(&mut self, by: DeviceNumber, lost: DeviceNumber, keeps: bool) -> RecoveryKey {
        let (asker, id) = (self.asker(by), self.asker(lost).device);
        let vault = self.server.write(move |tx| accounts::vault(tx, &asker)).expect("reads");
        let devices = self.server.write(move |tx| accounts::devices(tx, &asker)).expect("reads");
        let name = self.engine(by).me().user_name;
        let parameters = self.server.parameters(&name);
        let new = self.cx(RecoveryKey::generate);
        let after = self.with(by, |engine, cx| {
            let before = BeforeLoss {
                chain: engine.own_chain().expect("the own chain"),
                by: engine.device_key(),
                parameters: &parameters,
                vault_version: vault.version,
                vault_key: engine.vault_key(),
                devices: &devices,
            };
            account::lost_device(&before, id, "correct horse", &new, cx)
        });
        let (after, limits) = (after.expect("prepares"), securechat_delivery::Limits::default());
        let request = after.request;
        self.with(by, |engine, cx| engine.doubt_vault_key(cx)).expect("remembers");
        let done = self.server.write(move |tx| {
            let (hash, share) = (request.new_auth.0.clone(), request.share.0.clone());
            accounts::lost_device(tx, &asker, &request, hash, share, &limits)
        });
        if keeps {
            self.with(by, |engine, cx| engine.renew_vault_key(&after.vault_key, cx)).expect("keeps");
        }
        self.wake(done.expect("is taken").wakes);
        new
    }

    /// Types the password once on a device whose siblings replaced the keys.
    pub fn take_up_keys(&mut self, device: DeviceNumber) {
        let name = self.engine(device).me().user_name;
        let found = self.server.log_in(&name, self.now).expect("logs in");
        let stretched = account::stretch("correct horse", &self.server.parameters(&name)).expect("stretches");
        let unlocked = account::unlock(&found.user, &found.vault.sealed.0, &stretched, &found.sealed_share)
            .expect("opens");
        self.with(device, |engine, cx| engine.renew_vault_key(&unlocked.key, cx)).expect("keeps");
    }

    /// A code by which somebody begins anew.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn reset_code(&mut self, by: DeviceNumber, name: &str) -> Result<Secret, Refusal> {
        let (asker, user) = (self.asker(by), self.engine(by).find_person(name).expect("known"));
        let (now, mut rng) = (self.now, self.server.seed());
        let made = self.server.write(move |tx| people::reset_code(tx, &asker, &user, now, &mut rng))?;
        Ok(made.code)
    }

    /// Begins anew by a code, on a new device that comes online.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn begin_anew(&mut self, name: &str, code: &Secret) -> Result<DeviceNumber, Refusal> {
        let new = self.prepare_anew(name, code)?;
        let home = self.send_anew(&new)?;
        let device = self.settle(&home);
        self.connect(device);
        self.run();
        Ok(device)
    }

    /// The first half of beginning anew: what is to be sent.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn prepare_anew(&mut self, name: &str, code: &Secret) -> Result<NewBeginning, Refusal> {
        let asked = ResetFor { code: code.clone(), user_name: name.to_owned() };
        let now = self.now;
        let start = self.server.write(move |tx| accounts::reset_start(tx, &asked, now))?;
        let chain = replay(&start.chain);
        let new =
            self.cx(|cx| account::reset(&code.0, &chain, start.vault_version, "correct horse", "new", cx));
        Ok(new.expect("a good password"))
    }

    /// The second half: the server takes it. Whose process ends before it keeps the home has lost the new device's key.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn send_anew(&mut self, new: &NewBeginning) -> Result<NewHome, Refusal> {
        let (request, now, mut rng) = (new.request.clone(), self.now, self.server.seed());
        let name = request.user_name.parse().expect("a user name");
        let limits = securechat_delivery::Limits::default();
        let done = self.server.write(move |tx| {
            let (hash, share) = (request.auth.0.clone(), request.share.0.clone());
            accounts::reset(tx, &request, hash, share, now, &mut rng, &limits)
        })?;
        self.wake(done.wakes);
        let (seed, key) = (new.device_seed.clone(), new.vault_key.clone());
        Ok(self.home(&name, new.root16, new.device_id, seed, key, &done.answer))
    }

    /// A new device keeps its home, and is offline.
    pub fn settle(&mut self, home: &NewHome) -> DeviceNumber {
        self.begin_linked(home)
    }

    /// What changes a password of a device's person, before it is sent.
    pub fn prepare_password(&mut self, by: DeviceNumber, new: &str, end_others: bool) -> ChangePassword {
        let asker = self.asker(by);
        let vault = self.server.write(move |tx| accounts::vault(tx, &asker)).expect("reads");
        let name = self.engine(by).me().user_name;
        let parameters = self.server.parameters(&name);
        let change = self.with(by, |engine, cx| {
            let current = account::Current {
                user_id: engine.me().user_id,
                user_name: &name,
                parameters: &parameters,
                vault: &vault,
                vault_key: engine.vault_key(),
            };
            account::change_password(&current, "correct horse", new, end_others, cx)
        });
        change.expect("prepares")
    }

    /// The server takes a new password, if the old one is right.
    ///
    /// # Errors
    /// The server's refusal; `WrongCredentials` as the real shell.
    pub fn change_password(&mut self, by: DeviceNumber, change: &ChangePassword) -> Result<(), Refusal> {
        let (asker, change) = (self.asker(by), change.clone());
        let limits = securechat_delivery::Limits::default();
        let done = self.server.write(move |tx| {
            if accounts::password_hash_of(tx, &asker.user)? != change.auth.0 {
                return Err(Refusal::new(Code::WrongCredentials, "the password is wrong").into());
            }
            let (hash, share) = (change.new_auth.0.clone(), change.new_share.0.clone());
            accounts::change_password(tx, &asker, &change, hash, share, &limits)
        })?;
        self.wake(done.wakes);
        Ok(())
    }

    /// Whether this is what proves the password of a device's person.
    pub fn proves_password(&self, of: DeviceNumber, auth: &Secret) -> bool {
        let (user, auth) = (self.engine(of).me().user_id, auth.0.clone());
        let hash = self.server.write(move |tx| accounts::password_hash_of(tx, &user)).expect("reads");
        hash == auth
    }

    fn recovery_nonce(&mut self, name: &str) -> Result<http::RecoverChallenge, Refusal> {
        let (name, now, mut rng) = (name.to_owned(), self.now, self.server.seed());
        let secrets = Secrets { parameters_key: [0; 32] };
        self.server.write(move |tx| accounts::recovery_challenge(tx, &secrets, &name, now, &mut rng))
    }

    fn home(
        &self,
        name: &UserName,
        root16: [u8; 16],
        device_id: securechat_ids::DeviceId,
        device_seed: zeroize::Zeroizing<[u8; 32]>,
        vault_key: account::VaultKey,
        session: &Session,
    ) -> NewHome {
        NewHome {
            server_id: self.server.identity.server_id,
            server_url: "https://localhost:8765".into(),
            server_pin: String::new(),
            user_id: session.user_id,
            user_name: name.to_string(),
            device_id,
            device_seed,
            root16,
            vault_key,
            role: session.role,
            token: session.token.0.clone(),
            expected: None,
        }
    }
}

fn replay(links: &[B64]) -> Chain {
    let links = links.iter().map(|link| SignedLink::parse(&link.0).expect("a link"));
    let chain = links.fold(None, |chain: Option<Chain>, link| match chain {
        None => Chain::begin(&link).ok(),
        Some(chain) => chain.append(&link).ok(),
    });
    chain.expect("a chain")
}
