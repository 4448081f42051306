//! The old device's side of a linking: it asks its person, puts the new device on the chain and hands over the vault key.

use ed25519_dalek::{Signature, VerifyingKey};
use securechat_chain::{Chain, Link, Op, device_possession};
use securechat_ids::{DeviceId, ServerId, UserId};
use securechat_mls_member::DeviceKey;
use securechat_proto::http::{AddDevice, B64};

use super::LinkingError;
use super::channel::{Channel, Handshake};
use super::new_side::{Offer, Verdict, Whose};
use crate::account::{LinkingCode, VaultKey};
use crate::clean::clean_line;
use crate::{Cx, cbor};

/// Longest name of a device, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// Whose devices both are, as the old one knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who the server is.
    pub server_id: ServerId,
    /// Its pin.
    pub server_pin: String,
    /// The person.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
}

/// What is granted, all of it as this device has it.
pub struct Granting<'a> {
    /// The own chain, with the new device on it.
    pub chain: &'a Chain,
    /// Links of the log.
    pub log_size: u64,
    /// Root over them.
    pub log_root: [u8; 32],
    /// The vault's key.
    pub vault_key: &'a VaultKey,
}

/// A device that may let a new one in.
pub struct OldSide {
    user_id: UserId,
    state: State,
}

enum State {
    /// For the new device to say what it is.
    Waiting(Handshake),
    /// For this device's person to say yes.
    Offered {
        channel: Channel,
        offer: Offer,
    },
    /// For the new device to be in this device's copy of the log.
    Confirmed {
        channel: Channel,
        offer: Offer,
    },
    Done,
    Failed,
}

impl OldSide {
    /// Takes a linking by its first message, and gives this side's first.
    ///
    /// # Errors
    /// [`LinkingError::Channel`] for another code.
    pub fn begin(
        code: &LinkingCode,
        first: &[u8],
        account: &Account,
        cx: &mut Cx<'_>,
    ) -> Result<(Self, Vec<u8>), LinkingError> {
        let mut handshake = Handshake::new(code, false, cx);
        handshake.hear(first)?;
        let (pin, name) = (account.server_pin.clone(), account.user_name.clone());
        let whose = Whose(1, account.server_id, pin, account.user_id, name);
        let message = handshake.say(&cbor::to_bytes(&whose))?;
        Ok((Self { user_id: account.user_id, state: State::Waiting(handshake) }, message))
    }

    /// The new device says what it is. Gives its name, to be asked about, and what the four words are made of.
    ///
    /// # Errors
    /// [`LinkingError`]; then it is over.
    pub fn offered(&mut self, message: &[u8]) -> Result<(String, [u8; 6]), LinkingError> {
        let State::Waiting(handshake) = std::mem::replace(&mut self.state, State::Failed) else {
            return Err(LinkingError::Over);
        };
        let mut channel = handshake.finish()?;
        let mut offer: Offer = channel.hear(message)?;
        let Offer(device, key, possession, name) = &mut offer;
        let bytes = device_possession(&self.user_id, device, key);
        let holds = VerifyingKey::from_bytes(key)
            .is_ok_and(|key| key.verify_strict(&bytes, &Signature::from_bytes(possession)).is_ok());
        if !holds {
            return Err(LinkingError::Malformed);
        }
        *name = clean_line(name).chars().take(NAME_CHARACTERS_MAX).collect();
        let told = (name.clone(), channel.words());
        self.state = State::Offered { channel, offer };
        Ok(told)
    }

    /// The person said yes: the link that puts the new device on the chain. Asked again, the link is made for the chain
    /// as it is then.
    ///
    /// # Errors
    /// [`LinkingError::Over`].
    pub fn confirmed(
        &mut self,
        chain: &Chain,
        by: &DeviceKey,
        vault_key: &VaultKey,
        cx: &mut Cx<'_>,
    ) -> Result<AddDevice, LinkingError> {
        let (channel, offer) = match std::mem::replace(&mut self.state, State::Failed) {
            State::Offered { channel, offer } | State::Confirmed { channel, offer } => (channel, offer),
            State::Waiting(_) | State::Done | State::Failed => return Err(LinkingError::Over),
        };
        let Offer(device, key, possession, name) = &offer;
        let op = Op::AddDevice { device: *device, key: **key, possession: **possession };
        let link = Link {
            version: 1,
            user_id: chain.user_id(),
            seq: chain.length(),
            prev: chain.head(),
            time: cx.now,
            op,
            signer: by.public(),
        }
        .sign(|bytes| by.sign(bytes));
        let device_name = B64(vault_key.seal_text(&self.user_id, name, cx));
        self.state = State::Confirmed { channel, offer };
        Ok(AddDevice { link: B64(link.bytes().to_vec()), device_name })
    }

    /// The new device is on the chain in this device's copy of the log: lets it in.
    ///
    /// # Errors
    /// [`LinkingError::Over`] if it is not there.
    pub fn granted(&mut self, granting: &Granting<'_>) -> Result<Vec<u8>, LinkingError> {
        let State::Confirmed { mut channel, offer } = std::mem::replace(&mut self.state, State::Failed)
        else {
            return Err(LinkingError::Over);
        };
        let chain = granting.chain;
        if chain.active_key(&offer.0) != Some(*offer.1) {
            return Err(LinkingError::Over);
        }
        let message = channel.say(&Verdict::Granted {
            root: chain.root().into(),
            head: chain.head().into(),
            size: granting.log_size,
            log_root: granting.log_root.into(),
            vault_key: (*granting.vault_key.as_bytes()).into(),
        })?;
        self.state = State::Done;
        Ok(message)
    }

    /// The person said no, or the new device cannot be put on the chain.
    ///
    /// # Errors
    /// [`LinkingError::Over`].
    pub fn refused(&mut self) -> Result<Vec<u8>, LinkingError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Offered { mut channel, .. } | State::Confirmed { mut channel, .. } => {
                channel.say(&Verdict::Refused)
            }
            State::Waiting(_) | State::Done | State::Failed => Err(LinkingError::Over),
        }
    }

    /// A linking that is over.
    pub fn over() -> Self {
        Self { user_id: UserId::from_bytes([0; 16]), state: State::Failed }
    }

    /// Which device is to be let in, once it has said so.
    pub fn device_id(&self) -> Option<DeviceId> {
        match &self.state {
            State::Offered { offer, .. } | State::Confirmed { offer, .. } => Some(offer.0),
            State::Waiting(_) | State::Done | State::Failed => None,
        }
    }
}
