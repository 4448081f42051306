// Written by `cargo xtask gen` from apps/web/engine/src/words; edited there, not here.

export type RoleView = "member" | "admin" | "owner";

export type HistoryView = "shared" | "since_join" | "none";

export type KindView = "channel" | "private" | "dm";

export type StandingView = "listed" | "joining" | "joined" | "gone" | "halted";

export type LineKindView = "text" | "members" | "unreadable" | "unknown";

export type HoldView = "rate_limit" | "busy" | "storage_full";

export type FailureKind = "usage" | "not_logged_in" | "refused" | "unreachable" | "trust" | "bad_password" | "other";

export type DeliveryView = { "is": "queued" } | { "is": "sending" } | { "is": "sent" } | { "is": "failed", 
/**
 *See the name.
 */
why: string, };

export type ConnectionView = { "is": "connecting" } | { "is": "online" } | { "is": "waiting", 
/**
 *See the name.
 */
until: number, 
/**
 *See the name.
 */
why: string, } | { "is": "over", 
/**
 *See the name.
 */
why: string, };

export type TellView = { "is": "connection", 
/**
 *See the name.
 */
connection: ConnectionView, } | { "is": "caught_up" } | { "is": "rooms" } | { "is": "settings" } | { "is": "timeline", 
/**
 *See the name.
 */
room: string, } | { "is": "arrived", 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
seq: number, } | { "is": "holding", 
/**
 *See the name.
 */
until: number, 
/**
 *See the name.
 */
why: HoldView, } | { "is": "wished", 
/**
 *See the name.
 */
room: string, } | { "is": "wish_failed", 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
why: string, } | { "is": "alarm", 
/**
 *See the name.
 */
room: string | null, 
/**
 *See the name.
 */
what: string, } | { "is": "own_device_added" } | { "is": "root_changed", 
/**
 *See the name.
 */
user: string, } | { "is": "everything" };

export type FailureView = { 
/**
 * What it is about.
 */
kind: FailureKind, 
/**
 * A sentence without a full stop.
 */
sentence: string, };

export type DoorView = { 
/**
 * Set when somebody is logged in here.
 */
me: Me | null, 
/**
 * Four words of the server's identity; none while it cannot be reached.
 */
words: Array<string> | null, 
/**
 * Whether the server waits for its owner.
 */
needs_owner: boolean, 
/**
 * Whether the link given carries an invite.
 */
invited: boolean, 
/**
 * Whether the link's pin and the server's word differ.
 */
pin_differs: boolean, 
/**
 * Release of the server's program.
 */
version: string | null, };

export type StrengthView = { 
/**
 * 0 (useless) to 4 (strong).
 */
score: number, 
/**
 * What is wrong with it.
 */
problem: string | null, };

export type RegisteredView = { 
/**
 * Who.
 */
me: Me, 
/**
 * To be shown once and stored.
 */
recovery_key: string, };

export type Me = { 
/**
 * The person.
 */
user: string, 
/**
 * The name.
 */
user_name: string, 
/**
 * How this person wants to be called.
 */
display: string | null, 
/**
 * The device.
 */
device: string, 
/**
 * Role in the team.
 */
role: RoleView, 
/**
 * Address of the server.
 */
server: string, 
/**
 * Four words of its identity.
 */
words: Array<string>, 
/**
 * Link by which a further device logs in.
 */
login_link: string, };

export type Room = { 
/**
 * Its id.
 */
room: string, 
/**
 * `#name` or `@user`.
 */
label: string, 
/**
 * Display name of the other person of direct messages.
 */
display: string | null, 
/**
 * The other person of direct messages.
 */
peer: string | null, 
/**
 * One line.
 */
topic: string, 
/**
 * Its kind.
 */
kind: KindView, 
/**
 * What newcomers read back.
 */
history: HistoryView, 
/**
 * Where this device stands.
 */
standing: StandingView, 
/**
 * Messages of others not read here.
 */
unread: number, 
/**
 * Newest place read.
 */
read_to: number, 
/**
 * Newest place taken in.
 */
cursor: number, 
/**
 * When its newest message was sent.
 */
newest: number | null, 
/**
 * People in it.
 */
people: number, 
/**
 * Messages of this device that wait or failed.
 */
waiting: number, 
/**
 * A sentence, when something is wrong.
 */
trouble: string | null, 
/**
 * Whether this is the team's room, which nobody leaves.
 */
team: boolean, };

