// Device chains: links signed and checked, and the log of a whole team with its RFC 6962 root (§5).
import { big, equal, hex, holds, join, must, sha256, signed, unhex } from "./bytes.mjs";
import * as cbor from "./cbor.mjs";

const LINK = "SecureChat chain link v1";
const POSSESSION = "SecureChat device possession v1";
const OPS = {
  genesis: ["name", "device", "key", "recovery"],
  add_device: ["device", "key", "possession"],
  revoke_device: ["device"],
  rotate_recovery: ["recovery"],
  reset: ["device", "key", "recovery"],
};
const LENGTHS = { device: 16, key: 32, recovery: 32, possession: 64 };

/** A signed link of its fields in the order of §5. */
export function link({ user, seq, prev, time, op, signer }) {
  const bytes = cbor.encode({ v: 1, user, seq, prev, time, op, signer: signer.key });
  return cbor.encode([bytes, signed(signer.seed, LINK, bytes)]);
}

export function genesis({ user, name, device, pair, recovery, time }) {
  const op = { genesis: { name, device, key: pair.key, recovery } };
  return link({ user, seq: 0, prev: new Uint8Array(32), time, op, signer: pair });
}

export function addDevice(chain, { device, pair, signer, time }) {
  const possession = signed(pair.seed, POSSESSION, chain.user, device, pair.key);
  const op = { add_device: { device, key: pair.key, possession } };
  return link({ user: chain.user, seq: chain.length, prev: chain.head, time, op, signer });
}

/** What the links of one user come to. */
export class Chain {
  length = 0;
  head = new Uint8Array(32);
  /** Hex of a device's id → its key, and whether it is active. */
  devices = new Map();
  #keys = new Set();

  get root16() {
    return this.root.slice(0, 16);
  }

  /** Takes the next link in, or throws and changes nothing. */
  take(bytes) {
    const [inner, signature] = pair(cbor.decode(bytes));
    must(equal(cbor.encode([inner, signature]), bytes), "a link has another encoding");
    const fields = cbor.fields(cbor.decode(inner), "v", "user", "seq", "prev", "time", "op", "signer");
    must(equal(cbor.encode(fields), inner), "a link has another encoding");
    const { v, user, seq, prev, op, signer } = fields;
    must(v === 1 && user.length === 16 && seq === this.length && equal(prev, this.head), "a link does not follow the one before");
    must(this.user === undefined || equal(user, this.user), "a link is of another user");
    must(holds(signer, signature, LINK, inner), "a link's signature does not hold");
    const [name, what] = operation(op);
    must((name === "genesis") === (seq === 0), "a genesis begins a chain and nothing else does");
    const hash = sha256(bytes);
    this.#apply(name, what, user, signer, hash);
    Object.assign(this, { user, head: hash, length: seq + 1 });
    return { user, seq, hash };
  }

  #apply(name, what, user, signer, hash) {
    const bySelf = name === "genesis" || name === "reset";
    const recovery = what.recovery ?? this.recovery;
    must(bySelf ? equal(signer, what.key) : this.#mayExtend(signer), "a link is signed by nobody who may");
    if (what.key) {
      must(!this.devices.has(hex(what.device)) && !this.#keys.has(hex(what.key)), "a device's id or key is used twice");
    }
    if (what.key) must(!equal(what.key, recovery), "a device has the recovery key's key");
    if (name === "rotate_recovery") must(!this.#keys.has(hex(recovery)), "the recovery key is a device's");
    if (name === "add_device") must(holds(what.key, what.possession, POSSESSION, user, what.device, what.key), "a device does not prove its key");
    if (name === "revoke_device") must(this.devices.get(hex(what.device))?.active, "a device is revoked that is not active");
    // From here on nothing fails.
    if (name === "genesis") this.name = what.name;
    if (name === "reset") for (const device of this.devices.values()) device.active = false;
    if (bySelf) this.root = hash;
    this.recovery = recovery;
    if (what.key) {
      this.#keys.add(hex(what.key));
      this.devices.set(hex(what.device), { key: what.key, active: true });
    }
    if (name === "revoke_device") this.devices.get(hex(what.device)).active = false;
  }

  #mayExtend(signer) {
    const device = [...this.devices.values()].find((known) => equal(known.key, signer));
    return device ? device.active : equal(signer, this.recovery);
  }

  /** Whether this device has or had this key; where a root is given, it must be active under it. */
  vouches(device, key, root16) {
    const known = this.devices.get(hex(device));
    return Boolean(known && equal(known.key, key) && (!root16 || (known.active && equal(this.root16, root16))));
  }
}

function pair(value) {
  must(Array.isArray(value) && value.length === 2 && value.every((part) => part instanceof Uint8Array), "this is not a signed link");
  return value;
}

function operation(op) {
  const [name, ...more] = Object.keys(op);
  must(Object.hasOwn(OPS, name) && more.length === 0, "a link does something unknown");
  const what = cbor.fields(op[name], ...OPS[name]);
  for (const [field, length] of Object.entries(LENGTHS)) must(!what[field] || what[field].length === length, `${field} has a wrong length`);
  if (name === "genesis") must(/^[a-z0-9._-]{1,32}$/.test(what.name), "a user name has other characters");
  return [name, what];
}

/** All links of a team, replayed. */
export class Log {
  size = 0;
  /** The root at every size so far. */
  roots = [sha256()];
  chains = new Map();
  #names = new Set();
  // Roots of full subtrees, the largest first, each with its number of leaves.
  #frontier = [];

  take(bytes) {
    const fields = cbor.decode(pair(cbor.decode(bytes))[0]);
    const chain = this.chains.get(hex(fields.user)) ?? new Chain();
    if (chain.length === 0) must(!this.#names.has(fields.op.genesis?.name), "a user name is taken twice");
    const { user, seq, hash } = chain.take(bytes);
    this.chains.set(hex(user), chain);
    this.#names.add(chain.name);
    let node = { leaves: 1, hash: sha256(Uint8Array.of(0), user, big(seq, 8), hash) };
    while (this.#frontier.at(-1)?.leaves === node.leaves) node = parent(this.#frontier.pop(), node);
    this.#frontier.push(node);
    this.size += 1;
    this.roots.push(this.root());
  }

  /** What a member binds to what it says. */
  head() {
    return { size: this.size, root: this.root() };
  }

  /** The RFC 6962 root over all leaves so far. */
  root() {
    if (this.size === 0) return sha256();
    return this.#frontier.reduceRight((right, left) => parent(left, right)).hash;
  }

  of(user) {
    return this.chains.get(hex(user));
  }

  /** Whose device this is or was, and its key. */
  ownerOf(device) {
    for (const [user, chain] of this.chains) {
      const known = chain.devices.get(hex(device));
      if (known) return { user: unhex(user), key: known.key };
    }
    throw new Error("nobody has or had this device");
  }

  named(name) {
    return [...this.chains.values()].find((chain) => chain.name === name);
  }
}

const parent = (left, right) => ({ leaves: left.leaves + right.leaves, hash: sha256(Uint8Array.of(1), left.hash, right.hash) });

/** What two people read to each other. */
export function safetyNumber(serverId, one, other) {
  const half = ({ user, root }) => {
    const digest = sha256("SC-safety v1", serverId, user, root);
    const group = (at) => [...digest.slice(at, at + 5)].reduce((sum, byte) => sum * 256 + byte, 0) % 100_000;
    return [0, 5, 10, 15, 20, 25].map((at) => String(group(at)).padStart(5, "0")).join(" ");
  };
  return [half(one), half(other)].sort().join(" ");
}

