//! A server without sockets: frames in, answers and wakes out, every write through the real store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use bytes::Bytes;
use securechat_chain::Registry;
use securechat_delivery::identity::Identity;
use securechat_delivery::{
    Asker, Fault, Limits, Outcome, Secrets, Store as _, Tx, Wake, accounts, inbox, items, key_packages, log,
    people, read_with, rooms, sessions, write_with,
};
use securechat_ids::{DeviceId, UnixMillis};
use securechat_proto::frame::{
    Answer, ClientFrame, Empty, Event, FetchLog, Log, Receipts, Request, ServerFrame,
};
use securechat_proto::http::{
    AddDevice, B64, ChallengeFor, Deactivate, Invite, NewInvite, PasswordParameters, ProveDevice, Register,
    RevokeDevice, Role, Session,
};
use securechat_proto::{Code, Refusal};
use securechat_store_sqlite::{Options, SqliteStore};

use crate::Seeded;

/// Changes what a device is shown of a room.
type Change = (DeviceId, fn(&mut Event));

/// The server's mind and memory in this process.
pub struct Server {
    pub(crate) path: PathBuf,
    store: Option<SqliteStore>,
    /// Who it is.
    pub identity: Identity,
    limits: Limits,
    pub(crate) chance: Seeded,
    /// Refuses every publish and commit with this, while set: a fault for tests.
    pub refuse_writes: Option<Refusal>,
    /// The workspace log that a device is shown in place of the real one: a fault for tests.
    pub shown_log: BTreeMap<DeviceId, Vec<Bytes>>,
    /// Changes events on their way to a device: a fault for tests.
    pub shown_event: Option<Change>,
    /// Takes receipts and hands none out: a fault for tests.
    pub withhold_receipts: bool,
    /// Most pages of its file from its next start on, as if the disk ended there: a fault for tests.
    pub pages_max: Option<u32>,
    /// How many requests came too late for the epoch they were made in.
    pub stale: usize,
}

impl Server {
    /// A server with its file in this folder.
    pub fn open(dir: &Path) -> Self {
        Self::open_file(dir.join("server.db"))
    }

    /// A copy of its memory, in a file that is not there yet.
    pub fn keep(&self, to: &Path) {
        self.store().backup(to).expect("copies");
    }

    /// A second server with a copy of this one's memory, in a file that is not there yet.
    pub fn copy(&self, to: &Path) -> Self {
        self.keep(to);
        Self::open_file(to.to_owned())
    }

    fn open_file(path: PathBuf) -> Self {
        Self::open_with(path, Seeded::new(1))
    }

    pub(crate) fn open_with(path: PathBuf, mut chance: Seeded) -> Self {
        let (store, identity) = SqliteStore::open(&path, Options::default(), &mut chance, |why| {
            panic!("the store failed: {why}")
        })
        .expect("the store opens");
        Self {
            path,
            store: Some(store),
            identity,
            limits: Limits::default(),
            chance,
            refuse_writes: None,
            shown_log: BTreeMap::new(),
            shown_event: None,
            withhold_receipts: false,
            pages_max: None,
            stale: 0,
        }
    }

    /// Deletes all that is due by rooms' limits, as the running server does from time to time.
    pub fn sweep(&self, now: UnixMillis) {
        while self.sweep_once(now) > 0 {}
        self.forget();
    }

    /// One small step of deleting; how many events it went over.
    pub fn sweep_once(&self, now: UnixMillis) -> usize {
        self.write(move |tx| Ok(rooms::sweep(tx, now)?)).expect("sweeps")
    }

    /// Lets nothing that was deleted stand in the write-ahead log.
    pub(crate) fn forget(&self) {
        // The store's own checkpoint may be in the way for a moment.
        while !self.store().forget().expect("cuts the log") {
            std::thread::yield_now();
        }
    }

    /// Ends the process; what it drew of chance so far is not drawn again by the next one.
    pub(crate) fn end(self) -> Seeded {
        drop(self.store);
        self.chance
    }

    /// Everything that is in the server's files.
    pub fn files(&self) -> Vec<u8> {
        let with = |end: &str| PathBuf::from(format!("{}{end}", self.path.display()));
        ["", "-wal", "-shm"].iter().flat_map(|end| std::fs::read(with(end)).unwrap_or_default()).collect()
    }

