// The vectors of docs/vectors, made by the program's tests and checked here by code that shares nothing with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openField, openVault, readRecovery, recoveryPair, recoveryText, sealField, sealVault, stretch } from "./account.mjs";
import { base64url, equal, hex, keyPair, text, unhex, utf8 } from "./bytes.mjs";
import * as body from "./body.mjs";
import * as cbor from "./cbor.mjs";
import { followLink, itemName, openItem } from "./history.mjs";
import { Log, addDevice, genesis, link, safetyNumber } from "./chain.mjs";
import { ANSWERS, REQUESTS, frame, readFrame } from "./wire.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../../docs/vectors/${name}.json`, import.meta.url)));
const pair = (n) => keyPair(new Uint8Array(32).fill(n));
const id = (n) => new Uint8Array(16).fill(n);
/** The nonce that something was sealed with. */
const nonceOf = (sealed) => sealed.slice(0, 24);

test("links, chains and roots", () => {
  const { log: steps, chains } = read("chain");
  const log = new Log();
  for (const step of steps) {
    log.take(unhex(step.link));
    const { user } = cbor.decode(cbor.decode(unhex(step.link))[0]);
    assert.equal(hex(log.of(user).head), step.hash);
    assert.equal(hex(log.root()), step.log_root);
  }
  for (const { user, root, recovery, devices } of chains) {
    const chain = log.of(unhex(user));
    assert.deepEqual({ root: hex(chain.root), recovery: hex(chain.recovery) }, { root, recovery });
    const known = [...chain.devices].map(([device, { key, active }]) => ({ device, key: hex(key), active }));
    assert.deepEqual(known.sort((a, b) => (a.device < b.device ? -1 : 1)), devices);
  }
});

test("links written here have the same bytes", () => {
  const steps = read("chain").log.map((step) => step.link);
  const time = 1_800_000_000_000;
  const ana = new Log();
  const first = genesis({ user: id(0xa1), name: "ana", device: id(1), pair: pair(1), recovery: pair(9).key, time });
  assert.equal(hex(first), steps[0]);
  ana.take(first);
  const chain = ana.of(id(0xa1));
  const second = addDevice(chain, { device: id(2), pair: pair(2), signer: pair(9), time: time + 1 });
  assert.equal(hex(second), steps[2]);
  ana.take(second);
  const third = link({ user: id(0xa1), seq: 2, prev: chain.head, time: time + 2, op: { revoke_device: { device: id(1) } }, signer: pair(2) });
  assert.equal(hex(third), steps[3]);
});

test("links that are not as they should be are refused", () => {
  const [first, , second] = read("chain").log.map((step) => unhex(step.link));
  const fails = (bytes, why) => {
    const log = new Log();
    log.take(first);
    assert.throws(() => log.take(bytes), why);
    // Nothing of it stayed.
    log.take(second);
  };
  fails(first, /does not follow|taken twice/);
  fails(Uint8Array.from(second, (byte, at) => (at === second.length - 1 ? byte ^ 1 : byte)), /signature/);
  fails(Uint8Array.of(...second, 0), /follow/);
  fails(addDevice({ user: id(0xa1), length: 1, head: cbor.decode(cbor.decode(second)[0]).prev }, { device: id(7), pair: pair(7), signer: pair(77), time: 1 }), /nobody who may/);
});

test("passwords, vault and recovery key", async () => {
  const vector = read("vault");
  const user = unhex(vector.user);
  const share = unhex(vector.share);
  const { auth, wrap } = await stretch(vector.password, { ...vector, salt: base64url(unhex(vector.salt)) });
  assert.equal(auth, vector.auth);
  const sealed = unhex(vector.vault);
  const { key, recovery } = openVault(sealed, user, { wrap: wrap(share) });
  assert.equal(hex(key), vector.vault_key);
  assert.equal(recoveryText(recovery), vector.recovery_text);
  const typed = vector.recovery_text.toUpperCase().replace(/0/g, "o").replace(/1/g, "L").replace(/-/g, " ");
  assert.ok(equal(readRecovery(typed), recovery));
  assert.equal(hex(recoveryPair(recovery).key), vector.recovery_public);
  assert.equal(hex(openVault(sealed, user, { recovery }).key), vector.vault_key);
  const { password, recovery: slot, items } = cbor.decode(sealed);
  assert.equal(hex(sealVault({ key, recovery, wrap: wrap(share), user }, [password, slot, items].map(nonceOf))), vector.vault);
  const name = unhex(vector.device_name_sealed);
  assert.equal(text(openField(key, "text", user, name)), vector.device_name);
  assert.ok(equal(sealField(key, "text", user, utf8(vector.device_name), nonceOf(name)), name));
  const seed = keyPair(unhex(vector.device_seed));
  const made = genesis({ user, name: vector.name, device: unhex(vector.device), pair: seed, recovery: recoveryPair(recovery).key, time: vector.time });
  assert.equal(hex(made), vector.genesis);
});

