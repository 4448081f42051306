//! A person's own devices: listing them, ending one.

use securechat_chain::Op;
use securechat_ids::UnixMillis;
use securechat_proto::{Code, http};

use crate::{Asker, Fault, Outcome, Tx, Wake, devices as chains, log};

/// The asker's active devices. (Reads.)
///
/// # Errors
/// [`Fault::Store`].
pub fn devices(tx: &mut dyn Tx, asker: &Asker) -> Result<Vec<http::Device>, Fault> {
    let rows = tx.active_devices(&asker.user)?;
    Ok(rows
        .into_iter()
        .map(|row| http::Device {
            device_id: row.device,
            device_name: row.sealed_name.into(),
            added_ms: row.added,
            last_seen_ms: row.seen,
            current: row.device == asker.device,
        })
        .collect())
}

/// Ends the device of the asker that a link names: sessions, key packages and Welcomes go, its leaves are to be removed.
///
/// # Errors
/// `Conflict` for a link that does not continue the chain; `Rejected`.
pub fn revoke_device(
    tx: &mut dyn Tx,
    asker: &Asker,
    request: &http::RevokeDevice,
    _now: UnixMillis,
) -> Result<Outcome<()>, Fault> {
    Ok(Outcome { answer: (), wakes: end_device(tx, asker, &request.link.0)? })
}

/// Ends the device that a link names, and says whom to tell.
pub(super) fn end_device(tx: &mut dyn Tx, asker: &Asker, link: &[u8]) -> Result<Vec<Wake>, Fault> {
    let signed = chains::parse_link(link)?;
    let Op::RevokeDevice { device } = signed.link().op else {
        return Err(Fault::refuse(Code::Rejected, "the link revokes no device"));
    };
    chains::continues(tx, &asker.user, &signed)?;
    let size = log::append(tx, &signed)?;
    tx.set_device_inactive(&device)?;
    chains::clear(tx, &device)?;
    let mut wakes = vec![
        Wake::EndSessions { devices: vec![device], code: Code::Unauthenticated },
        Wake::LogGrew { size },
    ];
    wakes.extend(chains::due_everywhere(tx, &device)?);
    Ok(wakes)
}
