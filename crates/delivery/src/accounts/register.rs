//! Registering: a code, a free name and a genesis link make an account with its first device.

use securechat_chain::{Chain, Op, SignedLink};
use securechat_ids::{DeviceId, UnixMillis, UserName};
use securechat_proto::{Code, http};

use super::password::password_row;
use super::vault::check_size;
use crate::rows::{AccountRow, DeviceRow, InviteRow, VaultRow};
use crate::sessions::{self, token_hash};
use crate::{Fault, Limits, Outcome, Rng, Tx, Wake, devices, log, people};

/// Longest sealed device name.
pub(super) const DEVICE_NAME_BYTES_MAX: usize = 512;

/// What a code lets its bearer become.
enum Entry {
    Owner,
    Invited(InviteRow),
}

/// A registration that holds.
struct Candidate {
    entry: Entry,
    signed: SignedLink,
    chain: Chain,
    name: UserName,
    device: DeviceId,
    key: [u8; 32],
}

/// Whether [`register`] would succeed now: asked before the shell spends a bcrypt on it. (Reads.)
///
/// # Errors
/// As [`register`].
pub fn may_register(
    tx: &mut dyn Tx,
    request: &http::Register,
    now: UnixMillis,
    limits: &Limits,
) -> Result<(), Fault> {
    check(tx, request, now, limits).map(|_| ())
}

/// Makes an account with its first device and opens a session. Of two that race for a name, one wins.
///
/// # Errors
/// `InviteInvalid`, `NameTaken`, `Rejected` for a link that does not hold, `TooLarge`, `BadRequest`, `LimitReached`.
pub fn register(
    tx: &mut dyn Tx,
    request: &http::Register,
    password_hash: String,
    sealed_share: Vec<u8>,
    now: UnixMillis,
    rng: &mut dyn Rng,
    limits: &Limits,
) -> Result<Outcome<http::Session>, Fault> {
    let candidate = check(tx, request, now, limits)?;
    let role = spend(tx, &candidate.entry)?;
    let user = candidate.chain.user_id();
    let account = AccountRow {
        user,
        name: candidate.name,
        role,
        active: true,
        created: now,
        root16: candidate.chain.root16(),
    };
    let password = password_row(&request.parameters, password_hash, sealed_share)?;
    let vault = VaultRow { version: 1, sealed: request.vault.0.clone() };
    let device = DeviceRow {
        device: candidate.device,
        user,
        key: candidate.key,
        active: true,
        sealed_name: request.device_name.0.clone(),
        added: now,
        seen: now,
    };
    // The unique indices have the last word, whatever the check saw.
    if !tx.insert_account(&account, &password, &vault)? || !tx.insert_device(&device)? {
        return Err(taken());
    }
    let size = log::append(tx, &candidate.signed)?;
    let answer = sessions::open(tx, &account, &candidate.device, now, rng, limits)?;
    Ok(Outcome { answer, wakes: vec![Wake::LogGrew { size }] })
}

fn check(
    tx: &mut dyn Tx,
    request: &http::Register,
    now: UnixMillis,
    limits: &Limits,
) -> Result<Candidate, Fault> {
    check_size(&request.vault.0, limits)?;
    check_device_name(&request.device_name.0)?;
    password_row(&request.parameters, String::new(), Vec::new())?;
    let name = request
        .user_name
        .parse::<UserName>()
        .map_err(|error| Fault::refuse(Code::BadRequest, error.to_string()))?;
    // The code comes before the name: without one, nobody learns which names are taken.
    let entry = entry(tx, &request.code, now)?;
    let signed = devices::parse_link(&request.genesis.0)?;
    let chain = Chain::begin(&signed).map_err(|error| Fault::refuse(Code::Rejected, error.to_string()))?;
    let Op::Genesis { device, key, .. } = signed.link().op.clone() else {
        return Err(Fault::refuse(Code::Rejected, "the link begins no chain"));
    };
    if *chain.name() != name {
        return Err(Fault::refuse(Code::Rejected, "the link is of another name"));
    }
    if tx.account_named(&name)?.is_some()
        || tx.account(&chain.user_id())?.is_some()
        || tx.device(&device)?.is_some()
    {
        return Err(taken());
    }
    if tx.count_accounts()? >= limits.users_max as u64 {
        return Err(Fault::refuse(Code::LimitReached, "the team has as many accounts as it may have"));
    }
    Ok(Candidate { entry, signed, chain, name, device, key })
}

fn entry(tx: &mut dyn Tx, code: &http::Secret, now: UnixMillis) -> Result<Entry, Fault> {
    let hash = token_hash(&code.0);
    if people::is_owner_code(tx, &hash, now)? {
        return Ok(Entry::Owner);
    }
    match tx.invite(&hash)?.filter(|invite| invite.uses > 0 && invite.expires > now) {
        Some(invite) => Ok(Entry::Invited(invite)),
        None => Err(Fault::refuse(Code::InviteInvalid, "the invite is unknown, used up or expired")),
    }
}

fn spend(tx: &mut dyn Tx, entry: &Entry) -> Result<http::Role, Fault> {
    match entry {
        Entry::Owner => {
            people::forget_owner_code(tx)?;
            Ok(http::Role::Owner)
        }
        Entry::Invited(invite) => {
            tx.set_invite_uses(&invite.id, invite.uses - 1)?;
            Ok(invite.role)
        }
    }
}

pub(super) fn check_device_name(sealed: &[u8]) -> Result<(), Fault> {
    if sealed.len() > DEVICE_NAME_BYTES_MAX {
        return Err(Fault::refuse(Code::TooLarge, "the device name is too long"));
    }
    Ok(())
}

fn taken() -> Fault {
    Fault::refuse(Code::NameTaken, "the user name is taken")
}
