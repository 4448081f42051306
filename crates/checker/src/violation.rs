//! The promises by number, and how each can be broken.

/// A promise (research: reliability §1.1). I1 to I16 are about safety, L1 to L3 about getting there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// What was acknowledged is in the log and, at rest, read by all who are entitled.
    I1,
    /// Nothing twice: one log row for each device and message id, each place shown once.
    I2,
    /// One order for all, without gaps, that never changes.
    I3,
    /// What a device sends to a room stands in the order it was sent in.
    I4,
    /// A message stands behind what it names as seen.
    I5,
    /// Who is entitled can decrypt.
    I6,
    /// Who was removed reads nothing after.
    I7,
    /// Who joined reads nothing from before, unless the room shares it.
    I8,
    /// One commit for each epoch, and the same epoch for all.
    I9,
    /// A row is of the epoch that the room was in.
    I10,
    /// A ratchet step is used for one ciphertext.
    I11,
    /// A Welcome arrives if, and only if, its commit was accepted.
    I12,
    /// Durable before acknowledged.
    I13,
    /// A repeated request has the first one's answer.
    I14,
    /// Only who may have it gets it.
    I15,
    /// No plain text outside the devices.
    I16,
    /// Outboxes drain.
    L1,
    /// Everybody reaches the head.
    L2,
    /// Within thirty seconds.
    L3,
}

/// A broken promise: what, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Violation {
    #[error(
        "I1: {message:?} of {device} in {room} was acknowledged (seq {seq:?}), and the log does not have it"
    )]
    NotInLog { message: String, device: String, room: String, seq: Option<u64> },
    #[error("I1: {device}, at rest, does not show {message:?} at {seq:?} of {room}, which was acknowledged")]
    NotShown { device: String, room: String, message: String, seq: Option<u64> },
    #[error("I2: {room} has {device}'s {id} at {first} and again at {second}")]
    TwoRows { room: String, device: String, id: String, first: u64, second: u64 },
    #[error("I2: {device} shows {message:?} in {room} at {first} and again at {second}")]
    ShownTwice { device: String, room: String, message: String, first: u64, second: u64 },
    #[error("I3: {room} has no row at {missing}, and has one at {next}")]
    Gap { room: String, missing: u64, next: u64 },
    #[error("I3: seq {seq} of {room} was {before:?} and became {after:?}")]
    RowChanged { room: String, seq: u64, before: String, after: String },
    #[error("I3: at {seq} of {room} {one} shows {by_one:?} and {other} {by_other:?}")]
    Disagree { room: String, seq: u64, one: String, by_one: String, other: String, by_other: String },
    #[error("I3: {device} shows {later} of {room} before {earlier}")]
    ShownOutOfOrder { device: String, room: String, earlier: u64, later: u64 },
    #[error(
        "I4: {device} sent {first:?} to {room} before {second:?}, and they stand at {first_at} and {second_at}"
    )]
    SenderOrder { device: String, room: String, first: String, first_at: u64, second: String, second_at: u64 },
    #[error("I5: {message:?} in {room} names {after} as seen, and stands at {seq}")]
    BeforeItsCause { message: String, room: String, after: u64, seq: u64 },
    #[error("I6: {device} is entitled to {seq} of {room} and cannot read it: {why}")]
    Unreadable { device: String, room: String, seq: u64, why: String },
    #[error("I7: {device} shows {message:?} at {seq} of {room}, after its right to read ended at {ended}")]
    ReadAfterRemoval { device: String, room: String, message: String, seq: u64, ended: u64 },
    #[error("I8: {device} shows {message:?} at {seq} of {room}, and may read from {from} on")]
    ReadBeforeJoin { device: String, room: String, message: String, seq: u64, from: u64 },
    #[error("I9: {room} has two commits of epoch {epoch}, at {first} and {second}")]
    TwoCommits { room: String, epoch: u64, first: u64, second: u64 },
    #[error("I9: in epoch {epoch} of {room} {one} and {other} are in different groups")]
    Fork { room: String, epoch: u64, one: String, other: String },
    #[error("I10: {seq} of {room} is of epoch {epoch}, and the room was in {expected}")]
    WrongEpoch { room: String, seq: u64, epoch: u64, expected: u64 },
    #[error("I11: leaf {leaf} of {room} used generation {generation} of epoch {epoch} for two ciphertexts")]
    KeyReuse { room: String, epoch: u64, leaf: u32, generation: u32 },
    #[error("I12: {device} was welcomed into {room} by a commit at {seq}, and the log has none there")]
    WelcomeWithoutCommit { device: String, room: String, seq: u64 },
    #[error("I12: the commit at {seq} of {room} brings in {device}, whom no Welcome reached")]
    CommitWithoutWelcome { device: String, room: String, seq: u64 },
    #[error("I13: {message:?} at {seq} of {room} was acknowledged before it was durable")]
    AckedTooEarly { message: String, room: String, seq: u64 },
    #[error("I14: {message:?} was acknowledged at {first} and again at {second}")]
    TwoAnswers { message: String, first: u64, second: u64 },
    #[error("I14: {device} was told that {message:?} failed, and it stands at {seq} of {room}")]
    FailedAndKept { message: String, device: String, room: String, seq: u64 },
    #[error("I15: the server gave {device} {seq} of {room}, which it may not have")]
    GivenWithoutRight { device: String, room: String, seq: u64 },
    #[error("I15: {device} shows {message:?} at {seq} of {room}, and never had a right there")]
    ReadWithoutRight { device: String, room: String, message: String, seq: u64 },
    #[error("I16: the words of {message:?} are in {place}")]
    Leaked { message: String, place: String },
    #[error("L1: {waiting} messages of {device} to {room} wait still, {after_ms} ms after the last fault")]
    StillWaiting { device: String, room: String, waiting: u64, after_ms: u64 },
    #[error(
        "L2: {device} is at {cursor} of {room} and the head at {head}, {after_ms} ms after the last fault"
    )]
    NotAtHead { device: String, room: String, cursor: u64, head: u64, after_ms: u64 },
    #[error("L3: {device} came to rest in {room} only {after_ms} ms after the last fault")]
    TooLate { device: String, room: String, after_ms: u64 },
}

