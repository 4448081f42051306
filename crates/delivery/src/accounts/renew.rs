//! New keys for an account: another recovery key, and everything at once when a device is in other hands.

use securechat_chain::Op;
use securechat_proto::{Code, http};

use super::devices::end_device;
use super::password::password_row;
use super::register::check_device_name;
use super::vault::next_vault;
use crate::{Asker, Fault, Limits, Outcome, Tx, Wake, devices as chains, log};

/// Replaces the recovery key, on the chain and in the vault.
///
/// # Errors
/// `Conflict` for a link that does not continue the chain or a vault that changed meanwhile; `Rejected`, `TooLarge`.
pub fn rotate_recovery(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::RotateRecovery,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let size = append_rotation(tx, asker, &request.link.0)?;
    next_vault(tx, &asker.user, &request.vault, limits)?;
    // A ticket may have been given to the old key.
    tx.delete_tickets(&asker.user)?;
    Ok(Outcome { answer: (), wakes: vec![Wake::LogGrew { size }] })
}

/// Ends a device that may be in other hands and replaces what it knew: recovery key, vault key, share, password proof. The
/// items of the account are taken away, since it could open them; the shell has verified the password.
///
/// # Errors
/// As [`rotate_recovery`]; `NotFound` for the name of a device that is not the asker's.
pub fn lost_device(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::LostDevice,
    password_hash: String,
    sealed_share: Vec<u8>,
    limits: &Limits,
) -> Result<Outcome<()>, Fault> {
    let password = password_row(&request.parameters, password_hash, sealed_share)?;
    let mut wakes = end_device(tx, asker, &request.revoke.0)?;
    let size = append_rotation(tx, asker, &request.rotate.0)?;
    next_vault(tx, &asker.user, &request.vault, limits)?;
    tx.set_password(&asker.user, &password)?;
    tx.delete_tickets(&asker.user)?;
    tx.delete_items(&asker.user)?;
    for named in &request.device_names {
        check_device_name(&named.device_name.0)?;
        if !tx.set_device_name(&asker.user, &named.device_id, &named.device_name.0)? {
            return Err(Fault::refuse(Code::NotFound, "there is no such device"));
        }
    }
    wakes.push(Wake::LogGrew { size });
    Ok(Outcome { answer: (), wakes })
}

fn append_rotation(tx: &mut dyn Tx, asker: &Asker, link: &[u8]) -> Result<u64, Fault> {
    let signed = chains::parse_link(link)?;
    let Op::RotateRecovery { .. } = signed.link().op else {
        return Err(Fault::refuse(Code::Rejected, "the link replaces no recovery key"));
    };
    chains::continues(tx, &asker.user, &signed)?;
    Ok(log::append(tx, &signed)?)
}
