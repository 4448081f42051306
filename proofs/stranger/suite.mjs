// Suite 0x004E for ts-mls: X-Wing in HPKE (RFC 9180, base mode), AES-256-GCM, HKDF-SHA384, SHA-384, Ed25519 (§6).
import { createCipheriv, createDecipheriv } from "node:crypto";
import { shake256 } from "@noble/hashes/sha3.js";
import { XWing } from "@noble/post-quantum/hybrid.js";
import { big, equal, expand, hmac, holds, join, keyPair, random, sha384, signed } from "./bytes.mjs";

const HASH = 48;
const KEY = 32;
const NONCE = 12;
const TAG = 16;
const NONE = new Uint8Array();
/** KEM 0x647A (X-Wing), KDF 0x0002 (HKDF-SHA384), AEAD 0x0002 (AES-256-GCM). */
const HPKE = join("HPKE", big(0x647a, 2), big(2, 2), big(2, 2));

const extract = (salt, ikm) => hmac("sha384", salt, ikm);
const labeledExtract = (salt, label, ikm) => extract(salt, join("HPKE-v1", HPKE, label, ikm));
const labeledExpand = (prk, label, info, length) => expand("sha384", prk, join(big(length, 2), "HPKE-v1", HPKE, label, info), length);

/** RFC 9180 §5.1 without a PSK. */
function schedule(shared, info) {
  const context = join(Uint8Array.of(0), labeledExtract(NONE, "psk_id_hash", NONE), labeledExtract(NONE, "info_hash", info));
  const secret = labeledExtract(shared, "secret", NONE);
  return {
    key: labeledExpand(secret, "key", context, KEY),
    nonce: labeledExpand(secret, "base_nonce", context, NONCE),
    export: (exporterContext, length) => labeledExpand(labeledExpand(secret, "exp", context, HASH), "sec", exporterContext, length),
  };
}

function encrypt(key, nonce, aad, plain) {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad ?? NONE);
  return join(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

function decrypt(key, nonce, aad, sealed) {
  const cipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG }).setAAD(aad ?? NONE);
  cipher.setAuthTag(sealed.slice(-TAG));
  return join(cipher.update(sealed.slice(0, -TAG)), cipher.final());
}

const PUBLIC = 1216;
/** The length of a public key as a vector (RFC 9420 §2.1.2). */
const LENGTH = big(0x4000 | PUBLIC, 2);

/** A pair of a seed of 32 bytes, which is the private key. */
function pair(seed) {
  return { privateKey: seed, publicKey: XWing.keygen(seed.slice()).publicKey };
}

/** XWing wipes what it is given, so it gets copies. */
const encapsulate = (publicKey) => XWing.encapsulate(publicKey.slice());
const decapsulate = (enc, privateKey) => XWing.decapsulate(enc.slice(), privateKey.slice());

const hpke = {
  keyLength: KEY,
  nonceLength: NONCE,
  async seal(publicKey, plain, info, aad) {
    const { cipherText: enc, sharedSecret } = encapsulate(publicKey);
    const { key, nonce } = schedule(sharedSecret, info);
    return { enc, ct: encrypt(key, nonce, aad, plain) };
  },
  async open(privateKey, enc, sealed, info, aad) {
    const { key, nonce } = schedule(decapsulate(enc, privateKey), info);
    return decrypt(key, nonce, aad, sealed);
  },
  async exportSecret(publicKey, context, length, info) {
    const { cipherText: enc, sharedSecret } = encapsulate(publicKey);
    return { enc, secret: schedule(sharedSecret, info).export(context, length) };
  },
  async importSecret(privateKey, context, enc, length, info) {
    return schedule(decapsulate(enc, privateKey), info).export(context, length);
  },
  deriveKeyPair: async (ikm) => pair(shake256(ikm, { dkLen: 32 })),
  generateKeyPair: async () => pair(random(32)),
  importPrivateKey: async (key) => key,
  // ts-mls hands the whole content of an external_pub extension here, which is a vector (RFC 9420 §12.4.3.2).
  importPublicKey: async (key) => (key.length === PUBLIC + 2 && equal(key.slice(0, 2), LENGTH) ? key.slice(2) : key),
  exportPublicKey: async (key) => key,
  exportPrivateKey: async (key) => key,
  encryptAead: async (...sealing) => encrypt(...sealing),
  decryptAead: async (...opening) => decrypt(...opening),
};

export const SUITE = {
  id: 0x004e,
  hash: {
    digest: async (bytes) => sha384(bytes),
    mac: async (key, bytes) => hmac("sha384", key, bytes),
    verifyMac: async (key, mac, bytes) => equal(mac, hmac("sha384", key, bytes)),
  },
  kdf: {
    size: HASH,
    extract: async (salt, ikm) => extract(salt, ikm),
    expand: async (prk, info, length) => expand("sha384", prk, info, length),
  },
  signature: {
    sign: async (seed, bytes) => signed(seed, bytes),
    verify: async (key, bytes, signature) => holds(key, signature, bytes),
    keygen: async () => {
      const { seed, key } = keyPair();
      return { signKey: seed, publicKey: key };
    },
  },
  hpke,
  rng: { randomBytes: random },
};

/** The same for making a GroupInfo, where ts-mls leaves the vector's length out of the external_pub extension. */
export const SUITE_FOR_GROUP_INFO = { ...SUITE, hpke: { ...hpke, exportPublicKey: async (key) => join(LENGTH, key) } };
