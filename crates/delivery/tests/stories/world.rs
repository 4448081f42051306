//! A server in a temporary folder, and people with devices who talk to it.

use std::sync::mpsc;

use ed25519_dalek::{Signer as _, SigningKey};
use securechat_chain::{Chain, Link, Op, SignedLink, device_possession};
use securechat_delivery::identity::Identity;
use securechat_delivery::{
    Asker, Fault, Limits, Outcome, Rng, Tx, Wake, accounts, people, read_with, sessions, write_with,
};
use securechat_ids::{DeviceId, UnixMillis, UserId};
use securechat_proto::http::{self, Role};
use securechat_proto::{Code, Refusal};
use securechat_store_sqlite::{Options, SqliteStore};

pub(crate) const HOUR_MS: u64 = 3_600_000;

/// SplitMix64: the same numbers for the same seed.
pub(crate) struct Seed(pub(crate) u64);

impl Rng for Seed {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

/// A server.
pub(crate) struct World {
    pub(crate) store: Option<SqliteStore>,
    pub(crate) identity: Identity,
    pub(crate) now: UnixMillis,
    pub(crate) limits: Limits,
    seed: u64,
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, identity) = open(folder.path(), 1);
        let now = UnixMillis(1_790_000_000_000);
        Self { store: Some(store), identity, now, limits: Limits::default(), seed: 100, folder }
    }

    /// The file that everything is kept in.
    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("server.db")
    }

    /// Ends the process and starts it again.
    pub(crate) fn restart(&mut self) {
        self.store.take();
        let (store, identity) = open(self.folder.path(), 2);
        assert_eq!(identity, self.identity);
        self.store = Some(store);
    }

    pub(crate) fn later(&mut self, ms: u64) {
        self.now = self.now.plus(ms);
    }

    pub(crate) fn seed(&mut self) -> Seed {
        self.seed += 1;
        Seed(self.seed << 20)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.seed().fill(&mut bytes);
        bytes
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (tell, told) = mpsc::channel();
        write_with(self.store.as_ref().unwrap(), run, move |result| tell.send(result).unwrap()).unwrap();
        told.recv().unwrap().map_err(Fault::into_refusal)
    }

    pub(crate) fn read<T>(&self, query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>) -> Result<T, Refusal> {
        read_with(self.store.as_ref().unwrap(), query).map_err(Fault::into_refusal)
    }

    pub(crate) fn owner_code(&mut self) -> Option<http::Secret> {
        let (now, mut rng) = (self.now, self.seed());
        self.write(move |tx| people::owner_code(tx, now, &mut rng)).unwrap()
    }

    pub(crate) fn invite(&mut self, by: &Asker, role: Role, uses: u32) -> Result<http::Invite, Refusal> {
        let (by, now, mut rng, limits) = (*by, self.now, self.seed(), self.limits.clone());
        let wanted = http::NewInvite { uses, expires_s: 3600, role };
        self.write(move |tx| people::create_invite(tx, &by, &wanted, now, &mut rng, &limits))
    }

    pub(crate) fn register(&mut self, request: http::Register) -> Result<Outcome<http::Session>, Refusal> {
        let (now, mut rng, limits) = (self.now, self.seed(), self.limits.clone());
        self.write(move |tx| {
            accounts::register(tx, &request, "$2b$hash".into(), vec![5; 60], now, &mut rng, &limits)
        })
    }

    /// A new person, registered with a code.
    pub(crate) fn person(&mut self, name: &str, code: http::Secret) -> Person {
        let (person, genesis) = Person::new(self, name);
        let session = self.register(registration(name, code, &genesis)).unwrap().answer;
        person.with_first_device(&session)
    }

    /// The team's owner.
    pub(crate) fn owner(&mut self, name: &str) -> Person {
        let code = self.owner_code().unwrap();
        self.person(name, code)
    }

    /// A new member, invited by the owner.
    pub(crate) fn member(&mut self, name: &str, by: &Person) -> Person {
        let code = self.invite(&by.asker(), Role::Member, 1).unwrap().code.unwrap();
        self.person(name, code)
    }

    pub(crate) fn log_in(&mut self, name: &str) -> Result<accounts::LoggedIn, Refusal> {
        let (user, _) = self.read(|tx| accounts::password_record(tx, name))?.unwrap();
        let (now, mut rng) = (self.now, self.seed());
        self.write(move |tx| accounts::log_in(tx, &user, now, &mut rng))
    }

    pub(crate) fn add_device(
        &mut self,
        ticket: &http::Secret,
        link: &SignedLink,
    ) -> Result<Outcome<http::Session>, Refusal> {
        let (now, mut rng, limits) = (self.now, self.seed(), self.limits.clone());
        let (ticket, link) = (ticket.0.clone(), link.bytes().to_vec());
        let request = http::AddDevice { link: link.into(), device_name: vec![3; 30].into() };
        self.write(move |tx| accounts::add_device(tx, &ticket, &request, now, &mut rng, &limits))
    }

    /// One more device of a person, through log-in and the chain.
    pub(crate) fn second_device(&mut self, person: &mut Person) {
        let ticket = self.log_in(&person.name.clone()).unwrap().ticket;
        let link = person.add_link(self);
        let session = self.add_device(&ticket, &link).unwrap().answer;
        person.took(&link, &session);
    }

    pub(crate) fn revoke(
        &mut self,
        person: &mut Person,
        by: usize,
        which: usize,
    ) -> Result<Vec<Wake>, Refusal> {
        let link =
            person.sign(Op::RevokeDevice { device: person.devices[which].id }, &person.devices[by].key);
        let (asker, now) = (person.devices[by].asker, self.now);
        let request = http::RevokeDevice { link: link.bytes().to_vec().into() };
        let outcome = self.write(move |tx| accounts::revoke_device(tx, &asker, &request, now))?;
        person.chain = person.chain.append(&link).unwrap();
        Ok(outcome.wakes)
    }

    pub(crate) fn deactivate(&mut self, by: &Asker, whom: &UserId) -> Result<Vec<Wake>, Refusal> {
        let (by, now) = (*by, self.now);
        let request = http::Deactivate { user_id: *whom };
        Ok(self.write(move |tx| people::deactivate(tx, &by, &request, now))?.wakes)
    }

    pub(crate) fn prove(&mut self, device: &Device) -> Result<http::Session, Refusal> {
        let nonce = self.challenge(&device.id);
        let signature = device
            .key
            .sign(&http::session_challenge(&self.identity.server_id, &device.id, &nonce))
            .to_bytes();
        self.prove_with(&device.id, &nonce, &signature)
    }

    pub(crate) fn challenge(&mut self, device: &DeviceId) -> Vec<u8> {
        let (now, mut rng) = (self.now, self.seed());
        let request = http::ChallengeFor { device_id: *device };
        self.write(move |tx| sessions::open_challenge(tx, &request, now, &mut rng)).unwrap().nonce.0
    }

    pub(crate) fn prove_with(
        &mut self,
        device: &DeviceId,
        nonce: &[u8],
        signature: &[u8],
    ) -> Result<http::Session, Refusal> {
        let (now, mut rng, limits) = (self.now, self.seed(), self.limits.clone());
        let request = http::ProveDevice {
            device_id: *device,
            nonce: nonce.to_vec().into(),
            signature: signature.to_vec().into(),
        };
        self.write(move |tx| sessions::prove(tx, &request, now, &mut rng, &limits))
    }

    /// Who asks with this token now.
    pub(crate) fn find(&self, token: &http::Secret) -> Option<Asker> {
        let hash = sessions::token_hash(&token.0);
        self.read(|tx| Ok(sessions::find_by_token(tx, &hash, self.now)?)).unwrap()
    }
}

