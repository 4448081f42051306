// Passwords, the vault, and the ways into an account: register, log in with a further device, open a session (§2, §3).
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { argon2id } from "hash-wasm";
import { base64url, big, equal, hex, hkdf, join, keyPair, must, random, sha256, signed, unbase64url, unhex, utf8 } from "./bytes.mjs";
import * as cbor from "./cbor.mjs";
import { Chain, addDevice, genesis } from "./chain.mjs";

const NONE = new Uint8Array();
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** What a password and its parameters give: the proof for the server, and the key over a share that opens the vault. */
export async function stretch(password, { salt, memory_kib: memory, passes }) {
  must(memory >= 19 * 1024 && memory <= 1024 * 1024 && passes >= 2 && passes <= 16, "the server asks for a bad password hash");
  const salted = unbase64url(salt);
  must(salted.length === 16, "the server asks for a bad password hash");
  const mk = await argon2id({
    password: utf8(password.normalize("NFKC")),
    salt: salted,
    memorySize: memory,
    iterations: passes,
    parallelism: 1,
    hashLength: 32,
    outputType: "binary",
  });
  return {
    auth: base64url(hkdf(mk, NONE, "securechat/auth/v1")),
    wrap: (share) => hkdf(mk, share, "securechat/wrap/v1"),
  };
}

/** Seals one field of a user's vault. */
export function sealField(key, slot, user, plain, nonce = random(24)) {
  return join(nonce, xchacha20poly1305(key, nonce, join(`securechat/vault/v1/${slot}/`, user)).encrypt(plain));
}

export function openField(key, slot, user, sealed) {
  return xchacha20poly1305(key, sealed.slice(0, 24), join(`securechat/vault/v1/${slot}/`, user)).decrypt(sealed.slice(24));
}

export const recoveryWrap = (recovery) => hkdf(recovery, NONE, "securechat/recovery-wrap/v1");
export const recoveryPair = (recovery) => keyPair(hkdf(recovery, NONE, "securechat/recovery-sign/v1"));

/** The recovery key as people write it down. */
export function recoveryText(recovery) {
  const bytes = join(recovery, sha256("securechat/recovery-check/v1", recovery).slice(0, 3));
  let bits = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let letters = "";
  for (let left = (bytes.length * 8) / 5; left > 0; left -= 1, bits >>= 5n) letters = ALPHABET[Number(bits & 31n)] + letters;
  return letters.match(/.{4}/g).join("-");
}

/** The recovery key of what somebody typed. */
export function readRecovery(typed) {
  const letters = typed.toLowerCase().replace(/[\s-]/g, "").replace(/o/g, "0").replace(/[il]/g, "1");
  must(letters.length === 56 && [...letters].every((letter) => ALPHABET.includes(letter)), "this is no recovery key");
  const bytes = big([...letters].reduce((sum, letter) => (sum << 5n) | BigInt(ALPHABET.indexOf(letter)), 0n), 35);
  must(equal(sha256("securechat/recovery-check/v1", bytes.slice(0, 32)).slice(0, 3), bytes.slice(32)), "a letter of it is wrong");
  return bytes.slice(0, 32);
}

/** Seals a vault of its secrets. */
export function sealVault({ key, recovery, wrap, user }, nonces = [undefined, undefined, undefined]) {
  return cbor.encode({
    v: 1,
    password: sealField(wrap, "password", user, key, nonces[0]),
    recovery: sealField(recoveryWrap(recovery), "recovery", user, key, nonces[1]),
    items: sealField(key, "items", user, cbor.encode({ recovery }), nonces[2]),
  });
}

/** A vault opened by `wrap`, or by the recovery key where `recovery` is given. */
export function openVault(sealed, user, { wrap, recovery }) {
  const vault = cbor.fields(cbor.decode(sealed), "v", "password", "recovery", "items");
  must(vault.v === 1, "the vault is of a newer version");
  const key = recovery
    ? openField(recoveryWrap(recovery), "recovery", user, vault.recovery)
    : openField(wrap, "password", user, vault.password);
  const items = cbor.fields(cbor.decode(openField(key, "items", user, vault.items)), "recovery");
  return { key, recovery: items.recovery };
}

/** Creates an account by an invite's code; gives what a device keeps. */
export async function register(server, code, name, password, deviceName) {
  const info = await server.call("GET", "/server");
  const parameters = { salt: base64url(random(16)), memory_kib: 64 * 1024, passes: 3 };
  const { auth, wrap } = await stretch(password, parameters);
  const [user, device, share, key, recovery] = [random(16), random(16), random(32), random(32), random(32)];
  const pair = keyPair();
  const session = await server.call("POST", "/auth/register", {
    code,
    user_name: name,
    auth,
    parameters,
    share: base64url(share),
    vault: base64url(sealVault({ key, recovery, wrap: wrap(share), user })),
    genesis: base64url(genesis({ user, name, device, pair, recovery: recoveryPair(recovery).key, time: Date.now() })),
    device_name: base64url(sealField(key, "text", user, utf8(deviceName))),
  });
  must(session.user_id === hex(user) && session.device_id === hex(device), "the server answers about somebody else");
  return { server, serverId: unhex(info.server_id), user, device, pair, token: session.token, role: session.role };
}

/** Logs in by password with a new device; the chain and the vault are checked before anything is signed. */
export async function logIn(server, name, password, deviceName) {
  const info = await server.call("GET", "/server");
  const { auth, wrap } = await stretch(password, await server.call("POST", "/auth/prelogin", { user_name: name }));
  const login = await server.call("POST", "/auth/login", { user_name: name, auth });
  const user = unhex(login.user_id);
  const chain = new Chain();
  for (const link of login.chain) chain.take(unbase64url(link));
  must(chain.name === name && equal(chain.user, user), "the server hands out somebody else's chain");
  const vault = openVault(unbase64url(login.vault.sealed), user, { wrap: wrap(unbase64url(login.share)) });
  const recovery = recoveryPair(vault.recovery);
  must(equal(recovery.key, chain.recovery), "the recovery key in the vault is not the chain's");
  const device = random(16);
  const pair = keyPair();
  const body = {
    link: base64url(addDevice(chain, { device, pair, signer: recovery, time: Date.now() })),
    device_name: base64url(sealField(vault.key, "text", user, utf8(deviceName))),
  };
  const session = await server.call("POST", "/devices", body, login.ticket);
  return { server, serverId: unhex(info.server_id), user, device, pair, token: session.token, role: session.role };
}

/** Opens a session again by the device's key alone. */
export async function prove(account) {
  const device_id = hex(account.device);
  const { nonce } = await account.server.call("POST", "/auth/challenge", { device_id });
  const bytes = unbase64url(nonce);
  must(bytes.length === 32, "the server asks to sign something odd");
  const signature = signed(account.pair.seed, "SecureChat session v1", account.serverId, account.device, bytes);
  const session = await account.server.call("POST", "/auth/session", { device_id, nonce, signature: base64url(signature) });
  return { ...account, token: session.token };
}
