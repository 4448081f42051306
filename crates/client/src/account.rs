//! Comes into a team and goes out of it: register, log in, log out.

use securechat_chain::{Chain, SignedLink};
use securechat_engine::account::{self, RecoveryKey, VaultKey};
use securechat_engine::{Cx, Engine, NewHome};
use securechat_ids::{DeviceId, UserId, UserName};
use securechat_proto::http::{B64, LoggedIn, Login, PasswordParameters, Prelogin, ServerInfo, Session, path};
use securechat_proto::{Code, Refusal};
use zeroize::Zeroizing;

use crate::address::{Address, InviteLink};
use crate::failure::Failure;
use crate::http::{Api, server_info};
use crate::platform::{Home, Os, learn_pin, now};

/// A fresh account on this device.
pub struct Joined {
    /// The name, folded.
    pub user_name: String,
    /// To be shown once and written down.
    pub recovery_key: String,
    /// The server's four words.
    pub words: Vec<String>,
}

/// What a log-in by password needs to know.
pub struct LogIn<'a> {
    /// Server or any link of it.
    pub link: &'a InviteLink,
    /// The name.
    pub user_name: &'a str,
    /// The password.
    pub password: &'a str,
    /// How this device is to be called.
    pub device_name: &'a str,
}

/// What the server at an address says of itself to anybody.
///
/// # Errors
/// [`Failure::Unreachable`], or that it speaks another protocol.
pub async fn look(address: &Address) -> Result<ServerInfo, Failure> {
    server_info(address).await
}

/// Makes an account by an invite or owner link, with this home as its first device.
///
/// # Errors
/// [`Failure`]; the home is untouched then.
pub async fn register(
    home: &Home,
    link: &InviteLink,
    user_name: &str,
    password: &str,
    device_name: &str,
) -> Result<Joined, Failure> {
    must_be_free(home)?;
    if link.is_reset() {
        return Err(Failure::Usage("this link is for somebody who lost everything and begins anew".into()));
    }
    if link.code.is_empty() {
        return Err(Failure::Usage(
            "to register, a whole invite link is needed; ask the team for one".into(),
        ));
    }
    let name: UserName = parse_name(user_name)?;
    let address = pinned(&link.address, |_| false).await?;
    let info = server_info(&address).await?;
    let new = {
        let mut os = Os;
        let mut cx = Cx { now: now(), chance: &mut os };
        account::register(&link.code, &name, password, device_name, &mut cx)?
    };
    let session: Session = Api::anonymous(&address).post(path::REGISTER, &new.request).await?;
    let recovery: &RecoveryKey = &new.recovery;
    let joined = Joined {
        user_name: new.user_name.to_string(),
        recovery_key: recovery.to_text(),
        words: info.words.clone(),
    };
    let arrival = Arrival {
        user_id: new.user_id,
        user_name: joined.user_name.clone(),
        device_id: new.device_id,
        device_seed: new.device_seed,
        root16: new.root16,
        vault_key: new.vault_key,
    };
    take_home(home, &address, &info, arrival, session)?;
    Ok(joined)
}

/// Whose device a fresh home is.
pub(crate) struct Arrival {
    pub user_id: UserId,
    pub user_name: String,
    pub device_id: DeviceId,
    pub device_seed: Zeroizing<[u8; 32]>,
    /// First half of the chain's root.
    pub root16: [u8; 16],
    pub vault_key: VaultKey,
}

/// Writes the first row of a home for a device that the server has taken.
pub(crate) fn take_home(
    home: &Home,
    address: &Address,
    info: &ServerInfo,
    arrival: Arrival,
    session: Session,
) -> Result<(), Failure> {
    let fresh = NewHome {
        server_id: info.server_id,
        server_url: address.to_string(),
        server_pin: address.pin.clone().unwrap_or_default(),
        user_id: arrival.user_id,
        user_name: arrival.user_name,
        device_id: arrival.device_id,
        device_seed: arrival.device_seed,
        root16: arrival.root16,
        vault_key: arrival.vault_key,
        role: session.role,
        token: session.token.0,
        expected: None,
    };
    Ok(Engine::create(&home.create_database()?, &fresh)?)
}

