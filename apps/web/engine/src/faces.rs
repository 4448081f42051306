//! From the client's views to what the page is given.

use qrcode::{Color, QrCode};
use securechat_client::ids::{RoomId, UserId};
use securechat_client::view::{
    Delivery, Earlier, History, Kind, LineKind, MeView, MessageView, PersonView, RoomStanding, RoomView,
    Trust,
};
use securechat_client::{
    AddedByView, Check, Comparison, Connection, DeviceView, Failure, Finding, Health, Hold, InviteView,
    Limit, Looked, News, Overview, RefusalCount, Report, Role, Told, User as Account, server_words,
};

use crate::words::{
    AddedView, Block, CheckNameView, CheckView, ComparisonView, ConnectionView, DeliveryView, Device,
    EarlierView, FailureKind, FailureView, FindingView, HealthView, HistoryView, HoldView, Inline, Invite,
    KindView, LimitView, Line, LineKindView, Me, Number, OverviewView, Person, QrView, RefusalView,
    ReportDevice, ReportReceipt, ReportRoom, ReportSession, ReportView, RoleView, Room, StandingView,
    TellView, TrustView, User, parse,
};

/// A count as a number.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A role.
pub fn role(role: Role) -> RoleView {
    match role {
        Role::Member => RoleView::Member,
        Role::Admin => RoleView::Admin,
        Role::Owner => RoleView::Owner,
    }
}

/// A role that the page names.
pub fn role_of(role: RoleView) -> Role {
    match role {
        RoleView::Member => Role::Member,
        RoleView::Admin => Role::Admin,
        RoleView::Owner => Role::Owner,
    }
}

/// What newcomers read back, as the page names it.
pub fn history_of(history: HistoryView) -> History {
    match history {
        HistoryView::Shared => History::Shared,
        HistoryView::SinceJoin => History::SinceJoin,
        HistoryView::None => History::None,
    }
}

/// This device.
pub fn me(me: &MeView, display: Option<String>, login_link: String) -> Me {
    let words = server_words(&me.server_pin).map(|words| words.map(str::to_owned).to_vec());
    Me {
        user: me.user_id.to_string(),
        user_name: me.user_name.clone(),
        display,
        device: me.device_id.to_string(),
        role: role(me.role),
        server: me.server_url.clone(),
        words: words.unwrap_or_default(),
        login_link,
    }
}

/// A room. `names` finds how people want to be called.
pub fn room(view: RoomView, names: &[PersonView], team: Option<RoomId>) -> Room {
    let named = view.label.strip_prefix('@').filter(|_| view.kind == Kind::Dm);
    let other = named.and_then(|name| names.iter().find(|person| person.user_name == name));
    Room {
        display: other.and_then(|person| person.display.clone()),
        peer: other.map(|person| person.user_id.to_string()),
        team: team == Some(view.room),
        room: view.room.to_string(),
        label: view.label,
        topic: view.topic,
        kind: match view.kind {
            Kind::Channel => KindView::Channel,
            Kind::Private => KindView::Private,
            Kind::Dm => KindView::Dm,
        },
        keep_days: view.keep_days,
        history: match view.history {
            History::Shared => HistoryView::Shared,
            History::SinceJoin => HistoryView::SinceJoin,
            History::None => HistoryView::None,
        },
        earlier: match view.earlier {
            Earlier::All => EarlierView::All,
            Earlier::More => EarlierView::More,
            Earlier::Reading => EarlierView::Reading,
            Earlier::Waits => EarlierView::Waits,
            Earlier::SinceJoin => EarlierView::SinceJoin,
            Earlier::NothingKept => EarlierView::NothingKept,
            Earlier::Deleted => EarlierView::Deleted,
        },
        standing: match view.state {
            RoomStanding::Listed => StandingView::Listed,
            RoomStanding::Joining => StandingView::Joining,
            RoomStanding::Joined => StandingView::Joined,
            RoomStanding::Gone => StandingView::Gone,
            RoomStanding::Halted => StandingView::Halted,
        },
        unread: Number(view.unread),
        read_to: Number(view.read_to.0),
        cursor: Number(view.cursor.0),
        newest: view.newest.map(|time| Number(time.0)),
        people: count(view.people),
        waiting: count(view.waiting),
        trouble: view.trouble,
        goes_on: view.goes_on,
    }
}