impl Violation {
    /// Which promise it breaks.
    pub const fn invariant(&self) -> Invariant {
        match self {
            Self::NotInLog { .. } | Self::NotShown { .. } => Invariant::I1,
            Self::TwoRows { .. } | Self::ShownTwice { .. } => Invariant::I2,
            Self::Gap { .. }
            | Self::RowChanged { .. }
            | Self::Disagree { .. }
            | Self::ShownOutOfOrder { .. } => Invariant::I3,
            Self::SenderOrder { .. } => Invariant::I4,
            Self::BeforeItsCause { .. } => Invariant::I5,
            Self::Unreadable { .. } => Invariant::I6,
            Self::ReadAfterRemoval { .. } => Invariant::I7,
            Self::ReadBeforeJoin { .. } => Invariant::I8,
            Self::TwoCommits { .. } | Self::Fork { .. } => Invariant::I9,
            Self::WrongEpoch { .. } => Invariant::I10,
            Self::KeyReuse { .. } => Invariant::I11,
            Self::WelcomeWithoutCommit { .. } | Self::CommitWithoutWelcome { .. } => Invariant::I12,
            Self::AckedTooEarly { .. } => Invariant::I13,
            Self::TwoAnswers { .. } | Self::FailedAndKept { .. } => Invariant::I14,
            Self::GivenWithoutRight { .. } | Self::ReadWithoutRight { .. } => Invariant::I15,
            Self::Leaked { .. } => Invariant::I16,
            Self::StillWaiting { .. } => Invariant::L1,
            Self::NotAtHead { .. } => Invariant::L2,
            Self::TooLate { .. } => Invariant::L3,
        }
    }
}