fn open(folder: &std::path::Path, seed: u64) -> (SqliteStore, Identity) {
    let broken = |reason: &str| panic!("the store is broken: {reason}");
    SqliteStore::open(&folder.join("server.db"), Options::default(), &mut Seed(seed), broken).unwrap()
}

/// A person with keys and chain.
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) chain: Chain,
    pub(crate) recovery: SigningKey,
    pub(crate) devices: Vec<Device>,
    pending: Option<(DeviceId, SigningKey)>,
}

/// A device with its key and newest session.
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) asker: Asker,
    pub(crate) token: http::Secret,
}

impl Person {
    /// Somebody who has not registered yet, and their genesis link.
    pub(crate) fn new(world: &mut World, name: &str) -> (Self, SignedLink) {
        let user = UserId::from_bytes(world.bytes());
        let device = DeviceId::from_bytes(world.bytes());
        let key = SigningKey::from_bytes(&world.bytes());
        let recovery = SigningKey::from_bytes(&world.bytes());
        let op = Op::Genesis {
            name: name.parse().unwrap(),
            device,
            key: key.verifying_key().to_bytes(),
            recovery: recovery.verifying_key().to_bytes(),
        };
        let genesis = sign(user, None, op, &key);
        let chain = Chain::begin(&genesis).unwrap();
        let pending = Some((device, key));
        (Self { user, name: name.into(), chain, recovery, devices: Vec::new(), pending }, genesis)
    }

