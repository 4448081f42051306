// What everything else is made of: bytes, ids, hashes, HKDF and Ed25519 by Node's own cryptography (protocol §1).
import { createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign, verify, webcrypto } from "node:crypto";

// ts-mls and the noble packages look for it here; Node 18 does not put it there.
globalThis.crypto ??= webcrypto;

const encoder = new TextEncoder();
export const utf8 = (text) => encoder.encode(text);
/** Text of bytes; what is not UTF-8 is refused. */
export const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

/** The bytes of all parts in a row; a text stands for its UTF-8. */
export function join(...parts) {
  const all = parts.map((part) => (typeof part === "string" ? utf8(part) : part));
  const out = new Uint8Array(all.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const unhex = (digits) => new Uint8Array(Buffer.from(digits, "hex"));
export const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
export const unbase64url = (letters) => new Uint8Array(Buffer.from(letters, "base64url"));
export const equal = (a, b) => a.length === b.length && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
export const random = (length) => new Uint8Array(randomBytes(length));

/** A number as `size` bytes, big endian. */
export function big(number, size) {
  const out = new Uint8Array(size);
  let rest = BigInt(number);
  for (let at = size - 1; at >= 0; at -= 1, rest >>= 8n) out[at] = Number(rest & 0xffn);
  return out;
}

/** A UUIDv7 (RFC 9562 §5.7) of this moment. */
export function messageId(now = Date.now()) {
  const id = join(big(now, 6), random(10));
  id[6] = 0x70 | (id[6] & 0x0f);
  id[8] = 0x80 | (id[8] & 0x3f);
  return id;
}

const hash = (name, parts) => new Uint8Array(createHash(name).update(join(...parts)).digest());
export const sha256 = (...parts) => hash("sha256", parts);
export const sha384 = (...parts) => hash("sha384", parts);
export const hmac = (name, key, data) => new Uint8Array(createHmac(name, key).update(data).digest());

/** HKDF-Expand (RFC 5869 §2.3). */
export function expand(name, prk, info, length) {
  let block = new Uint8Array();
  let out = new Uint8Array();
  for (let count = 1; out.length < length; count += 1) {
    block = hmac(name, prk, join(block, info, Uint8Array.of(count)));
    out = join(out, block);
  }
  return out.slice(0, length);
}

/** HKDF-SHA256 for 32 bytes, as §2 uses it. */
export const hkdf = (ikm, salt, info) => expand("sha256", hmac("sha256", salt, ikm), join(info), 32);

const PKCS8 = unhex("302e020100300506032b657004220420");
const SPKI = unhex("302a300506032b6570032100");
const der = (prefix, key) => Buffer.from(join(prefix, key));

/** An Ed25519 key pair of a seed of 32 bytes. */
export function keyPair(seed = random(32)) {
  const secret = createPrivateKey({ key: der(PKCS8, seed), format: "der", type: "pkcs8" });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return { seed, key: new Uint8Array(spki.subarray(-32)) };
}

export const signed = (seed, ...parts) =>
  new Uint8Array(sign(null, join(...parts), createPrivateKey({ key: der(PKCS8, seed), format: "der", type: "pkcs8" })));

/** Whether a signature of 64 bytes under a key of 32 holds. */
export function holds(key, signature, ...parts) {
  if (key.length !== 32 || signature.length !== 64) return false;
  return verify(null, join(...parts), createPublicKey({ key: der(SPKI, key), format: "der", type: "spki" }), signature);
}

/** Stops with a reason, unless it is so. */
export function must(so, reason) {
  if (!so) throw new Error(reason);
}
