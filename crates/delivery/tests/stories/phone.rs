//! A device with its MLS state, and what it says to the server about rooms.

use rusqlite::Connection;
use securechat_delivery::{Asker, Outcome, Wake, inbox, key_packages, rooms, sessions};
use securechat_ids::{DeviceId, MessageId, RoomId, UserId};
use securechat_mls::{History, Join, Kind, Member, Policy};
use securechat_mls_member::{
    Change, DeviceKey, Founding, Group, Joining, Provider, Received, StagedOut, new_key_package,
};
use securechat_proto::Refusal;
use securechat_proto::frame::{self, EventKind};

use crate::world::{Person, World};

pub(crate) struct Phone {
    pub(crate) asker: Asker,
    pub(crate) key: DeviceKey,
    pub(crate) conn: Connection,
}

pub(crate) fn room(n: u8) -> RoomId {
    RoomId::from_bytes([n; 16])
}

pub(crate) fn message(n: u8) -> MessageId {
    MessageId::from_bytes([n; 16])
}

impl Phone {
    /// A person's n-th device.
    pub(crate) fn of(person: &Person, n: usize) -> Self {
        let device = &person.devices[n];
        let member = Member { user_id: person.user, device_id: device.id, root16: person.chain.root16() };
        Self::new(device.asker, DeviceKey::new(member, &device.key.to_bytes()))
    }

    pub(crate) fn new(asker: Asker, key: DeviceKey) -> Self {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(securechat_mls_member::SCHEMA).unwrap();
        Self { asker, key, conn }
    }

    pub(crate) fn id(&self) -> DeviceId {
        self.asker.device
    }

    fn provider(&self) -> Provider<'_> {
        Provider::new(&self.conn)
    }

    pub(crate) fn group(&self, room: RoomId) -> Group {
        Group::load(&self.provider(), room).unwrap().unwrap()
    }

    pub(crate) fn leaf_of(&self, room: RoomId, device: DeviceId) -> u32 {
        let leaves = self.group(room).leaves();
        leaves.into_iter().find(|leaf| leaf.member.device_id == device).unwrap().index
    }

    pub(crate) fn policy(&self, kind: Kind, join: Join) -> Policy {
        Policy::new(kind, History::Shared, join, self.asker.user)
    }

    pub(crate) fn found(&self, room: RoomId, policy: &Policy) -> Founding {
        Group::found(&self.provider(), &self.key, room, policy).unwrap().1
    }

    pub(crate) fn encrypt(&self, room: RoomId, text: &[u8]) -> Vec<u8> {
        self.group(room).encrypt(&self.provider(), &self.key, b"aad", text).unwrap()
    }

    pub(crate) fn stage(&self, room: RoomId, change: &Change) -> StagedOut {
        self.group(room).stage(&self.provider(), &self.key, change).unwrap()
    }

    pub(crate) fn accept_own(&self, room: RoomId) {
        self.group(room).accept_own(&self.provider()).unwrap();
    }

    pub(crate) fn discard_own(&self, room: RoomId) {
        self.group(room).discard_own(&self.provider()).unwrap();
    }

    pub(crate) fn new_package(&self, world: &World, last_resort: bool) -> Vec<u8> {
        new_key_package(&self.provider(), &self.key, last_resort, world.now).unwrap()
    }

    /// Enters the epochs of others' commits.
    pub(crate) fn sync(&self, world: &World, id: RoomId) {
        for event in world.fetch(self, id, 1).unwrap().events {
            let mut group = self.group(id);
            if event.kind == i32::from(EventKind::Commit) && event.epoch == group.epoch().0 {
                let received = group.receive(&self.provider(), &event.mls).unwrap();
                let Received::Commit(staged) = received else { panic!("a commit") };
                group.accept(&self.provider(), staged).unwrap();
            }
        }
    }

    /// What a message says.
    pub(crate) fn read(&self, event: &frame::Event) -> Vec<u8> {
        let id = RoomId::try_from(&event.room[..]).unwrap();
        let received = self.group(id).receive(&self.provider(), &event.mls).unwrap();
        let Received::Message { plaintext, .. } = received else { panic!("a message") };
        plaintext.to_vec()
    }

    /// Joins with a Welcome.
    pub(crate) fn join(&self, welcome: &[u8], tree: &[u8]) {
        Joining::open(&self.provider(), welcome, tree).unwrap().accept(&self.provider()).unwrap();
    }

    /// A commit that joins a room from outside.
    pub(crate) fn join_by_commit(&self, group: &frame::Group) -> StagedOut {
        Group::join_by_commit(&self.provider(), &self.key, &group.group_info, &group.tree).unwrap().1
    }
}

