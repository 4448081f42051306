//! The engine itself: what it holds, how it begins, and how one step is one transaction.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rusqlite::Connection;
use securechat_chain::Registry;
use securechat_ids::{DeviceId, Generation, RoomId, ServerId, UnixMillis, UserId};
use securechat_mls::Member;
use securechat_mls_member::{DeviceKey, Group, MemberError, Provider};
use securechat_proto::frame::{ClientFrame, InboxItem, Request};
use securechat_proto::http::Role;
use zeroize::Zeroizing;

use crate::account::VaultKey;
use crate::memory::{AccountRow, MemoryError, account_rows, device_rows, link_rows};
use crate::output::{Hold, News, Output};
use crate::room::Coming;
use crate::work::{Asked, Greeted, Link, LogWork, Missed, RoomWork};
use crate::{Cx, prepare};

/// One device of one person at one server.
pub struct Engine {
    pub(crate) conn: Connection,
    pub(crate) me: Me,
    pub(crate) registry: Registry,
    /// Groups that were loaded; whoever works on one takes it out and puts it back when all went well.
    pub(crate) groups: BTreeMap<RoomId, Group>,
    pub(crate) link: Link,
    /// Requests on their way, by frame id.
    pub(crate) asked: BTreeMap<u64, Asked>,
    next_frame: u64,
    /// What each room is waiting for.
    pub(crate) work: BTreeMap<RoomId, RoomWork>,
    /// Rooms that may have something to do.
    pub(crate) dirty: BTreeSet<RoomId>,
    /// Nothing is sent before this.
    pub(crate) hold: Option<(UnixMillis, Hold)>,
    /// What the machine's clock showed at the last step.
    pub(crate) clock: UnixMillis,
    /// When time was last said to have passed.
    pub(crate) timed_at: UnixMillis,
    pub(crate) log: LogWork,
    pub(crate) inbox: VecDeque<InboxItem>,
    /// When this user's items that changed are put.
    pub(crate) items_at: Option<UnixMillis>,
    /// Whether items that come now are news, and not those that were there when the connection began.
    pub(crate) items_live: bool,
    /// Rooms whose receipts are to be read.
    pub(crate) receipts_due: BTreeSet<RoomId>,
    pub(crate) caught_up: bool,
    pub(crate) coming: Coming,
    /// When this device next deletes what is due by its rooms' limits.
    pub(crate) delete_at: UnixMillis,
    /// Something was deleted that may stand in the write-ahead log still.
    pub(crate) has_deleted: bool,
    /// How far this device's clock was ahead of the server's when they last spoke, in milliseconds.
    pub(crate) ahead_of_server_ms: u64,
    /// What the server said of itself and of this device when it last greeted, in this process.
    pub(crate) greeted: Option<Greeted>,
    /// The item that the server refused last because it has another version: subject and version.
    pub(crate) item_conflict: Option<(Vec<u8>, u64)>,
    /// Requests that the server was too busy for, to be made again.
    pub(crate) missed: Vec<Missed>,
    /// Why the last wish for a room could not come true.
    pub(crate) refusals: BTreeMap<RoomId, String>,
    out: VecDeque<Output>,
}

/// Who this device is.
pub(crate) struct Me {
    pub server_id: ServerId,
    pub server_url: String,
    pub server_pin: String,
    pub user_id: UserId,
    pub user_name: String,
    pub device_id: DeviceId,
    pub key: DeviceKey,
    pub vault_key: VaultKey,
    pub role: Role,
    pub token: Option<String>,
    pub generation: Option<Generation>,
    pub team_room: Option<RoomId>,
}

/// What a fresh home begins with: an account or a further device that the server has taken.
pub struct NewHome {
    /// Who the server is.
    pub server_id: ServerId,
    /// `https://host:port`.
    pub server_url: String,
    /// Its pin.
    pub server_pin: String,
    /// Whose device.
    pub user_id: UserId,
    /// The name.
    pub user_name: String,
    /// This device.
    pub device_id: DeviceId,
    /// Seed of its key.
    pub device_seed: Zeroizing<[u8; 32]>,
    /// First half of the chain's root.
    pub root16: [u8; 16],
    /// The vault's key.
    pub vault_key: VaultKey,
    /// Role in the team.
    pub role: Role,
    /// Session token.
    pub token: String,
    /// For a device that another one let in: what the log must say, from [`crate::account::linking`].
    pub expected: Option<Vec<u8>>,
}

/// Why a step failed. The step has left nothing behind, and the connection is to be made anew.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The device's database.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// MLS state.
    #[error("this device's keys for a room failed: {0}")]
    Member(#[from] MemberError),
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        MemoryError::from(error).into()
    }
}

