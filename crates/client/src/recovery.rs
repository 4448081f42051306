//! Coming back after a loss: by recovery key, by a reset code; and new keys for an account.

use securechat_chain::Chain;
use securechat_engine::account::{self, BeforeLoss, RecoveryKey, RecoveryKeyError};
use securechat_engine::{Cx, Engine};
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::Code;
use securechat_proto::http::{
    Device, LoggedIn, Login, NewResetCode, PasswordParameters, Prelogin, RESET_CODE_PREFIX, Recover,
    RecoverChallenge, RecoverFor, Recovered, ResetCode, ResetFor, ResetStart, Secret, Session, Vault, path,
};

use crate::account::{Arrival, Joined, must_be_free, parse_name, pinned, replay, take_home};
use crate::address::InviteLink;
use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Api, server_info};
use crate::platform::{Home, Os, now};

/// What coming back by recovery key needs to know.
pub struct ComeBack<'a> {
    /// Server or any link of it.
    pub link: &'a InviteLink,
    /// The name.
    pub user_name: &'a str,
    /// The recovery key as it was typed.
    pub recovery_key: &'a str,
    /// The password from now on.
    pub new_password: &'a str,
    /// How this device is to be called.
    pub device_name: &'a str,
}

/// What beginning anew needs to know.
pub struct BeginAnew<'a> {
    /// A link with a reset code.
    pub link: &'a InviteLink,
    /// The name; a code is good for one person only.
    pub user_name: &'a str,
    /// The password from now on.
    pub new_password: &'a str,
    /// How this device is to be called.
    pub device_name: &'a str,
}

/// A link by which somebody who lost everything begins anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetLink {
    /// The whole link.
    pub link: String,
    /// For whom.
    pub user_name: String,
    /// When it ends.
    pub expires: UnixMillis,
}

impl InviteLink {
    /// Whether the link is for beginning anew, and not for registering.
    pub fn is_reset(&self) -> bool {
        self.code.starts_with(RESET_CODE_PREFIX)
    }
}

/// Whether a text can be a recovery key: typing errors are found before anything is sent.
///
/// # Errors
/// [`Failure::Usage`] that says what is wrong with it.
pub fn check_recovery_key(text: &str) -> Result<(), Failure> {
    parse_key(text).map(drop)
}

/// A new recovery key, in groups of four, that is nobody's yet.
pub fn new_recovery_key() -> String {
    with_cx(|cx| RecoveryKey::generate(cx).to_text())
}

