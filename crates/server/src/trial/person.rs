//! Somebody with a device, a chain and a password.

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Link, Op, device_possession};
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::http::{
    AddDevice, B64, Challenge, ChallengeFor, LoggedIn, Login, PasswordParameters, ProveDevice, Register,
    RevokeDevice, Secret, Session, path, session_challenge,
};

use super::{Answered, Trial};

/// A person; all keys follow from a number.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) user: UserId,
    pub(crate) device: DeviceId,
    number: u8,
    /// Hash of the chain's head, and its length.
    head: ([u8; 32], u64),
    pub(crate) session: Option<Session>,
}

pub(crate) fn auth(byte: u8) -> Secret {
    Secret(char::from(b'A' + byte % 26).to_string().repeat(43))
}

pub(crate) fn parameters() -> PasswordParameters {
    PasswordParameters { salt: B64(vec![7; 16]), memory_kib: 65_536, passes: 3 }
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

impl Person {
    pub(crate) fn new(name: &str, number: u8) -> Self {
        Self {
            name: name.to_owned(),
            user: UserId::from_bytes([number; 16]),
            device: DeviceId::from_bytes([number; 16]),
            number,
            head: ([0; 32], 0),
            session: None,
        }
    }

    fn link(&mut self, op: Op, signer: &SigningKey) -> B64 {
        let (prev, seq) = self.head;
        let signer_public = signer.verifying_key().to_bytes();
        let link = Link {
            version: 1,
            user_id: self.user,
            seq,
            prev,
            time: UnixMillis(1),
            op,
            signer: signer_public,
        };
        let signed = link.sign(|bytes| signer.sign(bytes).to_bytes());
        self.head = (signed.hash(), seq + 1);
        B64(signed.bytes().to_vec())
    }

    pub(crate) fn register(&mut self, code: &str) -> Register {
        let key = key(self.number);
        let op = Op::Genesis {
            name: self.name.parse().unwrap(),
            device: self.device,
            key: key.verifying_key().to_bytes(),
            recovery: SigningKey::from_bytes(&[200; 32]).verifying_key().to_bytes(),
        };
        Register {
            code: Secret(code.to_owned()),
            user_name: self.name.clone(),
            parameters: parameters(),
            auth: auth(self.number),
            share: B64(vec![self.number; 32]),
            genesis: self.link(op, &key),
            vault: B64(vec![1; 64]),
            device_name: B64(vec![2; 32]),
        }
    }

    /// Registers, which must succeed.
    pub(crate) async fn join(&mut self, trial: &Trial, code: &str) {
        let request = self.register(code);
        self.session = Some(trial.post(path::REGISTER, None, &request).await.ok());
    }

    pub(crate) fn token(&self) -> &str {
        &self.session.as_ref().unwrap().token.0
    }

    pub(crate) fn login(&self) -> Login {
        Login { user_name: self.name.clone(), auth: auth(self.number) }
    }

    /// A link that adds a device of this number, signed by the present one.
    pub(crate) fn add_device(&mut self, number: u8) -> AddDevice {
        let (new, device) = (key(number), DeviceId::from_bytes([number; 16]));
        let public = new.verifying_key().to_bytes();
        let possession = new.sign(&device_possession(&self.user, &device, &public)).to_bytes();
        let link = self.link(Op::AddDevice { device, key: public, possession }, &key(self.number));
        AddDevice { link, device_name: B64(vec![3; 32]) }
    }

    /// The same person at one more device, with a session of its own.
    pub(crate) async fn second_device(&mut self, trial: &Trial, number: u8) -> Person {
        let found: LoggedIn = trial.post(path::LOGIN, None, &self.login()).await.ok();
        let add = self.add_device(number);
        let session = trial.post(path::DEVICES, Some(&found.ticket.0), &add).await.ok();
        Person {
            name: self.name.clone(),
            user: self.user,
            device: DeviceId::from_bytes([number; 16]),
            number,
            head: self.head,
            session: Some(session),
        }
    }

    pub(crate) fn revoke_device(&mut self, number: u8) -> RevokeDevice {
        let op = Op::RevokeDevice { device: DeviceId::from_bytes([number; 16]) };
        RevokeDevice { link: self.link(op, &key(self.number)) }
    }

    /// Opens a session by device key.
    pub(crate) async fn prove(&self, trial: &Trial, signing: u8) -> Answered {
        let challenge: Challenge =
            trial.post(path::CHALLENGE, None, &ChallengeFor { device_id: self.device }).await.ok();
        let signed = session_challenge(&trial.app.server.server_id, &self.device, &challenge.nonce.0);
        let signature = B64(key(signing).sign(&signed).to_bytes().to_vec());
        let proof = ProveDevice { device_id: self.device, nonce: challenge.nonce, signature };
        trial.post(path::SESSION, None, &proof).await
    }
}
