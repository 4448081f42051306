// What MLS is like here (§6): credentials, policies, key packages, trees and messages as bytes; the rest is ts-mls.
import { createGroupInfoWithExternalPub, decode, encode, generateKeyPackageWithKey, mlsMessageDecoder, mlsMessageEncoder, protocolVersions, ratchetTreeDecoder, ratchetTreeEncoder, wireformats } from "./mls.mjs";
import { equal, expand, join, must, big } from "./bytes.mjs";
import * as cbor from "./cbor.mjs";
import { SUITE, SUITE_FOR_GROUP_INFO } from "./suite.mjs";

export const POLICY = 0xf5c1;
export const LAST_RESORT = 0x000a;
const REQUIRED_CAPABILITIES = 3;
const BASIC = 1;
const DAY = 24 * 60 * 60;

/** How ts-mls is to behave: no past epochs, 64 generations back, 2,000 ahead. Whose keys are whose is judged in rules.mjs. */
export const CONTEXT = {
  cipherSuite: SUITE,
  authService: { validateCredential: async (credential) => Boolean(readCredential(credential)) },
  clientConfig: {
    keyRetentionConfig: { retainKeysForGenerations: 64, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 2000 },
    lifetimeConfig: { maximumTotalLifetime: BigInt(84 * DAY + 3600), validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: {
      compareKeyPackages: (a, b) => equal(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
      compareKeyPackageToLeafNode: (a, leaf) => equal(a.leafNode.signaturePublicKey, leaf.signaturePublicKey),
    },
    paddingConfig: { kind: "alwaysPad", paddingLength: 0 },
  },
};

/** The context for one application message: what is encrypted (RFC 9420 §6.3.1) is a multiple of 128 bytes long. */
export function paddedFor(data) {
  const vector = (length) => length + (length < 64 ? 1 : length < 16384 ? 2 : 4);
  const length = vector(data.length) + vector(64);
  const paddingConfig = { kind: "alwaysPad", paddingLength: (128 - (length % 128)) % 128 };
  return { ...CONTEXT, clientConfig: { ...CONTEXT.clientConfig, paddingConfig } };
}

export const credential = ({ user, device, root16 }) => ({ credentialType: BASIC, identity: cbor.encode([1, user, device, root16]) });

/** Who a credential names; any other encoding is refused. */
export function readCredential({ credentialType, identity }) {
  must(credentialType === BASIC, "a credential is of another kind");
  const [v, user, device, root16, ...more] = cbor.decode(identity);
  must(v === 1 && [user, device, root16].every((part) => part.length === 16) && more.length === 0, "a credential has another form");
  must(equal(cbor.encode([v, user, device, root16]), identity), "a credential has another encoding");
  return { user, device, root16 };
}

/** The two extensions of a room's GroupContext. */
export function policyExtensions({ kind, history, join: how, keep_days = 0, admins, created_by }) {
  const policy = { v: 1, kind, history, join: how, keep_days, admins, created_by };
  return [
    { extensionType: REQUIRED_CAPABILITIES, extensionData: { extensionTypes: [POLICY], proposalTypes: [], credentialTypes: [] } },
    { extensionType: POLICY, extensionData: cbor.encode(policy) },
  ];
}

/** A room's policy, from the extensions of its GroupContext. */
export function readPolicy(extensions) {
  must(extensions.length === 2, "a room has other extensions");
  const [{ extensionType: first, extensionData: required }, { extensionType: second, extensionData: bytes }] = extensions;
  must(first === REQUIRED_CAPABILITIES && second === POLICY, "a room has other extensions");
  must(required.extensionTypes.join() === String(POLICY) && required.proposalTypes.length + required.credentialTypes.length === 0, "a room requires something else");
  const policy = cbor.fields(cbor.decode(bytes), "v", "kind", "history", "join", "keep_days", "admins", "created_by");
  must(equal(cbor.encode(policy), bytes), "a policy has another encoding");
  must(policy.v === 1 && ["channel", "private", "dm"].includes(policy.kind) && ["shared", "since_join", "none"].includes(policy.history), "a policy is not known");
  must(Number.isInteger(policy.keep_days) && policy.keep_days >= 0 && policy.keep_days <= 0xffffffff, "a policy is not known");
  must(["invite", "open"].includes(policy.join) && !(policy.kind === "dm" && policy.join === "open"), "a policy is not known");
  const order = policy.admins.map((admin) => Buffer.from(admin).toString("hex"));
  must(order.length > 0 && order.every((id, at) => id.length === 32 && (at === 0 || order[at - 1] < id)), "a policy's admins are not in order");
  return policy;
}

/** A key package of a device and its secrets; `last` for the one that is used again and again. */
export async function keyPackage(who, { seed, key }, last = false) {
  const now = Math.floor(Date.now() / 1000);
  return generateKeyPackageWithKey({
    credential: credential(who),
    capabilities: { versions: [protocolVersions.mls10], ciphersuites: [SUITE.id], extensions: last ? [POLICY, LAST_RESORT] : [POLICY], proposals: [], credentials: [BASIC] },
    // Begun a day early, for those whose clocks are behind; 84 days and an hour at most.
    lifetime: { notBefore: BigInt(now - DAY), notAfter: BigInt(now + 83 * DAY) },
    extensions: last ? [{ extensionType: LAST_RESORT, extensionData: new Uint8Array() }] : [],
    signatureKeyPair: { signKey: seed, publicKey: key },
    cipherSuite: SUITE,
    leafNodeExtensions: [],
  });
}

const WIRE = { publicMessage: "mls_public_message", privateMessage: "mls_private_message", welcome: "mls_welcome", groupInfo: "mls_group_info", keyPackage: "mls_key_package" };

/** The bytes of an MLSMessage that holds this. */
export const toBytes = (kind, value) => encode(mlsMessageEncoder, { version: protocolVersions.mls10, wireformat: wireformats[WIRE[kind]], [kind]: value });

/** What an MLSMessage of this kind holds; bytes that follow are refused. */
export function fromBytes(kind, bytes) {
  const message = decode(mlsMessageDecoder, bytes);
  must(message?.wireformat === wireformats[WIRE[kind]], `this is no ${kind}`);
  must(equal(encode(mlsMessageEncoder, message), bytes), `bytes follow a ${kind}`);
  return message[kind];
}

/** The bytes of a GroupInfo of this state, with external_pub and nothing else. */
export const groupInfoBytes = async (state) => toBytes("groupInfo", await createGroupInfoWithExternalPub(state, [], SUITE_FOR_GROUP_INFO));

export const treeBytes = (tree) => encode(ratchetTreeEncoder, tree);

export function readTree(bytes) {
  const tree = decode(ratchetTreeDecoder, bytes);
  must(tree, "this is no ratchet tree");
  return tree;
}

/** Leaf index → who is there, in order. */
export function leavesOf(tree) {
  const leaves = new Map();
  for (let node = 0; node < tree.length; node += 2) {
    const leaf = tree[node]?.leaf;
    if (leaf) leaves.set(node / 2, { ...readCredential(leaf.credential), key: leaf.signaturePublicKey, leaf });
  }
  return leaves;
}

/** Whose PrivateMessage this is (RFC 9420 §6.3.2); ts-mls checks that it is so but does not tell. */
export async function senderOf(state, message) {
  const labeled = (label, length) => {
    const full = `MLS 1.0 ${label}`;
    const sample = message.ciphertext.slice(0, SUITE.kdf.size);
    const info = join(big(length, 2), Uint8Array.of(full.length), full, Uint8Array.of(sample.length), sample);
    return expand("sha384", state.keySchedule.senderDataSecret, info, length);
  };
  const { groupId, epoch, contentType, encryptedSenderData } = message;
  const aad = join(Uint8Array.of(groupId.length), groupId, big(epoch, 8), Uint8Array.of(contentType));
  const data = await SUITE.hpke.decryptAead(labeled("key", 32), labeled("nonce", 12), aad, encryptedSenderData);
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}