/// A line.
pub fn line(view: MessageView, my_name: &str) -> Line {
    let body = match view.kind {
        LineKind::Text => parse(&view.text),
        _ => Vec::new(),
    };
    Line {
        mentions_me: !view.own && blocks_name(&body, my_name),
        room: view.room.to_string(),
        room_label: view.room_label,
        id: view.message_id.to_string(),
        seq: view.seq.map(|seq| Number(seq.0)),
        time: Number(view.time.0),
        user: view.user.to_string(),
        from: view.from,
        display: view.display,
        device: view.device.to_string(),
        own: view.own,
        kind: match view.kind {
            LineKind::Text => LineKindView::Text,
            LineKind::Members => LineKindView::Members,
            LineKind::Deleted => LineKindView::Deleted,
            LineKind::Unreadable => LineKindView::Unreadable,
            LineKind::Unknown => LineKindView::Unknown,
        },
        text: view.text,
        imported: view.imported,
        why: view.why.map(|why| why.name().to_owned()),
        way_out: view.why.map(|why| why.way_out().to_owned()),
        body,
        state: match view.state {
            Delivery::Queued => DeliveryView::Queued,
            Delivery::Sending => DeliveryView::Sending,
            Delivery::Sent => DeliveryView::Sent,
            Delivery::Failed(why) => DeliveryView::Failed { why },
        },
        arrived: view.arrived.map(|(arrived, _)| count(arrived)),
        arrived_of: count(view.arrived.map_or(0, |(_, of)| of)),
    }
}

fn blocks_name(blocks: &[Block], name: &str) -> bool {
    blocks.iter().any(|block| match block {
        Block::Paragraph { inlines } | Block::Heading { inlines } => inlines_name(inlines, name),
        Block::List { items, .. } => items.iter().any(|item| blocks_name(item, name)),
        // A quotation repeats what was said to somebody before.
        Block::Quote { .. } | Block::Code { .. } | Block::Rule => false,
    })
}

fn inlines_name(inlines: &[Inline], name: &str) -> bool {
    inlines.iter().any(|inline| match inline {
        Inline::Mention { name: named } => named == name,
        Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Strike { inlines } => {
            inlines_name(inlines, name)
        }
        Inline::Text { .. } | Inline::Code { .. } | Inline::Link { .. } | Inline::Break => false,
    })
}

/// A person.
pub fn person(view: PersonView) -> Person {
    Person {
        user: view.user_id.to_string(),
        user_name: view.user_name,
        display: view.display,
        devices: count(view.devices),
        room_admin: view.room_admin,
        trust: match view.trust {
            Trust::Yourself => TrustView::Yourself,
            Trust::Unverified => TrustView::Unverified,
            Trust::Verified => TrustView::Verified,
            Trust::Changed => TrustView::Changed,
        },
    }
}

/// What to compare with a person.
pub fn comparison(seen: Comparison) -> ComparisonView {
    let words = seen.words.map(str::to_owned).to_vec();
    ComparisonView { number: seen.number, words, qr: seen.qr }
}

/// A device.
pub fn device(view: DeviceView) -> Device {
    Device {
        device: view.device_id.to_string(),
        label: view.name,
        added: Number(view.added.0),
        last_seen: Number(view.last_seen.0),
        current: view.current,
        added_by: match view.added_by {
            AddedByView::First => AddedView::First,
            AddedByView::Device(label) => AddedView::Device { label },
            AddedByView::RecoveryKey => AddedView::RecoveryKey,
            AddedByView::Unknown => AddedView::Unknown,
        },
        unanswered: view.unanswered,
    }
}

/// An invite.
pub fn invite(view: InviteView) -> Invite {
    Invite {
        id: view.id,
        link: view.link,
        uses: view.uses,
        expires: Number(view.expires.0),
        role: role(view.role),
    }
}

/// An account.
pub fn user(view: Account) -> User {
    User {
        user: view.user_id.to_string(),
        user_name: view.user_name,
        role: role(view.role),
        active: view.active,
        online: view.online,
        created: Number(view.created_ms.0),
    }
}