    pub(crate) fn with_first_device(mut self, session: &http::Session) -> Self {
        self.devices_took(session);
        self
    }

    /// Asks with the first device.
    pub(crate) fn asker(&self) -> Asker {
        self.devices[0].asker
    }

    pub(crate) fn sign(&self, op: Op, by: &SigningKey) -> SignedLink {
        sign(self.user, Some(&self.chain), op, by)
    }

    /// A link that adds a new device, signed by the recovery key.
    pub(crate) fn add_link(&mut self, world: &mut World) -> SignedLink {
        let device = DeviceId::from_bytes(world.bytes());
        let key = SigningKey::from_bytes(&world.bytes());
        let public = key.verifying_key().to_bytes();
        let possession = key.sign(&device_possession(&self.user, &device, &public)).to_bytes();
        self.pending = Some((device, key));
        self.sign(Op::AddDevice { device, key: public, possession }, &self.recovery.clone())
    }

    pub(crate) fn took(&mut self, link: &SignedLink, session: &http::Session) {
        self.chain = self.chain.append(link).unwrap();
        self.devices_took(session);
    }

    fn devices_took(&mut self, session: &http::Session) {
        let (id, key) = self.pending.take().unwrap();
        assert_eq!((session.user_id, session.device_id), (self.user, id));
        let asker = Asker { user: self.user, device: id, role: session.role };
        self.devices.push(Device { id, key, asker, token: session.token.clone() });
    }
}

fn sign(user: UserId, at: Option<&Chain>, op: Op, by: &SigningKey) -> SignedLink {
    let link = Link {
        version: 1,
        user_id: user,
        seq: at.map_or(0, Chain::length),
        prev: at.map_or([0; 32], Chain::head),
        time: UnixMillis(1),
        op,
        signer: by.verifying_key().to_bytes(),
    };
    link.sign(|bytes| by.sign(bytes).to_bytes())
}

pub(crate) fn parameters(salt: u8) -> http::PasswordParameters {
    http::PasswordParameters { salt: vec![salt; 16].into(), memory_kib: 65_536, passes: 3 }
}

pub(crate) fn registration(name: &str, code: http::Secret, genesis: &SignedLink) -> http::Register {
    http::Register {
        code,
        user_name: name.into(),
        parameters: parameters(7),
        auth: http::Secret("a".repeat(43)),
        share: vec![4; 32].into(),
        genesis: genesis.bytes().to_vec().into(),
        vault: vec![8; 200].into(),
        device_name: vec![9; 40].into(),
    }
}

pub(crate) fn code_of<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Code {
    result.expect_err("a refusal").code
}