test("content, signature and sealed body", () => {
  const vector = read("body");
  const [room, message_id, user, device] = [vector.room, vector.message_id, vector.user, vector.device].map(unhex);
  const { seed, key } = keyPair(unhex(vector.device_seed));
  const archive = unhex(vector.archive_key);
  const inner = body.content({ room, message_id, user, device, time: vector.time, kind: "text", fields: { text: vector.text } });
  assert.equal(hex(inner), vector.content);
  const aad = body.origin({ room, epoch: vector.epoch, user, device, message_id });
  const signed = body.envelope(seed, aad, inner);
  const sealed = unhex(vector.body);
  assert.equal(hex(body.sealBody(archive, message_id, aad, signed, nonceOf(sealed))), vector.body);
  assert.equal(hex(body.reference(message_id, sealed)), vector.inside_beside_a_body);
  assert.equal(hex(body.carried(message_id, signed)), vector.inside_without_history);
  const open = () => body.openBody(archive, message_id, aad, sealed);
  for (const [inside, beside] of [[vector.inside_beside_a_body, sealed], [vector.inside_without_history, new Uint8Array()]]) {
    const envelope = body.envelopeOf(unhex(inside), { message_id, body: beside }, open);
    assert.equal(body.readContent(body.openEnvelope(key, aad, envelope)).fields.text, vector.text);
  }
  const elsewhere = body.origin({ room, epoch: vector.epoch + 1, user, device, message_id });
  assert.throws(() => body.openBody(archive, message_id, elsewhere, sealed));
  assert.throws(() => body.openEnvelope(key, elsewhere, signed), /signature/);
});

test("transcripts, what is bound, and the safety number", () => {
  const { epoch_authenticator, begins, events, bound, safety } = read("transcript");
  let value = body.transcriptBegins(unhex(epoch_authenticator));
  assert.equal(hex(value), begins);
  for (const event of events) {
    const [device, message_id, mls, sealed] = [event.device, event.message_id, event.mls, event.body].map(unhex);
    value = body.transcriptAfter(value, { ...event, device, message_id, mls, body: sealed });
    assert.equal(hex(value), event.after);
  }
  const bytes = body.bound(unhex(bound.room), unhex(bound.message_id), bound.last_seen, value, { size: bound.log_size, root: unhex(bound.log_root) });
  assert.equal(hex(bytes), bound.bytes);
  assert.deepEqual(body.readBound(bytes).lastSeen, bound.last_seen);
  const people = safety.people.map(({ user, root }) => ({ user: unhex(user), root: unhex(root) }));
  assert.equal(safetyNumber(unhex(safety.server), ...people), safety.number);
  assert.equal(safetyNumber(unhex(safety.server), ...people.reverse()), safety.number);
});

test("the frames of §12", () => {
  const publish = { room: id(1), base_epoch: 3, message_id: id(2), mls: utf8("mls"), body: utf8("body") };
  const a = `08071a31 0a10${"01".repeat(16)} 1003 1a10${"02".repeat(16)} 22036d6c73 2a04626f6479`.replace(/ /g, "");
  assert.equal(hex(frame(REQUESTS, 7, "Publish", publish)), a);
  assert.deepEqual(readFrame(REQUESTS, unhex(a)), { id: 7, name: "Publish", values: publish });
  const b = `7244 0a10${"01".repeat(16)} 100918012003 2a10${"04".repeat(16)} 3210${"02".repeat(16)} 38e807 42036d6c73`.replace(/ /g, "");
  const news = { room: id(1), seq: 9, kind: 1, epoch: 3, device: id(4), message_id: id(2), time_ms: 1000, mls: utf8("mls"), body: new Uint8Array() };
  assert.deepEqual(readFrame(ANSWERS, unhex(b)), { id: 0, name: "Event", values: news });
});

test("key links and items", () => {
  const vector = read("history");
  const [room, user] = [unhex(vector.room), unhex(vector.user)];
  const link = unhex(vector.link);
  assert.equal(hex(followLink(unhex(vector.next_archive_key), room, vector.epoch, link)), vector.archive_key);
  assert.throws(() => followLink(unhex(vector.next_archive_key), room, vector.epoch + 1, link));
  const vault = unhex(vector.vault_key);
  const name = itemName(vault, vector.item_kind, unhex(vector.item_subject));
  assert.equal(hex(name), vector.item_name);
  const [kind, subject, value] = openItem(vault, user, name, vector.item_version, unhex(vector.item));
  assert.deepEqual([kind, hex(subject), hex(value)], [vector.item_kind, vector.item_subject, vector.item_value]);
  assert.throws(() => openItem(vault, user, name, vector.item_version + 1, unhex(vector.item)));
});