/// What was looked at.
pub fn finding(found: Finding) -> FindingView {
    FindingView {
        check: match found.check {
            Looked::Connection => CheckNameView::Connection,
            Looked::Clock => CheckNameView::Clock,
            Looked::Store => CheckNameView::Store,
            Looked::Chain => CheckNameView::Chain,
            Looked::Log => CheckNameView::Log,
            Looked::Rooms => CheckNameView::Rooms,
            Looked::Outbox => CheckNameView::Outbox,
            Looked::KeyPackages => CheckNameView::KeyPackages,
            Looked::Certificate => CheckNameView::Certificate,
            Looked::Version => CheckNameView::Version,
        },
        state: match found.state {
            Health::Good => HealthView::Good,
            Health::Fixed => HealthView::Fixed,
            Health::Attention => HealthView::Attention,
            Health::Broken => HealthView::Broken,
        },
        sentence: found.sentence,
        to_do: found.to_do,
    }
}

/// What the server holds.
pub fn report(view: Report) -> ReportView {
    let device = |device: &securechat_client::AccountDevice| ReportDevice {
        device: device.device_id.to_string(),
        added: Number(device.added_ms.0),
        last_seen: Number(device.last_seen_ms.0),
    };
    let room = |room: &securechat_client::ReportRoom| ReportRoom {
        room: room.room_id.to_string(),
        joined: Number(room.joined_ms.0),
        events: Number(room.events),
        bytes: Number(room.bytes),
    };
    let session = |session: &securechat_client::ReportSession| ReportSession {
        device: session.device_id.to_string(),
        opened: Number(session.opened_ms.0),
        expires: Number(session.expires_ms.0),
    };
    let receipt = |receipt: &securechat_client::ReportReceipt| ReportReceipt {
        room: receipt.room_id.to_string(),
        device: receipt.device_id.to_string(),
        epoch: Number(receipt.epoch),
        bytes: Number(receipt.bytes),
    };
    ReportView {
        devices: view.devices.iter().map(device).collect(),
        rooms: view.rooms.iter().map(room).collect(),
        sessions: view.sessions.iter().map(session).collect(),
        vault_bytes: Number(view.vault_bytes),
        chain_links: count(view.chain_links.len()),
        items: Number(view.items),
        item_bytes: Number(view.item_bytes),
        receipts: view.receipts.iter().map(receipt).collect(),
        invites: count(view.invites.len()),
        user: user(view.user),
    }
}

/// How the server is.
pub fn overview(view: Overview) -> OverviewView {
    let check = |check: Check| CheckView { check: check.name, ok: check.ok, detail: check.detail };
    let limit = |limit: Limit| LimitView {
        limit: limit.name,
        value: Number(limit.value),
        unit: limit.unit,
        per_second: limit.per_second.map(Number),
    };
    let refusal = |refusal: RefusalCount| RefusalView {
        code: refusal.code.text().to_owned(),
        count: Number(refusal.count),
    };
    OverviewView {
        version: view.version,
        started: Number(view.started_ms.0),
        now: Number(view.now_ms.0),
        people: Number(view.people),
        online: Number(view.online),
        devices: Number(view.devices),
        connections: Number(view.connections),
        rooms: Number(view.rooms),
        invites: Number(view.invites),
        database_bytes: view.storage.database_bytes.map(Number),
        wal_bytes: view.storage.wal_bytes.map(Number),
        free_bytes: view.storage.free_bytes.map(Number),
        words: view.certificate.words,
        certificate_ends: Number(view.certificate.expires_ms.0),
        own_certificate: view.certificate.own_files,
        health: view.health.into_iter().map(check).collect(),
        limits: view.limits.into_iter().map(limit).collect(),
        refusals: view.refusals.into_iter().map(refusal).collect(),
    }
}

/// Where the connection stands.
pub fn connection(connection: &Connection) -> ConnectionView {
    match connection {
        Connection::Connecting => ConnectionView::Connecting,
        Connection::Online => ConnectionView::Online,
        Connection::Waiting { until, why } => {
            ConnectionView::Waiting { until: Number(until.0), why: why.clone() }
        }
        Connection::Over { why, .. } => ConnectionView::Over { why: why.clone() },
    }
}

