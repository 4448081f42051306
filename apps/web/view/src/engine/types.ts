// Written by `cargo xtask gen` from apps/web/engine/src/words; edited there, not here.

export type RoleView = "member" | "admin" | "owner";

export type HistoryView = "shared" | "since_join" | "none";

export type EarlierView = "all" | "more" | "reading" | "waits" | "since_join" | "nothing_kept" | "deleted";

export type KindView = "channel" | "private" | "dm";

export type StandingView = "listed" | "joining" | "joined" | "gone" | "halted";

export type HealthView = "good" | "fixed" | "attention" | "broken";

export type CheckNameView = "connection" | "clock" | "store" | "chain" | "log" | "rooms" | "outbox" | "key_packages" | "certificate" | "version";

export type LineKindView = "text" | "members" | "deleted" | "unreadable" | "unknown";

export type TrustView = "yourself" | "unverified" | "verified" | "changed";

export type HoldView = "rate_limit" | "busy" | "storage_full";

export type FailureKind = "usage" | "not_logged_in" | "refused" | "unreachable" | "trust" | "bad_password" | "other";

export type DeliveryView = { is: "queued" } | { is: "sending" } | { is: "sent" } | { is: "failed", why: string };

export type ConnectionView = { is: "connecting" } | { is: "online" } | { is: "waiting", until: number, why: string } | { is: "over", why: string };

export type AddedView = { is: "first" } | { is: "device", label: string | null } | { is: "recovery_key" } | { is: "unknown" };

export type TellView = { is: "connection", connection: ConnectionView } | { is: "caught_up" } | { is: "rooms" } | { is: "settings" } | { is: "timeline", room: string } | { is: "arrived", room: string, seq: number } | { is: "holding", until: number, why: HoldView } | { is: "wished", room: string } | { is: "wish_failed", room: string, why: string } | { is: "alarm", room: string | null, what: string } | { is: "own_device_added", device: string } | { is: "devices" } | { is: "vault_key", known: boolean } | { is: "root_changed", user: string } | { is: "left" } | { is: "everything" };

export type FailureView = { kind: FailureKind, sentence: string };

export type DoorView = { me: Me | null, words: Array<string> | null, needs_owner: boolean, invited: boolean, anew: boolean, pin_differs: boolean, version: string | null };

export type StrengthView = { score: number, problem: string | null };

export type RegisteredView = { me: Me, recovery_key: string };

export type Me = { user: string, user_name: string, display: string | null, device: string, role: RoleView, server: string, words: Array<string>, login_link: string };

export type Room = { room: string, label: string, display: string | null, peer: string | null, topic: string, kind: KindView, history: HistoryView, earlier: EarlierView, keep_days: number, standing: StandingView, unread: number, read_to: number, cursor: number, newest: number | null, people: number, waiting: number, trouble: string | null, goes_on: string | null, team: boolean };

export type Line = { room: string, room_label: string, id: string, seq: number | null, time: number, user: string, from: string, display: string | null, device: string, own: boolean, kind: LineKindView, text: string, why: string | null, way_out: string | null, body: Array<Block>, mentions_me: boolean, imported: boolean, state: DeliveryView, arrived: number | null, arrived_of: number };

export type ComparisonView = { number: string, words: Array<string>, qr: string };

export type FindingView = { check: CheckNameView, state: HealthView, sentence: string, to_do: string };

export type Person = { user: string, user_name: string, display: string | null, devices: number, room_admin: boolean, trust: TrustView };

export type Device = { device: string, label: string, added: number, last_seen: number, current: boolean, added_by: AddedView, unanswered: boolean };

export type LinkingView = { code: string, link: string, expires: number };

export type LinkWelcomeView = { user_name: string, words: Array<string> };

export type LinkOfferView = { label: string, words: Array<string> };

export type Invite = { id: string, link: string | null, uses: number, expires: number, role: RoleView };

export type User = { user: string, user_name: string, role: RoleView, active: boolean, online: boolean, created: number };

export type ReportView = { user: User, devices: Array<ReportDevice>, rooms: Array<ReportRoom>, sessions: Array<ReportSession>, vault_bytes: number, chain_links: number, items: number, item_bytes: number, receipts: Array<ReportReceipt>, invites: number };

export type ReportSession = { device: string, opened: number, expires: number };

export type ReportReceipt = { room: string, device: string, epoch: number, bytes: number };

export type ReportDevice = { device: string, added: number, last_seen: number };

export type ReportRoom = { room: string, joined: number, events: number, bytes: number };

export type OverviewView = { version: string, started: number, now: number, people: number, online: number, devices: number, connections: number, rooms: number, invites: number, database_bytes: number | null, wal_bytes: number | null, free_bytes: number | null, words: Array<string>, certificate_ends: number, own_certificate: boolean, health: Array<CheckView>, limits: Array<LimitView>, refusals: Array<RefusalView> };

export type CheckView = { check: string, ok: boolean, detail: string };

export type LimitView = { limit: string, value: number, unit: string, per_second: number | null };

export type RefusalView = { code: string, count: number };

export type Setting = { setting: string, value: string };

export type QrView = { size: number, modules: string };

export type Block = { is: "paragraph", inlines: Array<Inline> } | { is: "heading", inlines: Array<Inline> } | { is: "code", language: string, text: string } | { is: "quote", blocks: Array<Block> } | { is: "list", start: number | null, items: Array<Array<Block>> } | { is: "rule" };

