//! The new device's side of a linking.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{LinkHash, device_possession};
use securechat_ids::{DeviceId, ServerId, UserId};
use securechat_proto::http::Role;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use super::LinkingError;
use super::channel::{Channel, Handshake};
use crate::account::{LinkingCode, VaultKey};
use crate::{Cx, NewHome, cbor};

/// Version, server, pin, user, name: whose device the new one is to be.
#[derive(Serialize, Deserialize)]
pub(super) struct Whose(pub u8, pub ServerId, pub String, pub UserId, pub String);

/// The new device says what it is.
#[derive(Serialize, Deserialize)]
pub(super) struct Offer(pub DeviceId, pub ByteArray<32>, pub ByteArray<64>, pub String);

/// What comes of it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Granted {
        root: ByteArray<32>,
        head: ByteArray<32>,
        size: u64,
        log_root: ByteArray<32>,
        vault_key: ByteArray<32>,
    },
    Refused,
}

/// A new device that wants to be let in.
pub struct NewSide {
    device_id: DeviceId,
    seed: Zeroizing<[u8; 32]>,
    server_id: ServerId,
    server_url: String,
    server_pin: String,
    state: State,
}

enum State {
    /// For an old device to take the code.
    Waiting(Handshake),
    /// For the person there to say yes.
    Offered {
        channel: Channel,
        user_id: UserId,
        user_name: String,
    },
    Done,
    Failed,
}

/// An old device has answered.
pub struct Welcomed {
    /// To be sent.
    pub message: Vec<u8>,
    /// Whose device this is to be.
    pub user_name: String,
    /// What the four words are made of.
    pub words: [u8; 6],
}

/// This device is let in: what its home begins with, and what the log must say.
pub struct Grant {
    user_id: UserId,
    user_name: String,
    root16: [u8; 16],
    vault_key: VaultKey,
    expected: Expected,
}

/// What the old device had seen of the log when it let this one in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expected {
    #[serde(with = "serde_bytes")]
    pub root: LinkHash,
    #[serde(with = "serde_bytes")]
    pub head: LinkHash,
    pub size: u64,
    #[serde(with = "serde_bytes")]
    pub log_root: [u8; 32],
}

impl NewSide {
    /// Begins, and gives the first message. The server is the one that this device itself talks to.
    ///
    /// # Errors
    /// None but what cannot happen.
    pub fn begin(
        code: &LinkingCode,
        server_id: ServerId,
        server_url: &str,
        server_pin: &str,
        cx: &mut Cx<'_>,
    ) -> Result<(Self, Vec<u8>), LinkingError> {
        let mut handshake = Handshake::new(code, true, cx);
        let first = handshake.say(&[])?;
        let side = Self {
            device_id: DeviceId::from_bytes(cx.bytes()),
            seed: Zeroizing::new(cx.bytes()),
            server_id,
            server_url: server_url.to_owned(),
            server_pin: server_pin.to_owned(),
            state: State::Waiting(handshake),
        };
        Ok((side, first))
    }

    /// The old device's first message: whose device this is to be. Gives what this one is.
    ///
    /// # Errors
    /// [`LinkingError`]; then it is over.
    pub fn welcomed(&mut self, message: &[u8], device_name: &str) -> Result<Welcomed, LinkingError> {
        let State::Waiting(mut handshake) = std::mem::replace(&mut self.state, State::Failed) else {
            return Err(LinkingError::Over);
        };
        let payload = handshake.hear(message)?;
        let Whose(version, server_id, pin, user_id, user_name) =
            cbor::from_bytes(&payload).ok_or(LinkingError::Malformed)?;
        if version != 1 {
            return Err(LinkingError::Malformed);
        }
        if server_id != self.server_id || pin != self.server_pin {
            return Err(LinkingError::OtherServer);
        }
        let mut channel = handshake.finish()?;
        let key = SigningKey::from_bytes(&self.seed);
        let public = key.verifying_key().to_bytes();
        let possession = key.sign(&device_possession(&user_id, &self.device_id, &public)).to_bytes();
        let offer = Offer(self.device_id, public.into(), possession.into(), device_name.to_owned());
        let message = channel.say(&offer)?;
        let words = channel.words();
        let told = Welcomed { message, user_name: user_name.clone(), words };
        self.state = State::Offered { channel, user_id, user_name };
        Ok(told)
    }

    /// The old device's second message: let in or not.
    ///
    /// # Errors
    /// [`LinkingError::Refused`] and others; then it is over.
    pub fn answered(&mut self, message: &[u8]) -> Result<Grant, LinkingError> {
        let State::Offered { mut channel, user_id, user_name } =
            std::mem::replace(&mut self.state, State::Failed)
        else {
            return Err(LinkingError::Over);
        };
        match channel.hear(message)? {
            Verdict::Refused => Err(LinkingError::Refused),
            Verdict::Granted { root, head, size, log_root, vault_key } => {
                self.state = State::Done;
                Ok(Grant {
                    user_id,
                    user_name,
                    root16: root[..16].try_into().expect("a hash has 32 bytes"),
                    vault_key: VaultKey::from_bytes(*vault_key),
                    expected: Expected { root: *root, head: *head, size, log_root: *log_root },
                })
            }
        }
    }

    /// Signs the nonce that opens this device's first session.
    pub fn sign_session(&self, nonce: &[u8]) -> [u8; 64] {
        let bytes = securechat_proto::http::session_challenge(&self.server_id, &self.device_id, nonce);
        SigningKey::from_bytes(&self.seed).sign(&bytes).to_bytes()
    }

    /// Which device this is.
    pub fn device_id(&self) -> DeviceId {
        self.device_id
    }

    /// What its home begins with, once a session is open.
    pub fn home(&self, grant: Grant, role: Role, token: &str) -> NewHome {
        NewHome {
            server_id: self.server_id,
            server_url: self.server_url.clone(),
            server_pin: self.server_pin.clone(),
            user_id: grant.user_id,
            user_name: grant.user_name,
            device_id: self.device_id,
            device_seed: self.seed.clone(),
            root16: grant.root16,
            vault_key: grant.vault_key,
            role,
            token: token.to_owned(),
            expected: Some(cbor::to_bytes(&grant.expected)),
        }
    }
}