impl Engine {
    /// Writes the first row of a fresh home.
    ///
    /// # Errors
    /// [`MemoryError`]; a home that is in use is one.
    pub fn create(conn: &Connection, home: &NewHome) -> Result<(), MemoryError> {
        prepare(conn)?;
        if let Some(expected) = &home.expected {
            device_rows::expect(conn, expected)?;
        }
        account_rows::insert(
            conn,
            &AccountRow {
                server_id: home.server_id,
                server_url: home.server_url.clone(),
                server_pin: home.server_pin.clone(),
                user_id: home.user_id,
                user_name: home.user_name.clone(),
                device_id: home.device_id,
                device_seed: home.device_seed.clone(),
                root16: home.root16,
                vault_key: Zeroizing::new(*home.vault_key.as_bytes()),
                role: home.role,
                token: Some(home.token.clone()),
                generation: None,
                team_room: None,
            },
        )
    }

    /// Takes up a home where it was left; `None` if nobody is logged in there.
    ///
    /// # Errors
    /// [`EngineError`] for a database that cannot be used.
    pub fn load(conn: Connection) -> Result<Option<Self>, EngineError> {
        prepare(&conn)?;
        let Some(row) = account_rows::read(&conn)? else { return Ok(None) };
        let member = Member { user_id: row.user_id, device_id: row.device_id, root16: row.root16 };
        let registry = link_rows::load(&conn)?;
        let me = Me {
            server_id: row.server_id,
            server_url: row.server_url,
            server_pin: row.server_pin,
            user_id: row.user_id,
            user_name: row.user_name,
            device_id: row.device_id,
            key: DeviceKey::new(member, &row.device_seed),
            vault_key: VaultKey::from_bytes(*row.vault_key),
            role: row.role,
            token: row.token,
            generation: row.generation,
            team_room: row.team_room,
        };
        let mut engine = Self {
            conn,
            me,
            registry,
            groups: BTreeMap::new(),
            link: Link::Offline,
            asked: BTreeMap::new(),
            next_frame: 1,
            work: BTreeMap::new(),
            dirty: BTreeSet::new(),
            hold: None,
            clock: UnixMillis(0),
            timed_at: UnixMillis(0),
            log: LogWork::at(0, 0, false),
            inbox: VecDeque::new(),
            items_at: None,
            items_live: false,
            receipts_due: BTreeSet::new(),
            caught_up: false,
            coming: Coming::default(),
            delete_at: UnixMillis(0),
            has_deleted: false,
            ahead_of_server_ms: 0,
            greeted: None,
            item_conflict: None,
            missed: Vec::new(),
            refusals: BTreeMap::new(),
            out: VecDeque::new(),
        };
        engine.log = engine.fresh_log_work();
        Ok(Some(engine))
    }

    /// What is to be done outside, in order; `None` when there is nothing (more).
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Runs `act` as one transaction: all of it is kept and told, or nothing of it.
    pub(crate) fn step<T>(
        &mut self,
        cx: &mut Cx<'_>,
        act: impl FnOnce(&mut Self, &mut Cx<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        self.look_at_clock(cx);
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let told = self.out.len();
        let done = act(self, cx).and_then(|value| {
            self.pump(cx)?;
            self.conn.execute_batch("COMMIT")?;
            Ok(value)
        });
        if done.is_err() {
            self.undo(told);
        }
        done
    }

    /// Takes memory back to what the disk holds, and has the connection made anew.
    fn undo(&mut self, told: usize) {
        // A failed COMMIT may have ended the transaction already; then there is nothing to roll back.
        let _ended = self.conn.execute_batch("ROLLBACK");
        self.out.truncate(told);
        self.groups.clear();
        if let Ok(registry) = link_rows::load(&self.conn) {
            self.registry = registry;
        }
        self.forget_link();
        self.out.push_back(Output::Reconnect);
    }

    /// Forgets everything that belongs to one connection.
    pub(crate) fn forget_link(&mut self) {
        self.link = Link::Offline;
        self.asked.clear();
        self.work.clear();
        self.dirty.clear();
        self.inbox.clear();
        self.missed.clear();
        self.items_at = None;
        self.items_live = false;
        self.receipts_due.clear();
        self.coming.clear();
        self.caught_up = false;
        self.log = self.fresh_log_work();
    }

    /// Sends a request and remembers what it was for.
    pub(crate) fn ask(&mut self, request: Request, asked: Asked) {
        let id = self.next_frame;
        self.next_frame += 1;
        self.asked.insert(id, asked);
        self.out.push_back(Output::Frame(ClientFrame::new(id, request)));
    }

    pub(crate) fn push(&mut self, output: Output) {
        self.out.push_back(output);
    }

    /// Tells whoever is looking; what was just told is not told twice in a row.
    pub(crate) fn tell(&mut self, news: News) {
        let output = Output::News(news);
        if self.out.back() != Some(&output) {
            self.out.push_back(output);
        }
    }

    /// Takes a room's group to work on it; put it back with [`Engine::keep_group`] when all went well.
    pub(crate) fn take_group(&mut self, room: &RoomId) -> Result<Group, EngineError> {
        if let Some(group) = self.groups.remove(room) {
            return Ok(group);
        }
        let group = Group::load(&Provider::new(&self.conn), *room)?;
        Ok(group.ok_or(MemoryError::Corrupt("groups"))?)
    }

    pub(crate) fn keep_group(&mut self, group: Group) {
        self.groups.insert(group.room(), group);
    }
}