export type Inline = { is: "text", text: string } | { is: "code", text: string } | { is: "strong", inlines: Array<Inline> } | { is: "emphasis", inlines: Array<Inline> } | { is: "strike", inlines: Array<Inline> } | { is: "link", href: string, host: string, inlines: Array<Inline> } | { is: "mention", name: string } | { is: "break" };

/** What can be asked of the engine, and what comes back. */
export interface Asks {
  door: { of: { link: string | null }; gives: DoorView };
  strength: { of: { password: string, user_name: string }; gives: StrengthView };
  register: { of: { link: string, user_name: string, display: string, password: string, device: string }; gives: RegisteredView };
  login: { of: { link: string | null, user_name: string, password: string, device: string }; gives: Me };
  check_recovery_key: { of: { key: string }; gives: string | null };
  recover: { of: { link: string | null, user_name: string, recovery_key: string, password: string, device: string }; gives: Me };
  begin_anew: { of: { link: string, user_name: string, password: string, device: string }; gives: RegisteredView };
  link_begin: { of: Record<string, never>; gives: LinkingView };
  link_welcome: { of: { device: string }; gives: LinkWelcomeView };
  link_enter: { of: Record<string, never>; gives: Me };
  link_stop: { of: Record<string, never>; gives: null };
  log_out: { of: Record<string, never>; gives: null };
  me: { of: Record<string, never>; gives: Me };
  connection: { of: Record<string, never>; gives: ConnectionView };
  wake: { of: Record<string, never>; gives: null };
  rooms: { of: Record<string, never>; gives: Array<Room> };
  timeline: { of: { room: string, before: number | null, limit: number }; gives: Array<Line> };
  after: { of: { room: string, seq: number, limit: number }; gives: Array<Line> };
  inbox: { of: { limit: number }; gives: Array<Line> };
  search: { of: { room: string | null, words: string, limit: number }; gives: Array<Line> };
  members: { of: { room: string }; gives: Array<Person> };
  people: { of: Record<string, never>; gives: Array<Person> };
  comparison: { of: { user: string }; gives: ComparisonView | null };
  confirm: { of: { user: string, said: string }; gives: null };
  accept_root: { of: { user: string }; gives: null };
  look_at: { of: { what: string }; gives: null };
  send: { of: { id: string, room: string, text: string }; gives: null };
  retry: { of: { room: string, id: string }; gives: null };
  discard: { of: { room: string, id: string }; gives: null };
  draft: { of: { room: string }; gives: string };
  keep_draft: { of: { room: string, text: string }; gives: null };
  mark_read: { of: { room: string, seq: number }; gives: null };
  mark_unread: { of: { room: string, seq: number }; gives: null };
  create_room: { of: { room: string, topic: string, open: boolean, history: HistoryView, people: Array<string> }; gives: string };
  open_dm: { of: { user: string }; gives: string };
  join: { of: { room: string }; gives: null };
  leave: { of: { room: string }; gives: null };
  add_people: { of: { room: string, users: Array<string> }; gives: null };
  remove_person: { of: { room: string, user: string }; gives: null };
  make_admin: { of: { room: string, user: string }; gives: null };
  unmake_admin: { of: { room: string, user: string }; gives: null };
  tighten_history: { of: { room: string, history: HistoryView }; gives: null };
  keep_for: { of: { room: string, days: number }; gives: null };
  set_display: { of: { display: string }; gives: null };
  settings: { of: Record<string, never>; gives: Array<Setting> };
  set: { of: { setting: string, value: string | null }; gives: null };
  devices: { of: Record<string, never>; gives: Array<Device> };
  link_take: { of: { code: string }; gives: LinkOfferView };
  link_let_in: { of: Record<string, never>; gives: null };
  link_turn_away: { of: Record<string, never>; gives: null };
  know_device: { of: { device: string }; gives: null };
  revoke_device: { of: { device: string }; gives: null };
  lost_device: { of: { device: string, password: string, key: string }; gives: null };
  shared_keys: { of: Record<string, never>; gives: boolean };
  take_up_keys: { of: { password: string }; gives: null };
  change_password: { of: { old: string, new: string, end_others: boolean }; gives: null };
  recovery_key: { of: Record<string, never>; gives: string };
  new_recovery_key: { of: Record<string, never>; gives: string };
  keep_recovery_key: { of: { key: string }; gives: null };
  report: { of: Record<string, never>; gives: ReportView };
  doctor: { of: Record<string, never>; gives: Array<FindingView> };
  repair: { of: { room: string }; gives: null };
  seen: { of: { room: string }; gives: null };
  reset_room: { of: { room: string }; gives: string };
  invites: { of: Record<string, never>; gives: Array<Invite> };
  invite: { of: { uses: number, days: number }; gives: Invite };
  revoke_invite: { of: { id: string }; gives: null };
  qr: { of: { text: string }; gives: QrView };
  users: { of: Record<string, never>; gives: Array<User> };
  overview: { of: Record<string, never>; gives: OverviewView };
  set_role: { of: { user: string, role: RoleView }; gives: null };
  reset_link: { of: { user: string }; gives: string };
  deactivate: { of: { user: string }; gives: null };
}
