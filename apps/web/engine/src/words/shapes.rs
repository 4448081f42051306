//! What comes back: plain values with every text cleaned by the engine. Numbers stay below 2⁵³ and times are Unix
//! milliseconds.

use serde::{Deserialize, Serialize};

use super::markdown::Block;

/// A count, place or time; below 2⁵³ for two hundred thousand years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub u64);

#[cfg(test)]
impl ts_rs::TS for Number {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;
    fn name(_: &ts_rs::Config) -> String {
        "number".into()
    }
    fn inline(_: &ts_rs::Config) -> String {
        "number".into()
    }
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Serialize)]
            #[cfg_attr(test, derive(ts_rs::TS))]
            pub struct $name { $($(#[$fdoc])* pub $field: $ty,)* }
        )*
        #[cfg(test)]
        pub(super) fn structs(cfg: &ts_rs::Config) -> Vec<String> {
            vec![$(<$name as ts_rs::TS>::decl(cfg),)*]
        }
    };
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident $({ $($field:ident: $ty:ty),* })?),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(tag = "is", rename_all = "snake_case")]
            #[cfg_attr(test, derive(ts_rs::TS))]
            pub enum $name { $($(#[$vdoc])* $variant $({ $(#[doc = "See the name."] $field: $ty),* })?,)* }
        )*
        #[cfg(test)]
        pub(super) fn tagged(cfg: &ts_rs::Config) -> Vec<String> {
            vec![$(<$name as ts_rs::TS>::decl(cfg),)*]
        }
    };
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(rename_all = "snake_case")]
            #[cfg_attr(test, derive(ts_rs::TS))]
            pub enum $name { $($(#[$vdoc])* $variant,)* }
        )*
        #[cfg(test)]
        pub(super) fn names(cfg: &ts_rs::Config) -> Vec<String> {
            vec![$(<$name as ts_rs::TS>::decl(cfg),)*]
        }
    };
}

names! {
    /// Role in the team.
    RoleView { /// Talks.
        Member, /// Also invites and deactivates.
        Admin, /// Also gives roles.
        Owner }
    /// What newcomers of a room read back.
    HistoryView { /// Everything.
        Shared, /// Only what follows.
        SinceJoin, /// Nothing is kept.
        None }
    /// How a room's timeline begins on this device.
    EarlierView { /// With the room's first message.
        All, /// There is more to be read.
        More, /// More is being read.
        Reading, /// More can be read once somebody of the room is online.
        Waits, /// With this person's coming.
        SinceJoin, /// With this device's coming: nothing is kept for later.
        NothingKept, /// With what the server still has.
        Deleted }
    /// Kind of a room.
    KindView { /// Everybody of the team finds it.
        Channel, /// Only its members know it.
        Private, /// Two people.
        Dm }
    /// Where this device stands in a room.
    StandingView { /// Open to join.
        Listed, /// On the way in.
        Joining, /// In it.
        Joined, /// No longer in it.
        Gone, /// Stopped; see its trouble.
        Halted }
    /// How something is that was looked at.
    HealthView { /// As it should be.
        Good, /// Was not, and has been mended.
        Fixed, /// Somebody should look at it.
        Attention, /// Does not work.
        Broken }
    /// What was looked at.
    CheckNameView { /// The way to the server.
        Connection, /// The time.
        Clock, /// The database.
        Store, /// This person's devices.
        Chain, /// The team's list of devices.
        Log, /// Rooms.
        Rooms, /// What waits to go out.
        Outbox, /// What lets others add this device.
        KeyPackages, /// The server's identity.
        Certificate, /// Programs.
        Version }
    /// Kind of a line.
    LineKindView { /// Something said.
        Text, /// People came or went, or the room's policy changed.
        Members, /// Messages were deleted by the room's limit.
        Deleted, /// Cannot be shown; the text says why.
        Unreadable, /// Of a newer version.
        Unknown }
    /// Whether somebody is whom this person compared.
    TrustView { /// This person.
        Yourself, /// Nothing was compared.
        Unverified, /// Compared, and unchanged since.
        Verified, /// Compared, and another one since.
        Changed }
    /// Why sending waits.
    HoldView { /// Over a rate limit.
        RateLimit, /// The server is busy.
        Busy, /// The server's disk is full.
        StorageFull }
    /// What a failure is about, so that a screen can answer it.
    FailureKind { /// Asked wrongly.
        Usage, /// Nobody is logged in.
        NotLoggedIn, /// The server refuses.
        Refused, /// The server cannot be reached.
        Unreachable, /// Somebody is not who they were.
        Trust, /// Wrong user name or password.
        BadPassword, /// Anything else.
        Other }
}