/// What was told; nothing for what the page hears otherwise.
pub fn told(told: Told) -> Option<TellView> {
    let room = |room: &RoomId| room.to_string();
    let user = |user: &UserId| user.to_string();
    let news = match told {
        Told::Missed => return Some(TellView::Everything),
        Told::News(news) => news,
    };
    Some(match news {
        News::CaughtUp => TellView::CaughtUp,
        News::Rooms => TellView::Rooms,
        News::Settings => TellView::Settings,
        News::Timeline { room: id } | News::Sent { room: id, .. } | News::Failed { room: id, .. } => {
            TellView::Timeline { room: room(&id) }
        }
        News::Arrived { room: id, seq } => TellView::Arrived { room: room(&id), seq: Number(seq.0) },
        News::Holding { until, why } => TellView::Holding {
            until: Number(until.0),
            why: match why {
                Hold::RateLimit => HoldView::RateLimit,
                Hold::Busy => HoldView::Busy,
                Hold::StorageFull => HoldView::StorageFull,
            },
        },
        News::Wished { room: id } => TellView::Wished { room: room(&id) },
        News::WishFailed { room: id, why } => TellView::WishFailed { room: room(&id), why },
        News::Alarm { room: about, what } => TellView::Alarm { room: about.as_ref().map(room), what },
        News::OwnDeviceAdded { device } => TellView::OwnDeviceAdded { device: device.to_string() },
        News::Devices => TellView::Devices,
        News::VaultKey { known } => TellView::VaultKey { known },
        News::RootChanged { user: whose } => TellView::RootChanged { user: user(&whose) },
        // The connection is told by itself.
        News::Online | News::TokenRefused | News::Ended { .. } => return None,
    })
}

/// A failure.
pub fn failure(failure: &Failure) -> FailureView {
    let kind = match failure {
        Failure::Usage(_) => FailureKind::Usage,
        Failure::NotLoggedIn => FailureKind::NotLoggedIn,
        Failure::Refused(_) => FailureKind::Refused,
        Failure::Unreachable(_) => FailureKind::Unreachable,
        Failure::Trust(_) => FailureKind::Trust,
        Failure::BadPassword | Failure::WrongRecoveryKey => FailureKind::BadPassword,
        Failure::Other(_) => FailureKind::Other,
    };
    FailureView { kind, sentence: failure.to_string() }
}

/// A text as a QR code.
///
/// # Errors
/// [`Failure::Usage`] for a text that is too long for one.
pub fn qr(text: &str) -> Result<QrView, Failure> {
    let code =
        QrCode::new(text).map_err(|_| Failure::Usage("the text is too long for a QR code".to_owned()))?;
    let modules = code.to_colors().into_iter().map(|color| if color == Color::Dark { '1' } else { '0' });
    Ok(QrView { size: count(code.width()), modules: modules.collect() })
}

#[cfg(test)]
mod tests {
    use securechat_client::ids::{DeviceId, MessageId, UnixMillis};

    use super::*;

    #[test]
    fn a_quotation_names_nobody_but_a_list_does() {
        assert!(blocks_name(&parse("- **hi @ana**"), "ana"));
        assert!(!blocks_name(&parse("> hi @ana"), "ana"));
        assert!(!blocks_name(&parse("`@ana` @anab"), "ana"));
    }

    #[test]
    fn a_line_of_what_was_deleted_comes_as_that_with_its_sentence() {
        let view = MessageView {
            room: RoomId::from_bytes([1; 16]),
            room_label: "#general".into(),
            message_id: MessageId::from_bytes([2; 16]),
            seq: None,
            time: UnixMillis(0),
            user: UserId::from_bytes([3; 16]),
            from: "ana".into(),
            display: None,
            device: DeviceId::from_bytes([4; 16]),
            own: true,
            kind: LineKind::Deleted,
            text: "messages were deleted here by the room's limit of 7 days".into(),
            imported: false,
            why: None,
            state: Delivery::Sent,
            arrived: None,
        };
        let line = line(view.clone(), "ana");
        assert_eq!((line.kind, line.text, line.body.len()), (LineKindView::Deleted, view.text.clone(), 0));
        let came = super::line(MessageView { kind: LineKind::Members, ..view }, "ana");
        assert_eq!(came.kind, LineKindView::Members);
    }

    #[test]
    fn a_qr_code_is_square() {
        let code = qr("https://127.0.0.1:8765/i#AAAA-BBBB.AAECAwQFBgcICQoLDA0ODw").expect("fits");
        assert_eq!(code.modules.len(), (code.size * code.size) as usize);
        assert!(qr(&"x".repeat(5_000)).is_err());
    }
}