/// Adds this home as a further device of an account by its recovery key, and sets a new password. Whatever fails on the way, it
/// is done again from the start; a device that was added by then is listed among one's devices.
///
/// # Errors
/// [`Failure::WrongRecoveryKey`]; the home is untouched then.
pub async fn recover(
    home: &Home,
    back: &ComeBack<'_>,
    confirm: impl FnOnce(&[&'static str; 4]) -> bool,
) -> Result<(), Failure> {
    must_be_free(home)?;
    let name = parse_name(back.user_name)?;
    let key = parse_key(back.recovery_key)?;
    account::check_strength(back.new_password, name.as_str())?;
    let address = pinned(&back.link.address, confirm).await?;
    let info = server_info(&address).await?;
    let api = Api::anonymous(&address);
    let challenge = ask_nonce(&api, name.as_str()).await?;
    let proof: Recover = account::recover(&key, &info.server_id, name.as_str(), &challenge);
    let answer: Result<Recovered, Failure> = api.post(path::RECOVER, &proof).await;
    let found = answer.map_err(wrong_key)?;
    let chain = replay(&found.chain)?;
    if chain.name() != &name || chain.user_id() != found.user_id || chain.recovery() != key.public() {
        let what = "the server answered with somebody else's list of devices; nothing was changed";
        return Err(Failure::Trust(what.into()));
    }
    let unlocked = account::unlock_with_recovery(&found.user_id, &found.vault.sealed.0, &key)?;
    let added = with_cx(|cx| account::add_device(&chain, &unlocked, back.device_name, cx));
    let with_ticket = Api { address: address.clone(), token: Some(found.ticket.0.clone()) };
    let session: Session = with_ticket.post(path::DEVICES, &added.request).await?;
    let challenge = ask_nonce(&api, name.as_str()).await?;
    let request = with_cx(|cx| {
        let (user, version) = ((&found.user_id, name.as_str()), found.vault.version);
        let (server, nonce) = (&info.server_id, &challenge.nonce);
        account::recover_password(&unlocked, server, user, version, nonce, back.new_password, cx)
    })?;
    let opened = Api { address: address.clone(), token: Some(session.token.0.clone()) };
    opened.tell(path::RECOVER_PASSWORD, &request).await?;
    let arrival = Arrival {
        user_id: found.user_id,
        user_name: name.to_string(),
        device_id: added.device_id,
        device_seed: added.device_seed,
        root16: chain.root16(),
        vault_key: unlocked.key.clone(),
    };
    take_home(home, &address, &info, arrival, session)
}

/// Begins an account anew by a reset code, with this home as its only device. Everybody in the team is told.
///
/// # Errors
/// [`Failure`]; the home is untouched then.
pub async fn begin_anew(home: &Home, anew: &BeginAnew<'_>) -> Result<Joined, Failure> {
    must_be_free(home)?;
    if !anew.link.is_reset() {
        return Err(Failure::Usage(
            "this link is not for beginning anew; ask an admin for a reset link".into(),
        ));
    }
    let name = parse_name(anew.user_name)?;
    let address = pinned(&anew.link.address, |_| false).await?;
    let info = server_info(&address).await?;
    let api = Api::anonymous(&address);
    let code = anew.link.code.as_str();
    let asked = ResetFor { code: Secret(code.to_owned()), user_name: name.to_string() };
    let start: ResetStart = api.post(path::RESET_START, &asked).await.map_err(dead_code)?;
    let chain = replay(&start.chain)?;
    if chain.name() != &name || chain.user_id() != start.user_id {
        return Err(Failure::Trust("the server answered with somebody else's list of devices".into()));
    }
    let new = with_cx(|cx| {
        account::reset(code, &chain, start.vault_version, anew.new_password, anew.device_name, cx)
    })?;
    let session: Session = api.post(path::RESET, &new.request).await.map_err(dead_code)?;
    let joined = Joined {
        user_name: name.to_string(),
        recovery_key: new.recovery.to_text(),
        words: info.words.clone(),
    };
    let arrival = Arrival {
        user_id: start.user_id,
        user_name: name.to_string(),
        device_id: new.device_id,
        device_seed: new.device_seed,
        root16: new.root16,
        vault_key: new.vault_key,
    };
    take_home(home, &address, &info, arrival, session)?;
    Ok(joined)
}

impl Client {
    /// Sets a new password on a device that is logged in, without the old one.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn set_forgotten_password(&self, new_password: &str) -> Result<(), Failure> {
        let (api, me) = (self.api().await?, self.me().clone());
        let vault: Vault = api.get(path::VAULT).await?;
        let (key, server) = self.with(|engine, _| (engine.vault_key().clone(), engine.server_id())).await?;
        let unlocked = account::unlock_with_key(&me.user_id, &vault.sealed.0, &key)?;
        let challenge = ask_nonce(&api, &me.user_name).await?;
        let request = with_cx(|cx| {
            let (user, nonce) = ((&me.user_id, me.user_name.as_str()), &challenge.nonce);
            account::recover_password(&unlocked, &server, user, vault.version, nonce, new_password, cx)
        })?;
        api.tell(path::RECOVER_PASSWORD, &request).await
    }

    /// Replaces the recovery key by `new` (from [`new_recovery_key`]), which its owner has stored by now.
    ///
    /// # Errors
    /// [`Failure`]; the old key holds then.
    pub async fn rotate_recovery(&self, new: &str) -> Result<(), Failure> {
        let new = parse_key(new)?;
        let api = self.api().await?;
        let vault: Vault = api.get(path::VAULT).await?;
        let request = self
            .with(move |engine, cx| {
                let chain = engine.own_chain()?;
                let (by, key) = (engine.device_key(), engine.vault_key());
                Some(account::rotate_recovery(chain, by, &vault, key, &new, cx))
            })
            .await?;
        api.tell(path::ROTATE_RECOVERY, &request.ok_or_else(no_chain)??).await
    }

    /// Ends a device that may be in other hands, and replaces every key that it knew. `new` is the recovery key from then on,
    /// which its owner has stored by now.
    ///
    /// # Errors
    /// [`Failure::BadPassword`]; nothing was changed then.
    pub async fn lost_device(&self, lost: DeviceId, password: &str, new: &str) -> Result<(), Failure> {
        let new = parse_key(new)?;
        let api = self.api().await?;
        let prelogin = Prelogin { user_name: self.me().user_name.clone() };
        let parameters: PasswordParameters = api.post(path::PRELOGIN, &prelogin).await?;
        let vault: Vault = api.get(path::VAULT).await?;
        let devices: Vec<Device> = api.get(path::DEVICES).await?;
        let password = zeroize::Zeroizing::new(password.to_owned());
        let after = self
            .with(move |engine, cx| {
                let before = BeforeLoss {
                    chain: engine.own_chain()?,
                    by: engine.device_key(),
                    parameters: &parameters,
                    vault_version: vault.version,
                    vault_key: engine.vault_key(),
                    devices: &devices,
                };
                Some(account::lost_device(&before, lost, &password, &new, cx))
            })
            .await?;
        let after = after.ok_or_else(no_chain)??;
        self.with(|engine, cx| engine.doubt_vault_key(cx)).await??;
        if let Err(failure) = api.tell(path::LOST_DEVICE, &after.request).await {
            // The vault says whether it was taken all the same; where it cannot be asked, the next time does.
            let _asked = self.has_shared_keys().await;
            return Err(failure);
        }
        Ok(self.with(move |engine, cx| engine.renew_vault_key(&after.vault_key, cx)).await??)
    }

    /// Whether this device has the keys that its siblings share. If not, another device was given up and the keys were
    /// replaced: [`Client::take_up_keys`] leads to the new ones.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn has_shared_keys(&self) -> Result<bool, Failure> {
        if !self.with(|engine, _| engine.vault_in_doubt()).await?? {
            return Ok(true);
        }
        let vault: Vault = self.api().await?.get(path::VAULT).await?;
        let user = self.me().user_id;
        let opens = move |engine: &mut Engine, cx: &mut Cx<'_>| {
            let opened = account::unlock_with_key(&user, &vault.sealed.0, engine.vault_key());
            match opened {
                Ok(_) => engine.vault_key_holds(cx).map(|()| true),
                Err(_) => Ok(false),
            }
        };
        Ok(self.with(opens).await??)
    }

    /// Takes up the keys that another device has replaced, by the password.
    ///
    /// # Errors
    /// [`Failure::BadPassword`].
    pub async fn take_up_keys(&self, password: &str) -> Result<(), Failure> {
        let api = self.api().await?;
        let user_name = self.me().user_name.clone();
        let prelogin = Prelogin { user_name: user_name.clone() };
        let parameters: PasswordParameters = api.post(path::PRELOGIN, &prelogin).await?;
        let stretched = account::stretch(password, &parameters)?;
        let found: LoggedIn = api.post(path::LOGIN, &Login { user_name, auth: stretched.auth() }).await?;
        let user = self.me().user_id;
        let unlocked = account::unlock(&user, &found.vault.sealed.0, &stretched, &found.share.0)?;
        self.caught_up().await?;
        let recovery = unlocked.recovery.public();
        let ours =
            self.with(move |engine, _| engine.own_chain().map(Chain::recovery) == Some(recovery)).await?;
        if !ours {
            let what = "the server's list of your devices does not end with your recovery key";
            return Err(Failure::Trust(what.into()));
        }
        Ok(self.with(move |engine, cx| engine.renew_vault_key(&unlocked.key, cx)).await??)
    }

    /// Makes a link by which somebody who lost everything begins anew.
    ///
    /// # Errors
    /// [`Failure::Refused`] where one's role does not allow it.
    pub async fn reset_link(&self, user_id: UserId) -> Result<ResetLink, Failure> {
        let made: ResetCode = self.api().await?.post(path::RESET_CODE, &NewResetCode { user_id }).await?;
        let link = InviteLink { address: self.address.clone(), code: made.code.0 }.to_string();
        Ok(ResetLink { link, user_name: made.user_name, expires: made.expires_ms })
    }
}

async fn ask_nonce(api: &Api, user_name: &str) -> Result<RecoverChallenge, Failure> {
    let api = Api::anonymous(&api.address);
    api.post(path::RECOVER_CHALLENGE, &RecoverFor { user_name: user_name.to_owned() }).await
}

fn parse_key(text: &str) -> Result<RecoveryKey, Failure> {
    text.parse().map_err(|error: RecoveryKeyError| Failure::Usage(error.to_string()))
}

fn with_cx<T>(act: impl FnOnce(&mut Cx<'_>) -> T) -> T {
    let mut os = Os;
    act(&mut Cx { now: now(), chance: &mut os })
}

fn no_chain() -> Failure {
    Failure::Other("this device's list of devices is not here yet; try again".into())
}

fn wrong_key(failure: Failure) -> Failure {
    match failure {
        Failure::BadPassword => Failure::WrongRecoveryKey,
        other => other,
    }
}

fn dead_code(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(refusal) if refusal.code == Code::InviteInvalid => Failure::Usage(
            "this reset link does not work for this name: it is used, older than a day, or another person's; ask for a \
             new one"
                .into(),
        ),
        other => other,
    }
}