/// Adds this home as a further device of an account. `confirm` is asked when the server's identity is not known yet: it is
/// given the four words and says whether to go on.
///
/// # Errors
/// [`Failure`]; the home is untouched then.
pub async fn log_in(
    home: &Home,
    log_in: &LogIn<'_>,
    confirm: impl FnOnce(&[&'static str; 4]) -> bool,
) -> Result<(), Failure> {
    must_be_free(home)?;
    let name = parse_name(log_in.user_name)?;
    let address = pinned(&log_in.link.address, confirm).await?;
    let info = server_info(&address).await?;
    let api = Api::anonymous(&address);
    let prelogin = Prelogin { user_name: name.to_string() };
    let parameters: PasswordParameters = api.post(path::PRELOGIN, &prelogin).await?;
    let stretched = account::stretch(log_in.password, &parameters)?;
    let proof = Login { user_name: name.to_string(), auth: stretched.auth() };
    let logged_in: LoggedIn = api.post(path::LOGIN, &proof).await?;
    let unlocked =
        account::unlock(&logged_in.user_id, &logged_in.vault.sealed.0, &stretched, &logged_in.share.0)?;
    let chain = replay(&logged_in.chain)?;
    if chain.name() != &name || chain.user_id() != logged_in.user_id {
        return Err(Failure::Trust("the server answered with somebody else's list of devices".into()));
    }
    if chain.recovery() != unlocked.recovery.public() {
        let what =
            "the server's list of your devices does not end with your recovery key; nothing was changed";
        return Err(Failure::Trust(what.into()));
    }
    let added = {
        let mut os = Os;
        let mut cx = Cx { now: now(), chance: &mut os };
        account::add_device(&chain, &unlocked, log_in.device_name, &mut cx)
    };
    let with_ticket = Api { address: address.clone(), token: Some(logged_in.ticket.0.clone()) };
    let session: Session = with_ticket.post(path::DEVICES, &added.request).await?;
    let arrival = Arrival {
        user_id: logged_in.user_id,
        user_name: name.to_string(),
        device_id: added.device_id,
        device_seed: added.device_seed,
        root16: chain.root16(),
        vault_key: unlocked.key.clone(),
    };
    take_home(home, &address, &info, arrival, session)
}

/// Ends this device's session at the server if it can be reached, and wipes the home either way.
///
/// # Errors
/// [`Failure`] only if the home cannot be wiped.
#[cfg(not(target_family = "wasm"))]
pub async fn log_out(home: &Home) -> Result<(), Failure> {
    end_session(home).await;
    Ok(home.wipe()?)
}

/// Tells the server that this device goes, if it can be reached: unreachable is no reason to keep the keys here.
pub async fn end_session(home: &Home) {
    if home.is_taken()
        && let Ok(Some(engine)) =
            home.open_database().map_err(drop).and_then(|c| Engine::load(c).map_err(drop))
    {
        let me = engine.me();
        if let (Ok(link), Some(token)) = (me.server_url.parse::<InviteLink>(), engine.token()) {
            let address = Address { pin: Some(me.server_pin), ..link.address };
            let api = Api { address, token: Some(token.to_owned()) };
            let _told = api.tell(path::LOGOUT, &serde_json::json!({})).await;
        }
    }
}

pub(crate) fn must_be_free(home: &Home) -> Result<(), Failure> {
    if home.is_taken() {
        return Err(Failure::Usage(format!(
            "somebody is logged in at {} already; log out there first",
            home.place()
        )));
    }
    Ok(())
}

pub(crate) fn parse_name(text: &str) -> Result<UserName, Failure> {
    text.parse().map_err(|error: securechat_ids::UserNameError| Failure::Usage(error.to_string()))
}

/// The address with a pin: from the link, or learnt now if a person says that the words are right.
///
/// # Errors
/// [`Failure::Trust`] if nobody does, [`Failure::Unreachable`].
pub async fn pinned(
    address: &Address,
    confirm: impl FnOnce(&[&'static str; 4]) -> bool,
) -> Result<Address, Failure> {
    if address.pin.is_some() {
        return Ok(address.clone());
    }
    let pin = learn_pin(address).await?;
    let words = crate::address::server_words(&pin)
        .ok_or_else(|| Failure::Trust(format!("{address} shows no identity")))?;
    if !confirm(&words) {
        return Err(Failure::Trust(format!(
            "the identity of {address} ({}) was not confirmed; use an invite link, which carries it",
            words.join(" ")
        )));
    }
    Ok(Address { pin: Some(pin), ..address.clone() })
}

pub(crate) fn replay(links: &[B64]) -> Result<Chain, Failure> {
    let broken = || Failure::Trust("the server's list of your devices is not validly signed".into());
    let mut chain: Option<Chain> = None;
    for link in links {
        let link = SignedLink::parse(&link.0).map_err(|_| broken())?;
        chain = Some(match chain {
            None => Chain::begin(&link).map_err(|_| broken())?,
            Some(chain) => chain.append(&link).map_err(|_| broken())?,
        });
    }
    chain.ok_or_else(broken)
}

/// Opens a session by device key.
pub(crate) async fn open_session(
    address: &Address,
    signer: &securechat_engine::SessionSigner,
) -> Result<Session, Failure> {
    prove(address, signer.device_id(), |nonce| signer.sign(nonce)).await
}

/// Opens a session for a device that signs a nonce.
pub(crate) async fn prove(
    address: &Address,
    device_id: DeviceId,
    sign: impl FnOnce(&[u8]) -> [u8; 64],
) -> Result<Session, Failure> {
    use securechat_proto::http::{B64, Challenge, ChallengeFor, ProveDevice};
    let api = Api::anonymous(address);
    let challenge: Challenge = api.post(path::CHALLENGE, &ChallengeFor { device_id }).await?;
    let signature = B64(sign(&challenge.nonce.0).to_vec());
    let proof = ProveDevice { device_id, nonce: challenge.nonce, signature };
    let answer: Result<Session, Failure> = api.post(path::SESSION, &proof).await;
    answer.map_err(|failure| match failure {
        // There is no password in this: the device itself is no longer accepted.
        Failure::BadPassword => Failure::Refused(Refusal::new(
            Code::Unauthenticated,
            "this device was revoked or the account is not active any more",
        )),
        other => other,
    })
}
