// A message inside and around: what is bound, the transcript, content, signature, and the sealed body (§8).
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { mlsExporter } from "./mls.mjs";
import { big, equal, expand, holds, join, must, random, sha256, signed, utf8 } from "./bytes.mjs";
import * as cbor from "./cbor.mjs";
import { SUITE } from "./suite.mjs";

export const MESSAGE = 1;
export const COMMIT = 2;
export const DELETED = 3;
const BLOCK = 128;

/** A transcript at the commit that began an epoch. */
export const transcriptBegins = (authenticator) => sha256("SecureChat transcript v1", authenticator);

/** A transcript after one more event. */
export function transcriptAfter(before, { seq, epoch, kind, device, message_id, mls, body }) {
  // A deleted message left its hashes, and counts as what it was.
  const [was, first, second] = kind === DELETED ? [MESSAGE, mls, body] : [kind, sha256(mls), sha256(body)];
  must(first.length === 32 && second.length === 32, "a deleted message left no hashes");
  return sha256(before, big(seq, 8), big(epoch, 8), big(was, 4), device, message_id, first, second);
}

export const bound = (room, message_id, lastSeen, transcript, log) =>
  cbor.encode([2, room, message_id, lastSeen, transcript, log.size, log.root]);

export function readBound(bytes) {
  const [v, room, message_id, lastSeen, transcript, size, root, ...more] = cbor.decode(bytes);
  must(v === 2 && more.length === 0 && transcript?.length === 32 && root?.length === 32, "what is bound has another form");
  return { room, message_id, lastSeen, transcript, log: { size, root } };
}

export const content = ({ room, message_id, user, device, time, kind, fields }) =>
  cbor.encode([1, room, message_id, user, device, time, kind, cbor.encode(fields)]);

export function readContent(bytes) {
  const [v, room, message_id, user, device, time, kind, fields] = cbor.decode(bytes);
  must(v === 1, "this needs a newer version");
  return { room, message_id, user, device, time, kind, fields: cbor.decode(fields) };
}

/** What a signature and a sealed body say about where they belong. */
export const origin = ({ room, epoch, user, device, message_id }) => cbor.encode([1, room, epoch, user, device, message_id]);

const LABEL = "SecureChat message v1";
export const envelope = (seed, aad, inner) => cbor.encode([inner, signed(seed, LABEL, sha256(aad, inner))]);

/** The content of an envelope that `key` has signed. */
export function openEnvelope(key, aad, bytes) {
  const [inner, signature, ...more] = cbor.decode(bytes);
  must(more.length === 0 && holds(key, signature, LABEL, sha256(aad, inner)), "the signature does not hold");
  return inner;
}

/** The archive key of an epoch, and of a message in it. */
export const archiveKey = (state, room) =>
  mlsExporter(state.keySchedule.exporterSecret, "SecureChat archive v1", join(room, big(state.groupContext.epoch, 8)), 32, SUITE);
export const bodyKey = (archive, message_id) => expand("sha256", archive, join(utf8("sc-arch"), message_id), 32);

export function pad(bytes) {
  const length = Math.ceil((bytes.length + 1) / BLOCK) * BLOCK;
  return join(bytes, Uint8Array.of(0x80), new Uint8Array(length - bytes.length - 1));
}

export function unpad(bytes) {
  const end = bytes.lastIndexOf(0x80);
  must(end >= 0 && bytes.length % BLOCK === 0 && bytes.slice(end + 1).every((byte) => byte === 0), "a body is padded in another way");
  return bytes.slice(0, end);
}

export function sealBody(archive, message_id, aad, bytes, nonce = random(24)) {
  return join(nonce, xchacha20poly1305(bodyKey(archive, message_id), nonce, aad).encrypt(pad(bytes)));
}

export function openBody(archive, message_id, aad, body) {
  return unpad(xchacha20poly1305(bodyKey(archive, message_id), body.slice(0, 24), aad).decrypt(body.slice(24)));
}

/** What the PrivateMessage carries beside a body. */
export const reference = (message_id, body) => cbor.encode({ ref: [message_id, sha256(body)] });
export const carried = (message_id, bytes) => cbor.encode({ env: [message_id, bytes] });

/** The envelope of a message, from what its PrivateMessage carries or from the body that it names. */
export function envelopeOf(plain, { message_id, body }, open) {
  const [[name, [id, what]]] = Object.entries(cbor.decode(plain));
  must(equal(id, message_id), "the message id inside is another");
  if (name === "env") {
    must(body.length === 0, "a body is beside a message that needs none");
    return what;
  }
  must(name === "ref" && equal(what, sha256(body)), "the body is not the one that was meant");
  return open();
}