choices! {
    /// Where a message of ours stands.
    DeliveryView { /// Waits for its turn.
        Queued, /// On its way.
        Sending, /// Durable on the server.
        Sent, /// Will not go out by itself.
        Failed { why: String } }
    /// Where the connection stands.
    ConnectionView { /// On the way.
        Connecting, /// Stands.
        Online, /// Gone; tried again then.
        Waiting { until: Number, why: String }, /// Not tried again.
        Over { why: String } }
    /// Who put a device on the chain.
    AddedView { /// The account began with it.
        First, /// Another device; without a name if it was removed since.
        Device { label: Option<String> }, /// A log-in by password or recovery key.
        RecoveryKey, /// Not known here yet.
        Unknown }
    /// What the engine tells without being asked.
    TellView { /// The connection changed.
        Connection { connection: ConnectionView }, /// Everything known to the server is here.
        CaughtUp, /// Rooms, names, people or unread counts changed.
        Rooms, /// A setting changed.
        Settings, /// A room's timeline changed.
        Timeline { room: String }, /// A message of somebody else arrived.
        Arrived { room: String, seq: Number }, /// Sending waits and goes on by itself.
        Holding { until: Number, why: HoldView }, /// A wish about a room came true.
        Wished { room: String }, /// It cannot.
        WishFailed { room: String, why: String }, /// Something that must not happen did.
        Alarm { room: Option<String>, what: String }, /// A device appeared on the own chain.
        OwnDeviceAdded { device: String }, /// What is asked about devices changed.
        Devices, /// The keys that this person's devices share were replaced on another one, or are here again.
        VaultKey { known: bool }, /// A person began anew, or somebody else did in their name.
        RootChanged { user: String }, /// Somebody logged out here, in this tab or another.
        Left, /// So much changed that everything is to be read anew.
        Everything }
}