    /// Ends the process and starts the next one on the same file.
    pub fn restart(&mut self) {
        drop(self.store.take());
        self.start();
    }

    /// As [`Server::restart`], on a copy of its memory from before: what it took since is forgotten, and it does not know.
    pub fn restart_from(&mut self, before: &Path) {
        drop(self.store.take());
        std::fs::copy(before, &self.path).expect("copies");
        for end in ["-wal", "-shm"] {
            let log = PathBuf::from(format!("{}{end}", self.path.display()));
            assert!(!log.exists(), "the store has closed its log");
        }
        self.start();
    }

    fn start(&mut self) {
        let options = Options { pages_max: self.pages_max, ..Options::default() };
        let opened =
            SqliteStore::open(&self.path, options, &mut self.chance, |why| panic!("the store failed: {why}"));
        let (store, identity) = opened.expect("the store opens again");
        self.store = Some(store);
        self.identity = identity;
    }

    fn store(&self) -> &SqliteStore {
        self.store.as_ref().expect("the server runs")
    }

    /// Runs a write and waits for its commit.
    pub fn write<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut dyn Tx) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (done, answer) = mpsc::channel();
        write_with(self.store(), run, move |result| done.send(result).expect("the test waits"))
            .expect("the queue has room");
        answer.recv().expect("the writer answers").map_err(Fault::into_refusal)
    }

    pub(crate) fn read<T>(&self, query: impl FnMut(&mut dyn Tx) -> Result<T, Fault>) -> Result<T, Refusal> {
        read_with(self.store(), query).map_err(Fault::into_refusal)
    }

    /// Chance for one request.
    pub(crate) fn seed(&mut self) -> Seeded {
        let mut seed = [0; 8];
        securechat_delivery::Rng::fill(&mut self.chance, &mut seed);
        Seeded::new(u64::from_be_bytes(seed))
    }

    /// A code that makes its bearer the owner.
    pub fn owner_code(&mut self, now: UnixMillis) -> String {
        let mut rng = self.seed();
        let code = self.write(move |tx| people::owner_code(tx, now, &mut rng)).expect("writes");
        code.expect("there is no owner yet").0
    }

    /// An invite for many uses.
    pub fn invite(&mut self, asker: Asker, now: UnixMillis) -> String {
        let mut rng = self.seed();
        let limits = self.limits.clone();
        let request = NewInvite { uses: 1_000, expires_s: 3_600, role: Role::Member };
        let invite: Invite = self
            .write(move |tx| people::create_invite(tx, &asker, &request, now, &mut rng, &limits))
            .expect("an owner invites");
        invite.code.expect("a new invite has its code").0
    }

    /// Registers; the share is kept as it is, and the password's proof stands for its hash.
    ///
    /// # Errors
    /// As the real one.
    pub fn register(&mut self, request: Register, now: UnixMillis) -> Result<Outcome<Session>, Refusal> {
        let mut rng = self.seed();
        let limits = self.limits.clone();
        self.write(move |tx| {
            let (hash, share) = (request.auth.0.clone(), request.share.0.clone());
            accounts::register(tx, &request, hash, share, now, &mut rng, &limits)
        })
    }

    /// Logs in by name, as if the password had been right.
    ///
    /// # Errors
    /// As the real one.
    pub fn log_in(&mut self, name: &str, now: UnixMillis) -> Result<accounts::LoggedIn, Refusal> {
        let mut rng = self.seed();
        let name = name.to_owned();
        self.write(move |tx| {
            let (user, _) = accounts::password_record(tx, &name)?
                .ok_or_else(|| Fault::Refused(Refusal::new(Code::WrongCredentials, "wrong")))?;
            accounts::log_in(tx, &user, now, &mut rng)
        })
    }

    /// Adds a device by a log-in ticket.
    ///
    /// # Errors
    /// As the real one.
    pub fn add_device(
        &mut self,
        ticket: String,
        request: AddDevice,
        now: UnixMillis,
    ) -> Result<Outcome<Session>, Refusal> {
        let mut rng = self.seed();
        let limits = self.limits.clone();
        self.write(move |tx| accounts::add_device(tx, &ticket, &request, now, &mut rng, &limits))
    }

    /// Adds a device that another one of the same person let in.
    ///
    /// # Errors
    /// As the real one.
    pub fn vouch_device(
        &mut self,
        asker: Asker,
        request: AddDevice,
        now: UnixMillis,
    ) -> Result<Outcome<()>, Refusal> {
        let limits = self.limits.clone();
        self.write(move |tx| accounts::vouch_device(tx, &asker, &request, now, &limits))
    }

    /// Opens a session for a device that signs its nonce.
    pub(crate) fn open_session(
        &mut self,
        device_id: DeviceId,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
        now: UnixMillis,
    ) -> Session {
        self.try_session(device_id, sign, now).expect("opens a session")
    }

    /// As [`Server::open_session`].
    ///
    /// # Errors
    /// As the real one: for a device that has ended.
    pub(crate) fn try_session(
        &mut self,
        device_id: DeviceId,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
        now: UnixMillis,
    ) -> Result<Session, Refusal> {
        let (mut rng, limits) = (self.seed(), self.limits.clone());
        let challenge =
            self.write(move |tx| sessions::open_challenge(tx, &ChallengeFor { device_id }, now, &mut rng));
        let nonce = challenge?.nonce;
        let signature = B64(sign(&nonce.0).to_vec());
        let proof = ProveDevice { device_id, nonce, signature };
        let mut rng = self.seed();
        self.write(move |tx| sessions::prove(tx, &proof, now, &mut rng, &limits))
    }

    /// Revokes a device.
    ///
    /// # Errors
    /// As the real one.
    pub fn revoke_device(
        &mut self,
        asker: Asker,
        request: RevokeDevice,
        now: UnixMillis,
    ) -> Result<Outcome<()>, Refusal> {
        self.write(move |tx| accounts::revoke_device(tx, &asker, &request, now))
    }

    /// Deactivates a person.
    ///
    /// # Errors
    /// As the real one.
    pub fn deactivate(
        &mut self,
        asker: Asker,
        request: Deactivate,
        now: UnixMillis,
    ) -> Result<Outcome<()>, Refusal> {
        self.write(move |tx| people::deactivate(tx, &asker, &request, now))
    }

    /// How a name's password is stretched.
    pub fn parameters(&self, name: &str) -> PasswordParameters {
        let secrets = Secrets { parameters_key: [0; 32] };
        self.read(|tx| accounts::parameters_for(tx, &secrets, name)).expect("reads")
    }

    /// The workspace log, link by link.
    pub fn links(&self) -> Vec<Bytes> {
        self.read(|tx| log::fetch(tx, &FetchLog { from: 0 })).expect("reads").links
    }

    /// Who asks with a token.
    pub fn asker(&self, token: &str, now: UnixMillis) -> Option<Asker> {
        let hash = sessions::token_hash(token);
        self.read(|tx| Ok(sessions::find_by_token(tx, &hash, now)?)).expect("reads")
    }

    /// Answers one frame of a session, and says whom to wake.
    pub fn answer(
        &mut self,
        asker: Option<Asker>,
        frame: ClientFrame,
        now: UnixMillis,
    ) -> (ServerFrame, Vec<Wake>) {
        let request = frame.request.expect("the engine sends whole frames");
        let answered = match asker {
            Some(asker) => self.serve(asker, request, now),
            None => Err(Refusal::new(Code::Unauthenticated, "no session")),
        };
        match answered {
            Ok(Outcome { answer, wakes }) => (ServerFrame::new(frame.id, answer), wakes),
            Err(refusal) => {
                self.stale += usize::from(refusal.code == Code::StaleEpoch);
                (ServerFrame::new(frame.id, Answer::Refused(refusal.into())), Vec::new())
            }
        }
    }

    fn serve(&mut self, asker: Asker, request: Request, now: UnixMillis) -> Result<Outcome<Answer>, Refusal> {
        let limits = self.limits.clone();
        let quiet = |answer| Ok(Outcome::quiet(answer));
        if let (Some(refusal), Request::Publish(_) | Request::Commit(_)) = (&self.refuse_writes, &request) {
            return Err(refusal.clone());
        }
        match request {
            Request::Hello(_) => {
                let mut ready = self.read(|tx| sessions::ready(tx, &asker, now))?;
                if let Some(links) = self.shown_log.get(&asker.device) {
                    ready.log_size = links.len() as u64;
                }
                quiet(Answer::Ready(ready))
            }
            Request::Publish(r) => {
                let done = self.write(move |tx| rooms::publish(tx, &asker, r, now, &limits))?;
                Ok(Outcome { answer: Answer::Published(done.answer), wakes: done.wakes })
            }
            Request::Commit(r) => {
                let done = self.write(move |tx| rooms::commit(tx, &asker, r, now, &limits))?;
                Ok(Outcome { answer: Answer::Committed(done.answer), wakes: done.wakes })
            }
            Request::CreateRoom(r) => {
                let done = self.write(move |tx| rooms::create(tx, &asker, &r, now, &limits))?;
                Ok(Outcome { answer: Answer::Done(Empty {}), wakes: done.wakes })
            }
            Request::Leave(r) => {
                let done = self.write(move |tx| rooms::leave(tx, &asker, &r, now))?;
                Ok(Outcome { answer: Answer::Done(Empty {}), wakes: done.wakes })
            }
            Request::Fetch(r) => {
                quiet(Answer::Events(self.read(|tx| rooms::fetch(tx, &asker, &r, &limits))?))
            }
            Request::GetGroup(r) => quiet(Answer::Group(self.read(|tx| rooms::group(tx, &asker, &r))?)),
            Request::GetTree(r) => quiet(Answer::Tree(self.read(|tx| rooms::tree(tx, &asker, &r))?)),
            Request::ClaimKeyPackages(r) => quiet(Answer::KeyPackages(
                self.write(move |tx| key_packages::claim(tx, &asker, &r, now, &limits))?,
            )),
            Request::PutKeyPackages(r) => quiet(Answer::KeyPackagesLeft(
                self.write(move |tx| key_packages::put(tx, &asker, &r, now, &limits))?,
            )),
            Request::FetchInbox(r) => quiet(Answer::Inbox(self.read(|tx| inbox::fetch(tx, &asker, &r))?)),
            Request::AckInbox(r) => {
                self.write(move |tx| inbox::ack(tx, &asker, &r))?;
                quiet(Answer::Done(Empty {}))
            }
            Request::FetchLog(r) => quiet(Answer::Log(match self.shown_log.get(&asker.device) {
                Some(links) => page_of(links, r.from),
                None => self.read(|tx| log::fetch(tx, &r))?,
            })),
            Request::PutItem(r) => {
                let done = self.write(move |tx| items::put(tx, &asker, &r, &limits))?;
                Ok(Outcome { answer: Answer::Done(Empty {}), wakes: done.wakes })
            }
            Request::FetchItems(r) => quiet(Answer::Items(self.read(|tx| items::fetch(tx, &asker, &r))?)),
            Request::PutReceipt(_) if self.withhold_receipts => quiet(Answer::Done(Empty {})),
            Request::PutReceipt(r) => {
                let done = self.write(move |tx| rooms::put_receipt(tx, &asker, &r))?;
                Ok(Outcome { answer: Answer::Done(Empty {}), wakes: done.wakes })
            }
            Request::FetchReceipts(_) if self.withhold_receipts => {
                quiet(Answer::Receipts(Receipts { receipts: Vec::new() }))
            }
            Request::FetchReceipts(r) => {
                quiet(Answer::Receipts(self.read(|tx| rooms::receipts(tx, &asker, &r))?))
            }
            Request::Ping(_) => quiet(Answer::Done(Empty {})),
        }
    }
}

/// A page of a made-up log, with the root that it has.
fn page_of(links: &[Bytes], from: u64) -> Log {
    let mut registry = Registry::default();
    for link in links {
        registry.append(link).expect("a made-up log holds valid links");
    }
    let from = usize::try_from(from).expect("a small log").min(links.len());
    Log { links: links[from..].to_vec(), size: links.len() as u64, root: registry.root().to_vec().into() }
}
