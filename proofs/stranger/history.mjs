// Reading back: key links from epoch to epoch (§8.1), and what a user's devices keep for each other (§2.1).
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { big, expand, hkdf, join, random, utf8 } from "./bytes.mjs";
import { unpad } from "./body.mjs";
import * as cbor from "./cbor.mjs";

const NONE = new Uint8Array(0);
const open = (key, aad, sealed) => xchacha20poly1305(key, sealed.slice(0, 24), aad).decrypt(sealed.slice(24));

const linkKey = (next) => expand("sha256", next, utf8("sc-link"), 32);
const linkPlace = (room, epoch) => cbor.encode([1, room, epoch]);

/** The archive key of `epoch`, from that of the next one. */
export const followLink = (next, room, epoch, link) => open(linkKey(next), linkPlace(room, epoch), link);

/** What leads from the archive key of the epoch after `epoch` to `key`, that of `epoch`. */
export const sealLink = (next, room, epoch, key, nonce = random(24)) =>
  join(nonce, xchacha20poly1305(linkKey(next), nonce, linkPlace(room, epoch)).encrypt(key));

/** The name of an item at the server. */
export const itemName = (vault, kind, subject) =>
  hkdf(vault, NONE, join(utf8(`securechat/item-name/v1/${kind}/`), subject)).slice(0, 16);

/** `[kind, subject, value]` of an item. */
export function openItem(vault, user, name, version, sealed) {
  const aad = join(utf8("securechat/item/v1/"), user, name, big(version, 8));
  return cbor.decode(unpad(open(hkdf(vault, NONE, "securechat/item-seal/v1"), aad, sealed)));
}