shapes! {
    /// A failure, as a sentence.
    FailureView { /// What it is about.
        kind: FailureKind, /// A sentence without a full stop.
        sentence: String }
    /// Who is here and who the server is.
    DoorView { /// Set when somebody is logged in here.
        me: Option<Me>, /// Four words of the server's identity; none while it cannot be reached.
        words: Option<Vec<String>>, /// Whether the server waits for its owner.
        needs_owner: bool, /// Whether the link given carries an invite.
        invited: bool, /// Whether it is for somebody who lost everything and begins anew.
        anew: bool, /// Whether the link's pin and the server's word differ.
        pin_differs: bool, /// Release of the server's program.
        version: Option<String> }
    /// How good a password is.
    StrengthView { /// 0 (useless) to 4 (strong).
        score: u8, /// What is wrong with it.
        problem: Option<String> }
    /// A fresh account.
    RegisteredView { /// Who.
        me: Me, /// To be shown once and stored.
        recovery_key: String }
    /// Who this device is.
    Me { /// The person.
        user: String, /// The name.
        user_name: String, /// How this person wants to be called.
        display: Option<String>, /// The device.
        device: String, /// Role in the team.
        role: RoleView, /// Address of the server.
        server: String, /// Four words of its identity.
        words: Vec<String>, /// Link by which a further device logs in.
        login_link: String }
    /// A room in a list.
    Room { /// Its id.
        room: String, /// `#name` or `@user`.
        label: String, /// Display name of the other person of direct messages.
        display: Option<String>, /// The other person of direct messages.
        peer: Option<String>, /// One line.
        topic: String, /// Its kind.
        kind: KindView, /// What newcomers read back.
        history: HistoryView, /// How its timeline begins here.
        earlier: EarlierView, /// How many days its messages are kept; 0 is for ever.
        keep_days: u32, /// Where this device stands.
        standing: StandingView, /// Messages of others not read here.
        unread: Number, /// Newest place read.
        read_to: Number, /// Newest place taken in.
        cursor: Number, /// When its newest message was sent.
        newest: Option<Number>, /// People in it.
        people: u32, /// Messages of this device that wait or failed.
        waiting: u32, /// A sentence, when something is wrong.
        trouble: Option<String>, /// Label of the room in which this one goes on, if it does.
        goes_on: Option<String>, /// Whether this is the team's room, which nobody leaves.
        team: bool }
    /// A line of a timeline.
    Line { /// The room.
        room: String, /// `#name` or `@user`.
        room_label: String, /// Its id.
        id: String, /// Its place; none while it waits.
        seq: Option<Number>, /// The server's time; the sender's own while it waits.
        time: Number, /// Who.
        user: String, /// Their user name.
        from: String, /// How they want to be called.
        display: Option<String>, /// On which device.
        device: String, /// Whether it is this person's.
        own: bool, /// What kind of line.
        kind: LineKindView, /// The text as it was written, cleaned; of what cannot be shown, why not.
        text: String, /// The stable name of why it cannot be shown.
        why: Option<String>, /// What leads out of that.
        way_out: Option<String>, /// The text as elements.
        body: Vec<Block>, /// Whether it names this person.
        mentions_me: bool, /// It came from an export, and this device has not checked who said it.
        imported: bool, /// Where it stands.
        state: DeliveryView, /// On how many of the other devices it has arrived, if that is told.
        arrived: Option<u32>, /// Of how many.
        arrived_of: u32 }
    /// What two people compare.
    ComparisonView { /// Sixty digits in groups of five.
        number: String, /// Four words.
        words: Vec<String>, /// Text of the QR code.
        qr: String }
    /// Something that was looked at.
    FindingView { /// What.
        check: CheckNameView, /// How it is.
        state: HealthView, /// A sentence.
        sentence: String, /// What to do; empty where there is nothing to do.
        to_do: String }
    /// A person.
    Person { /// Who.
        user: String, /// Their name.
        user_name: String, /// How they want to be called.
        display: Option<String>, /// How many devices speak for them.
        devices: u32, /// Among the members of a room: whether they are its admin.
        room_admin: bool, /// Whether they were compared.
        trust: TrustView }
    /// A device of this person.
    Device { /// Which.
        device: String, /// How it is called.
        label: String, /// When it was added.
        added: Number, /// When it last had a session.
        last_seen: Number, /// Whether it is this one.
        current: bool, /// Who added it.
        added_by: AddedView, /// Whether its person is to be asked if it is theirs.
        unanswered: bool }
    /// A code by which another device lets this browser in.
    LinkingView { /// The code.
        code: String, /// The same as a link, for a QR code.
        link: String, /// Until when it works.
        expires: Number }
    /// Another device has taken the code.
    LinkWelcomeView { /// Whose device this browser is to be.
        user_name: String, /// Four words that the other device must show too.
        words: Vec<String> }
    /// A new device asks to be let in.
    LinkOfferView { /// How it calls itself.
        label: String, /// Four words that it must show too.
        words: Vec<String> }
    /// An invite.
    Invite { /// Names it.
        id: String, /// The link, only when just made.
        link: Option<String>, /// Uses left.
        uses: u32, /// When it ends.
        expires: Number, /// Role it gives.
        role: RoleView }
    /// An account, as the server lists it.
    User { /// Who.
        user: String, /// Name.
        user_name: String, /// Role.
        role: RoleView, /// Whether it works.
        active: bool, /// Whether a device of theirs is connected now.
        online: bool, /// When it was made.
        created: Number }
    /// What the server holds about this person.
    ReportView { /// The account.
        user: User, /// When each device was added and last seen.
        devices: Vec<ReportDevice>, /// Rooms by id, with sizes.
        rooms: Vec<ReportRoom>, /// Live sessions.
        sessions: Vec<ReportSession>, /// Bytes of the sealed vault.
        vault_bytes: Number, /// Links of the device chain.
        chain_links: u32, /// Sealed items.
        items: Number, /// Their bytes.
        item_bytes: Number, /// Sealed receipts.
        receipts: Vec<ReportReceipt>, /// Invites made by this person.
        invites: u32 }
    /// A session as the server knows it.
    ReportSession { /// Of which device.
        device: String, /// When it was opened.
        opened: Number, /// When it ends unless used.
        expires: Number }
    /// A sealed receipt as the server knows it.
    ReportReceipt { /// In which room.
        room: String, /// Of which device.
        device: String, /// Its epoch.
        epoch: Number, /// Sealed bytes.
        bytes: Number }
    /// A device as the server knows it.
    ReportDevice { /// Which.
        device: String, /// When it was added.
        added: Number, /// When it last had a session.
        last_seen: Number }
    /// A room as the server knows it.
    ReportRoom { /// Its id; the server has no name for it.
        room: String, /// When this person came in.
        joined: Number, /// Events sent.
        events: Number, /// Their sealed bytes.
        bytes: Number }
    /// How the server is.
    OverviewView { /// Release of its program.
        version: String, /// When it was started.
        started: Number, /// Its clock.
        now: Number, /// Active accounts.
        people: Number, /// People who are connected.
        online: Number, /// Their devices, connected or not.
        devices: Number, /// Open connections.
        connections: Number, /// Rooms, by number: it knows no names.
        rooms: Number, /// Invites that still work.
        invites: Number, /// Bytes of the database, if known.
        database_bytes: Option<Number>, /// Bytes of its log, if known.
        wal_bytes: Option<Number>, /// Bytes free on its disk, if known.
        free_bytes: Option<Number>, /// Four words of its identity.
        words: Vec<String>, /// When its certificate ends.
        certificate_ends: Number, /// Whether the operator brought the certificate.
        own_certificate: bool, /// What was looked at.
        health: Vec<CheckView>, /// Limits in force.
        limits: Vec<LimitView>, /// Refusals since it was started.
        refusals: Vec<RefusalView> }
    /// Something that was looked at.
    CheckView { /// What.
        check: String, /// Whether it is as it should be.
        ok: bool, /// A sentence.
        detail: String }
    /// A limit in force.
    LimitView { /// Its name in the configuration.
        limit: String, /// Its value; of rates, how many at once.
        value: Number, /// Of what.
        unit: String, /// Of rates, how many a second after that.
        per_second: Option<Number> }
    /// How often something was refused.
    RefusalView { /// Why.
        code: String, /// How often.
        count: Number }
    /// A setting of this device.
    Setting { /// Its name.
        setting: String, /// Its value.
        value: String }
    /// A QR code, row by row.
    QrView { /// Modules a side.
        size: u32, /// `1` dark, `0` light, `size` times `size`.
        modules: String }
}