impl World {
    pub(crate) fn create(
        &self,
        by: &Phone,
        id: RoomId,
        founding: &Founding,
        team_room: bool,
    ) -> Result<Outcome<()>, Refusal> {
        let request = frame::CreateRoom {
            room: id.as_bytes().to_vec().into(),
            group_info: founding.group_info.clone().into(),
            tree: founding.tree.clone().into(),
            team_room,
        };
        let (asker, now, limits) = (by.asker, self.now, self.limits.clone());
        self.write(move |tx| rooms::create(tx, &asker, &request, now, &limits))
    }

    /// A room by invitation, with one leaf.
    pub(crate) fn room(&self, by: &Phone, id: RoomId) {
        let founding = by.found(id, &by.policy(Kind::Private, Join::Invite));
        self.create(by, id, &founding, false).unwrap();
    }

    /// A room open to everybody, with one leaf.
    pub(crate) fn open_room(&self, by: &Phone, id: RoomId) {
        let founding = by.found(id, &by.policy(Kind::Channel, Join::Open));
        self.create(by, id, &founding, false).unwrap();
    }

    pub(crate) fn publish_raw(
        &self,
        by: &Phone,
        request: frame::Publish,
    ) -> Result<Outcome<frame::Published>, Refusal> {
        let (asker, now, limits) = (by.asker, self.now, self.limits.clone());
        self.write(move |tx| rooms::publish(tx, &asker, request, now, &limits))
    }

    /// Says something at the device's epoch.
    pub(crate) fn say(
        &self,
        by: &Phone,
        id: RoomId,
        message_id: MessageId,
        text: &[u8],
    ) -> Result<Outcome<frame::Published>, Refusal> {
        self.publish_raw(by, saying(by, id, message_id, text))
    }

    pub(crate) fn commit(
        &self,
        by: &Phone,
        id: RoomId,
        base_epoch: u64,
        message_id: MessageId,
        staged: &StagedOut,
    ) -> Result<Outcome<frame::Committed>, Refusal> {
        let request = frame::Commit {
            room: id.as_bytes().to_vec().into(),
            base_epoch,
            message_id: message_id.as_bytes().to_vec().into(),
            commit: staged.commit.clone().into(),
            group_info: staged.group_info.clone().into(),
            welcome: staged.welcome.clone().unwrap_or_default().into(),
            link: bytes::Bytes::new(),
        };
        let (asker, now, limits) = (by.asker, self.now, self.limits.clone());
        self.write(move |tx| rooms::commit(tx, &asker, request, now, &limits))
    }

    /// Changes a room at the device's epoch and enters the next.
    pub(crate) fn change(
        &mut self,
        by: &Phone,
        id: RoomId,
        change: &Change,
    ) -> Result<Outcome<frame::Committed>, Refusal> {
        let staged = by.stage(id, change);
        let message_id = MessageId::from_bytes(self.bytes());
        let outcome = self.commit(by, id, by.group(id).epoch().0, message_id, &staged);
        match outcome {
            Ok(_) => by.accept_own(id),
            Err(_) => by.discard_own(id),
        }
        outcome
    }

    /// Claims key packages of people and adds their devices.
    pub(crate) fn add(&mut self, by: &Phone, id: RoomId, users: &[UserId]) -> Vec<Wake> {
        let claimed = self.claim(by, users).unwrap();
        let add = claimed.packages.iter().map(|claimed| claimed.key_package.to_vec()).collect();
        self.change(by, id, &Change { add, ..Change::default() }).unwrap().wakes
    }