export type Line = { 
/**
 * The room.
 */
room: string, 
/**
 * `#name` or `@user`.
 */
room_label: string, 
/**
 * Its id.
 */
id: string, 
/**
 * Its place; none while it waits.
 */
seq: number | null, 
/**
 * The server's time; the sender's own while it waits.
 */
time: number, 
/**
 * Who.
 */
user: string, 
/**
 * Their user name.
 */
from: string, 
/**
 * How they want to be called.
 */
display: string | null, 
/**
 * On which device.
 */
device: string, 
/**
 * Whether it is this person's.
 */
own: boolean, 
/**
 * What kind of line.
 */
kind: LineKindView, 
/**
 * The text as it was written, cleaned.
 */
text: string, 
/**
 * The text as elements.
 */
body: Array<Block>, 
/**
 * Whether it names this person.
 */
mentions_me: boolean, 
/**
 * Where it stands.
 */
state: DeliveryView, };

export type Person = { 
/**
 * Who.
 */
user: string, 
/**
 * Their name.
 */
user_name: string, 
/**
 * How they want to be called.
 */
display: string | null, 
/**
 * How many devices speak for them.
 */
devices: number, };

export type Device = { 
/**
 * Which.
 */
device: string, 
/**
 * How it is called.
 */
label: string, 
/**
 * When it was added.
 */
added: number, 
/**
 * When it last had a session.
 */
last_seen: number, 
/**
 * Whether it is this one.
 */
current: boolean, };

export type Invite = { 
/**
 * Names it.
 */
id: string, 
/**
 * The link, only when just made.
 */
link: string | null, 
/**
 * Uses left.
 */
uses: number, 
/**
 * When it ends.
 */
expires: number, 
/**
 * Role it gives.
 */
role: RoleView, };

export type User = { 
/**
 * Who.
 */
user: string, 
/**
 * Name.
 */
user_name: string, 
/**
 * Role.
 */
role: RoleView, 
/**
 * Whether it works.
 */
active: boolean, 
/**
 * When it was made.
 */
created: number, };

export type ReportView = { 
/**
 * The account.
 */
user: User, 
/**
 * When each device was added and last seen.
 */
devices: Array<ReportDevice>, 
/**
 * Rooms by id, with sizes.
 */
rooms: Array<ReportRoom>, 
/**
 * Live sessions.
 */
sessions: number, 
/**
 * Bytes of the sealed vault.
 */
vault_bytes: number, 
/**
 * Links of the device chain.
 */
chain_links: number, };

export type ReportDevice = { 
/**
 * Which.
 */
device: string, 
/**
 * When it was added.
 */
added: number, 
/**
 * When it last had a session.
 */
last_seen: number, };

export type ReportRoom = { 
/**
 * Its id; the server has no name for it.
 */
room: string, 
/**
 * When this person came in.
 */
joined: number, 
/**
 * Events sent.
 */
events: number, 
/**
 * Their sealed bytes.
 */
bytes: number, };

export type Setting = { 
/**
 * Its name.
 */
setting: string, 
/**
 * Its value.
 */
value: string, };

export type QrView = { 
/**
 * Modules a side.
 */
size: number, 
/**
 * `1` dark, `0` light, `size` times `size`.
 */
modules: string, };

export type Block = { "is": "paragraph", 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "heading", 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "code", 
/**
 * As written behind the fence.
 */
language: string, 
/**
 * The code.
 */
text: string, } | { "is": "quote", 
/**
 * What.
 */
blocks: Array<Block>, } | { "is": "list", 
/**
 * First number of a numbered one.
 */
start: number | null, 
/**
 * Its items.
 */
items: Array<Array<Block>>, } | { "is": "rule" };

export type Inline = { "is": "text", 
/**
 * The text.
 */
text: string, } | { "is": "code", 
/**
 * The code.
 */
text: string, } | { "is": "strong", 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "emphasis", 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "strike", 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "link", 
/**
 * Where: http, https or mailto.
 */
href: string, 
/**
 * The real host, to be shown where the text says another.
 */
host: string, 
/**
 * Its parts.
 */
inlines: Array<Inline>, } | { "is": "mention", 
/**
 * User name, folded.
 */
name: string, } | { "is": "break" };

