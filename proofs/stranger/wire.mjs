// Frames of the WebSocket (§4.1): the tables of the document, and protobuf for them.
import { join, must, text, utf8 } from "./bytes.mjs";

// Fields in tag order: `b` bytes, `s` text, `n` a number below 2^53 (varint), `t` a truth, `*` repeated, `{…}` a message.
const ROOM = "room:b epoch:n head_seq:n user_is_member:t device_is_member:t must_remove:n*";
const EVENT = "room:b seq:n kind:n epoch:n device:b message_id:b time_ms:n mls:b body:b";

const message = (line, parts = {}) =>
  line.split(" ").filter(Boolean).map((field) => {
    const [, name, kind, many] = /^(\w+):(\w+)(\*?)$/.exec(field);
    return { name, kind, many: many === "*", fields: parts[kind] };
  });

export const REQUESTS = {
  Hello: [2, message("version:n token:s")],
  Publish: [3, message("room:b base_epoch:n message_id:b mls:b body:b")],
  Commit: [4, message("room:b base_epoch:n message_id:b commit:b group_info:b welcome:b link:b")],
  CreateRoom: [5, message("room:b group_info:b tree:b team_room:t")],
  Fetch: [6, message("room:b from_seq:n limit:n before_seq:n")],
  GetGroup: [7, message("room:b")],
  GetTree: [8, message("room:b epoch:n")],
  ClaimKeyPackages: [9, message("users:b*")],
  PutKeyPackages: [10, message("packages:b* last_resort:b")],
  FetchInbox: [11, message("after:n")],
  AckInbox: [12, message("up_to:n")],
  FetchLog: [13, message("from:n")],
  Leave: [14, message("room:b")],
  Ping: [15, []],
  PutItem: [16, message("name:b version:n sealed:b")],
  FetchItems: [17, message("after:n")],
  PutReceipt: [18, message("room:b epoch:n sealed:b")],
  FetchReceipts: [19, message("room:b")],
};

const REFUSED = message("code:n message:s retry_after_ms:n epoch:n head_seq:n leaves:n*");
export const ANSWERS = {
  Refused: [2, REFUSED],
  Ready: [
    3,
    message(
      "server_id:b generation:b now_ms:n log_size:n key_packages_left:n last_resort:t inbox_head:n rooms:Room* team_room:b role:s",
      { Room: message(ROOM) },
    ),
  ],
  Published: [4, message("seq:n time_ms:n")],
  Committed: [5, message("seq:n time_ms:n epoch:n")],
  Done: [6, []],
  Events: [7, message("events:Event* head_seq:n", { Event: message(EVENT) })],
  Group: [8, message("epoch:n head_seq:n group_info:b tree:b")],
  Tree: [9, message("tree:b")],
  KeyPackages: [10, message("packages:Package*", { Package: message("user:b device:b key_package:b") })],
  KeyPackagesLeft: [11, message("left:n")],
  Inbox: [12, message("items:Item*", { Item: message("number:n room:b epoch:n seq:n welcome:b") })],
  Log: [13, message("links:b* size:n root:b")],
  Event: [14, message(EVENT)],
  Resync: [15, []],
  LogGrew: [16, message("size:n")],
  InboxGrew: [17, []],
  MustRemove: [18, message("room:b leaves:n*")],
  RoomGone: [19, message("room:b")],
  Bye: [20, REFUSED],
  Items: [21, message("items:Item*", { Item: message("number:n name:b version:n sealed:b") })],
  ItemsGrew: [22, []],
  Receipts: [23, message("receipts:Receipt*", { Receipt: message("device:b epoch:n sealed:b") })],
  Receipt: [24, message("room:b device:b epoch:n sealed:b")],
};

function varint(value) {
  const out = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.of(...out, Number(rest));
}

const counted = (tag, bytes) => join(varint((tag << 3) | 2), varint(bytes.length), bytes);

function body(fields, values) {
  return join(
    ...fields.map(({ name, kind, many, fields: inner }, index) => {
      const tag = index + 1;
      const value = values[name];
      if (value === undefined) return new Uint8Array();
      if (many && kind === "n") return value.length ? counted(tag, join(...value.map(varint))) : new Uint8Array();
      const one = (part) => {
        if (kind === "n" || kind === "t") return Number(part) ? join(varint(tag << 3), varint(Number(part))) : new Uint8Array();
        const bytes = kind === "s" ? utf8(part) : inner ? body(inner, part) : part;
        return bytes.length || many ? counted(tag, bytes) : new Uint8Array();
      };
      return many ? join(...value.map(one)) : one(value);
    }),
  );
}

/** The bytes of a frame; `table` is REQUESTS or ANSWERS. */
export function frame(table, id, name, values = {}) {
  const [tag, fields] = table[name];
  const head = id ? join(varint(1 << 3), varint(id)) : new Uint8Array();
  return join(head, counted(tag, body(fields, values)));
}

/** A frame's id, name and values; what is absent has the value of nothing, and a tag that is not known has no name. */
export function readFrame(table, bytes) {
  let id = 0;
  let found = {};
  for (const { tag, value } of parts(bytes)) {
    if (tag === 1) id = Number(value);
    else {
      const entry = Object.entries(table).find(([, [number]]) => number === tag);
      if (entry) found = { name: entry[0], values: read(entry[1][1], value) };
    }
  }
  return { id, ...found };
}

const empty = { n: 0, t: false, s: "", b: new Uint8Array() };

function read(fields, bytes) {
  const values = {};
  for (const { name, kind, many } of fields) values[name] = many ? [] : empty[kind];
  for (const { tag, value } of parts(bytes)) {
    const field = fields[tag - 1];
    if (!field) continue;
    const { name, kind, many, fields: inner } = field;
    if (kind === "n" && many && value instanceof Uint8Array) values[name].push(...varints(value).map(Number));
    else {
      const one = { n: Number, t: Boolean, s: text, b: (raw) => raw }[kind]?.(value) ?? read(inner, value);
      if (many) values[name].push(one);
      else values[name] = one;
    }
  }
  return values;
}

function* parts(bytes) {
  const reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const key = Number(nextVarint(reader));
    if ((key & 7) === 0) yield { tag: key >> 3, value: nextVarint(reader) };
    else {
      must((key & 7) === 2, "a protobuf field is of a kind that is not used");
      const length = Number(nextVarint(reader));
      must(reader.at + length <= bytes.length, "a protobuf field is cut off");
      reader.at += length;
      yield { tag: key >> 3, value: bytes.slice(reader.at - length, reader.at) };
    }
  }
}

function varints(bytes) {
  const reader = { bytes, at: 0 };
  const out = [];
  while (reader.at < bytes.length) out.push(nextVarint(reader));
  return out;
}

function nextVarint(reader) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    must(reader.at < reader.bytes.length, "a varint is cut off");
    const byte = reader.bytes[reader.at++];
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new Error("a varint is too long");
}