    /// Reads the newest Welcome of a device and joins with it.
    pub(crate) fn welcome(&self, phone: &Phone) {
        let item = self.inbox(phone).pop().unwrap();
        let id = RoomId::try_from(&item.room[..]).unwrap();
        let tree = self.tree(phone, id, item.epoch).unwrap();
        phone.join(&item.welcome, &tree.tree);
    }

    /// Joins a room from outside.
    pub(crate) fn enter(&mut self, phone: &Phone, id: RoomId) -> Result<Outcome<frame::Committed>, Refusal> {
        let group = self.group_of(phone, id)?;
        let staged = phone.join_by_commit(&group);
        let message_id = MessageId::from_bytes(self.bytes());
        self.commit(phone, id, group.epoch, message_id, &staged)
    }

    pub(crate) fn group_of(&self, by: &Phone, id: RoomId) -> Result<frame::Group, Refusal> {
        let request = frame::GetGroup { room: id.as_bytes().to_vec().into() };
        self.read(|tx| rooms::group(tx, &by.asker, &request))
    }

    pub(crate) fn tree(&self, by: &Phone, id: RoomId, epoch: u64) -> Result<frame::Tree, Refusal> {
        let request = frame::GetTree { room: id.as_bytes().to_vec().into(), epoch };
        self.read(|tx| rooms::tree(tx, &by.asker, &request))
    }

    pub(crate) fn fetch(&self, by: &Phone, id: RoomId, from_seq: u64) -> Result<frame::Events, Refusal> {
        let request = frame::Fetch { room: id.as_bytes().to_vec().into(), from_seq, limit: 0, before_seq: 0 };
        self.read(|tx| rooms::fetch(tx, &by.asker, &request, &self.limits))
    }

    pub(crate) fn leave(&self, by: &Phone, id: RoomId) -> Result<Vec<Wake>, Refusal> {
        let request = frame::Leave { room: id.as_bytes().to_vec().into() };
        let (asker, now) = (by.asker, self.now);
        Ok(self.write(move |tx| rooms::leave(tx, &asker, &request, now))?.wakes)
    }

    pub(crate) fn put(
        &self,
        by: &Phone,
        packages: Vec<Vec<u8>>,
        last_resort: Vec<u8>,
    ) -> Result<u32, Refusal> {
        let packages = packages.into_iter().map(Into::into).collect();
        let request = frame::PutKeyPackages { packages, last_resort: last_resort.into() };
        let (asker, now, limits) = (by.asker, self.now, self.limits.clone());
        Ok(self.write(move |tx| key_packages::put(tx, &asker, &request, now, &limits))?.left)
    }

    /// Gives the server some key packages of a device.
    pub(crate) fn stock(&self, phone: &Phone, count: usize) {
        let packages = (0..count).map(|_| phone.new_package(self, false)).collect();
        self.put(phone, packages, Vec::new()).unwrap();
    }

    pub(crate) fn claim(&self, by: &Phone, users: &[UserId]) -> Result<frame::KeyPackages, Refusal> {
        let users = users.iter().map(|user| user.as_bytes().to_vec().into()).collect();
        let request = frame::ClaimKeyPackages { users };
        let (asker, now, limits) = (by.asker, self.now, self.limits.clone());
        self.write(move |tx| key_packages::claim(tx, &asker, &request, now, &limits))
    }

    pub(crate) fn inbox(&self, by: &Phone) -> Vec<frame::InboxItem> {
        self.read(|tx| inbox::fetch(tx, &by.asker, &frame::FetchInbox { after: 0 })).unwrap().items
    }

    pub(crate) fn ready(&self, by: &Phone) -> frame::Ready {
        self.read(|tx| sessions::ready(tx, &by.asker, self.now)).unwrap()
    }
}

/// A request to say something at the device's epoch.
pub(crate) fn saying(by: &Phone, id: RoomId, message_id: MessageId, text: &[u8]) -> frame::Publish {
    frame::Publish {
        room: id.as_bytes().to_vec().into(),
        base_epoch: by.group(id).epoch().0,
        message_id: message_id.as_bytes().to_vec().into(),
        mls: by.encrypt(id, text).into(),
        body: vec![0xb0; 20].into(),
    }
}

pub(crate) fn remove(leaves: &[u32]) -> Change {
    Change { remove: leaves.to_vec(), ..Change::default() }
}