/** What can be asked of the engine, and what comes back. */
export interface Asks {
  door: { of: { 
/**
 *See the name.
 */
link: string | null, }; gives: DoorView };
  strength: { of: { 
/**
 *See the name.
 */
password: string, 
/**
 *See the name.
 */
user_name: string, }; gives: StrengthView };
  register: { of: { 
/**
 *See the name.
 */
link: string, 
/**
 *See the name.
 */
user_name: string, 
/**
 *See the name.
 */
display: string, 
/**
 *See the name.
 */
password: string, 
/**
 *See the name.
 */
device: string, }; gives: RegisteredView };
  login: { of: { 
/**
 *See the name.
 */
link: string | null, 
/**
 *See the name.
 */
user_name: string, 
/**
 *See the name.
 */
password: string, 
/**
 *See the name.
 */
device: string, }; gives: Me };
  log_out: { of: Record<string, never>; gives: null };
  me: { of: Record<string, never>; gives: Me };
  connection: { of: Record<string, never>; gives: ConnectionView };
  rooms: { of: Record<string, never>; gives: Array<Room> };
  timeline: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
before: number | null, 
/**
 *See the name.
 */
limit: number, }; gives: Array<Line> };
  after: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
seq: number, 
/**
 *See the name.
 */
limit: number, }; gives: Array<Line> };
  inbox: { of: { 
/**
 *See the name.
 */
limit: number, }; gives: Array<Line> };
  search: { of: { 
/**
 *See the name.
 */
words: string, 
/**
 *See the name.
 */
limit: number, }; gives: Array<Line> };
  members: { of: { 
/**
 *See the name.
 */
room: string, }; gives: Array<Person> };
  people: { of: Record<string, never>; gives: Array<Person> };
  safety_number: { of: { 
/**
 *See the name.
 */
user: string, }; gives: string | null };
  send: { of: { 
/**
 *See the name.
 */
id: string, 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
text: string, }; gives: null };
  retry: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
id: string, }; gives: null };
  discard: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
id: string, }; gives: null };
  draft: { of: { 
/**
 *See the name.
 */
room: string, }; gives: string };
  keep_draft: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
text: string, }; gives: null };
  mark_read: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
seq: number, }; gives: null };
  mark_unread: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
seq: number, }; gives: null };
  create_room: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
topic: string, 
/**
 *See the name.
 */
open: boolean, 
/**
 *See the name.
 */
history: HistoryView, 
/**
 *See the name.
 */
people: Array<string>, }; gives: string };
  open_dm: { of: { 
/**
 *See the name.
 */
user: string, }; gives: string };
  join: { of: { 
/**
 *See the name.
 */
room: string, }; gives: null };
  leave: { of: { 
/**
 *See the name.
 */
room: string, }; gives: null };
  add_people: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
users: Array<string>, }; gives: null };
  remove_person: { of: { 
/**
 *See the name.
 */
room: string, 
/**
 *See the name.
 */
user: string, }; gives: null };
  set_display: { of: { 
/**
 *See the name.
 */
display: string, }; gives: null };
  settings: { of: Record<string, never>; gives: Array<Setting> };
  set: { of: { 
/**
 *See the name.
 */
setting: string, 
/**
 *See the name.
 */
value: string | null, }; gives: null };
  devices: { of: Record<string, never>; gives: Array<Device> };
  revoke_device: { of: { 
/**
 *See the name.
 */
device: string, }; gives: null };
  change_password: { of: { 
/**
 *See the name.
 */
old: string, 
/**
 *See the name.
 */
new: string, 
/**
 *See the name.
 */
end_others: boolean, }; gives: null };
  recovery_key: { of: Record<string, never>; gives: string };
  report: { of: Record<string, never>; gives: ReportView };
  invites: { of: Record<string, never>; gives: Array<Invite> };
  invite: { of: { 
/**
 *See the name.
 */
uses: number, 
/**
 *See the name.
 */
days: number, }; gives: Invite };
  revoke_invite: { of: { 
/**
 *See the name.
 */
id: string, }; gives: null };
  qr: { of: { 
/**
 *See the name.
 */
text: string, }; gives: QrView };
  users: { of: Record<string, never>; gives: Array<User> };
  set_role: { of: { 
/**
 *See the name.
 */
user: string, 
/**
 *See the name.
 */
role: RoleView, }; gives: null };
  deactivate: { of: { 
/**
 *See the name.
 */
user: string, }; gives: null };
}
