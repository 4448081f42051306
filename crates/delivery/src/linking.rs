//! Relays what a new device and an old one say to each other while they link: in memory, for five minutes, one taker
//! (docs/protocol.md §3.1). What is relayed is sealed by a secret that is never here. Pure; time is handed in.

use std::collections::BTreeMap;
use std::net::IpAddr;

use securechat_ids::{DeviceId, UnixMillis};
use securechat_proto::http::Secret;
use securechat_proto::{Code, Refusal, limits};

use crate::Rng;
use crate::address::network;
use crate::sessions::{secret, token_hash};

/// Names a linking; only who has its code knows it.
pub type LinkingId = [u8; 16];

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party<'a> {
    /// The new device, by the token that opening gave.
    New {
        /// That token.
        token: &'a str,
    },
    /// An old device, by its session.
    Old {
        /// Which.
        device: DeviceId,
    },
}

/// Everything that is being linked.
#[derive(Default)]
pub struct Linkings(BTreeMap<LinkingId, Linking>);

/// Messages of one side, in order.
type Said = Vec<Vec<u8>>;

struct Linking {
    token_hash: [u8; 32],
    address: IpAddr,
    expires: UnixMillis,
    taker: Option<DeviceId>,
    /// A second device tried to take it: somebody else has the code.
    contested: bool,
    from_new: Said,
    from_old: Said,
}

impl Linkings {
    /// Opens a linking with the new device's first message, and gives the new device's token.
    ///
    /// # Errors
    /// `Conflict` for an id in use, `RateLimited` for an address with too many, `Busy` when there are too many in all,
    /// `TooLarge`.
    pub fn open(
        &mut self,
        id: LinkingId,
        data: Vec<u8>,
        address: IpAddr,
        now: UnixMillis,
        rng: &mut dyn Rng,
    ) -> Result<(Secret, UnixMillis), Refusal> {
        self.0.retain(|_, linking| linking.expires > now);
        check_size(&data)?;
        let address = network(address);
        let of_address = || self.0.values().filter(|linking| linking.address == address);
        if of_address().count() >= limits::LINKINGS_PER_ADDRESS_MAX {
            let wait = of_address().map(|linking| linking.expires.since(now)).min().unwrap_or(0);
            return Err(Refusal::later(
                Code::RateLimited,
                "too many devices are being linked from here",
                wait,
            ));
        }
        if self.0.len() >= limits::LINKINGS_MAX {
            return Err(Refusal::later(Code::Busy, "too many devices are being linked", limits::LINKING_MS));
        }
        if self.0.contains_key(&id) {
            return Err(Refusal::new(Code::Conflict, "the code is in use; make a new one"));
        }
        let token = secret(rng);
        let expires = now.plus(limits::LINKING_MS);
        let linking = Linking {
            token_hash: token_hash(&token.0),
            address,
            expires,
            taker: None,
            contested: false,
            from_new: vec![data],
            from_old: Vec::new(),
        };
        self.0.insert(id, linking);
        Ok((token, expires))
    }

    /// An old device takes a linking, and gets its first message.
    ///
    /// # Errors
    /// `NotFound` for a code that nobody waits under (any more); `Conflict` for whoever comes second.
    pub fn take(&mut self, id: &LinkingId, device: DeviceId, now: UnixMillis) -> Result<Vec<u8>, Refusal> {
        let linking = self.live(id, now)?;
        match linking.taker {
            None => linking.taker = Some(device),
            // Its answer was lost.
            Some(taker) if taker == device && linking.from_old.is_empty() && !linking.contested => {}
            Some(_) => {
                linking.contested = true;
                return Err(contested());
            }
        }
        Ok(linking.from_new[0].clone())
    }

    /// Takes a message of one side; the same one once more does no harm.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a contested linking or a number out of order; `TooLarge`, `LimitReached`.
    pub fn put(
        &mut self,
        id: &LinkingId,
        by: Party<'_>,
        number: u32,
        data: Vec<u8>,
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        check_size(&data)?;
        let linking = self.live(id, now)?;
        let (own, _) = linking.sides(by)?;
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        if own.get(number) == Some(&data) {
            return Ok(());
        }
        if number != own.len() {
            return Err(Refusal::new(Code::Conflict, "the message is out of order"));
        }
        if number >= limits::LINKING_MESSAGES_MAX {
            return Err(Refusal::new(Code::LimitReached, "a linking has no room for more messages"));
        }
        own.push(data);
        Ok(())
    }

    /// A message of the other side, if it is there.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a contested linking.
    pub fn get(
        &mut self,
        id: &LinkingId,
        by: Party<'_>,
        number: u32,
        now: UnixMillis,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let (_, other) = self.live(id, now)?.sides(by)?;
        Ok(other.get(usize::try_from(number).unwrap_or(usize::MAX)).cloned())
    }

    /// Whether a bearer's token is that of a linking's new device.
    pub fn is_new_device(&self, id: &LinkingId, token: &str) -> bool {
        self.0.get(id).is_some_and(|linking| linking.token_hash == token_hash(token))
    }

    fn live(&mut self, id: &LinkingId, now: UnixMillis) -> Result<&mut Linking, Refusal> {
        self.0.get_mut(id).filter(|linking| linking.expires > now).ok_or_else(not_found)
    }
}

impl Linking {
    /// What the asker has said, and what the other side has.
    fn sides(&mut self, by: Party<'_>) -> Result<(&mut Said, &mut Said), Refusal> {
        let known = match by {
            Party::New { token } => self.token_hash == token_hash(token),
            Party::Old { device } => self.taker == Some(device),
        };
        if !known {
            return Err(not_found());
        }
        if self.contested {
            return Err(contested());
        }
        Ok(match by {
            Party::New { .. } => (&mut self.from_new, &mut self.from_old),
            Party::Old { .. } => (&mut self.from_old, &mut self.from_new),
        })
    }
}

fn check_size(data: &[u8]) -> Result<(), Refusal> {
    if data.len() > limits::LINKING_BYTES_MAX {
        return Err(Refusal::new(Code::TooLarge, "the message is too large for a linking"));
    }
    Ok(())
}

fn not_found() -> Refusal {
    Refusal::new(Code::NotFound, "no device waits under this code; a code works once, for five minutes")
}

fn contested() -> Refusal {
    Refusal::new(Code::Conflict, "the code was used on a second device too, so it ends here; make a new one")
}

#[cfg(test)]
mod tests;
