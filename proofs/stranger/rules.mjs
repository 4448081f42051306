// Who may change what (§7): every commit is judged before it is entered, every tree before it is joined.
import { equal, hex, must } from "./bytes.mjs";
import { leavesOf, readCredential, readPolicy } from "./profile.mjs";

const ADD = 1;
const REMOVE = 3;
const EXTERNAL_INIT = 6;
const EXTENSIONS = 7;
const BY_VALUE = 1;
const MEMBER = 1;
const NEW_MEMBER = 4;
const TIGHTER = ["shared", "since_join", "none"];
const DEVICES_MAX = 8;
const LEAVES_MAX = 1000;

/** The devices that a commit speaks with or brings in: their links have to be there before it is judged. */
export function namedBy(state, { content }) {
  const leaves = leavesOf(state.ratchetTree);
  const added = proposals(content.commit).filter((one) => one.proposalType === ADD).map((one) => one.add.keyPackage.leafNode);
  const speaking = content.commit.path ? [content.commit.path.leafNode] : [];
  const named = [...added, ...speaking].map((leaf) => ({ ...readCredential(leaf.credential), key: leaf.signaturePublicKey }));
  return content.sender.senderType === MEMBER ? [...named, leaves.get(content.sender.leafIndex)].filter(Boolean) : named;
}

function proposals(commit) {
  must(commit.proposals.every((one) => one.proposalOrRefType === BY_VALUE), "a commit names proposals by reference");
  const all = commit.proposals.map((one) => one.proposal);
  must(all.every((one) => [ADD, REMOVE, EXTERNAL_INIT, EXTENSIONS].includes(one.proposalType)), "a commit holds a proposal of another kind");
  return all;
}

/** Throws what is wrong with a commit; gives who made it. What the server alone can know is left to it. */
export function judge(state, { content }, log) {
  const policy = readPolicy(state.groupContext.extensions);
  const leaves = leavesOf(state.ratchetTree);
  const all = proposals(content.commit);
  // Revoked ones will do: the server took the commit while they were active.
  for (const one of namedBy(state, { content })) vouched(log, one, false);
  const path = content.commit.path && { ...readCredential(content.commit.path.leafNode.credential), key: content.commit.path.leafNode.signaturePublicKey };
  const external = content.sender.senderType === NEW_MEMBER;
  must(external || content.sender.senderType === MEMBER, "a commit is from nobody who may make one");
  const by = external ? newcomer(all, path, leaves, policy) : leaves.get(content.sender.leafIndex);
  must(by, "a commit is from an empty leaf");
  if (!external) member(all, path, content.sender.leafIndex, by, leaves, policy);
  return by;
}

function newcomer(all, path, leaves, policy) {
  must(path, "a newcomer's commit has no path");
  const here = [...leaves.values()].some((leaf) => equal(leaf.user, path.user) && equal(leaf.root16, path.root16));
  must(policy.join === "open" || here, "a newcomer may not come in");
  must(all.filter((one) => one.proposalType === EXTERNAL_INIT).length === 1, "a newcomer's commit begins in no way");
  for (const one of all) {
    must([EXTERNAL_INIT, REMOVE].includes(one.proposalType), "a newcomer changes more than themself");
    if (one.proposalType === REMOVE) must(equal(leaves.get(one.remove.removed)?.device ?? [], path.device), "a newcomer removes somebody");
  }
  const removed = new Set(all.filter((one) => one.proposalType === REMOVE).map((one) => one.remove.removed));
  afterwards([...[...leaves].filter(([at]) => !removed.has(at)).map(([, leaf]) => leaf), path], policy);
  return path;
}

function member(all, path, own, by, leaves, policy) {
  const admin = policy.admins.some((one) => equal(one, by.user));
  if (path) must(["user", "device", "root16", "key"].every((part) => equal(path[part], by[part])), "an update path changes who somebody is");
  const after = new Map(leaves);
  for (const one of all) {
    must(one.proposalType !== EXTERNAL_INIT, "a member comes in from outside");
    if (one.proposalType === REMOVE) {
      // A leaf that was due may be removed by anybody, and only the server knows the list (rule 2).
      must(one.remove.removed !== own && leaves.has(one.remove.removed), "a commit removes its maker or nobody");
      after.delete(one.remove.removed);
    }
    if (one.proposalType === EXTENSIONS) policyChange(policy, readPolicy(one.groupContextExtensions.extensions), admin);
  }
  const added = all.filter((one) => one.proposalType === ADD).map((one) => readCredential(one.add.keyPackage.leafNode.credential));
  for (const one of added) {
    const further = equal(one.user, by.user) && equal(one.root16, by.root16);
    must(admin || policy.join === "open" || further, "somebody adds a person who may not");
  }
  afterwards([...after.values(), ...added], policy);
}

function policyChange(old, now, admin) {
  must(admin, "somebody changes the policy who may not");
  must(old.kind === now.kind && equal(old.created_by, now.created_by), "a room's kind or maker changes");
  must(TIGHTER.indexOf(now.history) >= TIGHTER.indexOf(old.history), "a room's history is loosened");
}

function afterwards(leaves, policy) {
  const devices = new Set(leaves.map((leaf) => hex(leaf.device)));
  const users = new Map();
  for (const leaf of leaves) users.set(hex(leaf.user), (users.get(hex(leaf.user)) ?? 0) + 1);
  must(devices.size === leaves.length, "a device is in a room twice");
  must(leaves.length <= LEAVES_MAX && [...users.values()].every((count) => count <= DEVICES_MAX), "a room is too large");
  must(policy.kind !== "dm" || users.size <= 2, "direct messages of more than two");
}

/** Whether a leaf is or was a device of its user's chain; `active` where it has to be one now, under the present root. */
export function vouched(log, { user, device, key, root16 }, active) {
  must(log.of(user)?.vouches(device, key, active && root16), "a leaf is no device of its user's chain");
}

/** All leaves of a tree that one is about to join. */
export function judgeTree(tree, log) {
  const leaves = leavesOf(tree);
  for (const leaf of leaves.values()) vouched(log, leaf, false);
  return leaves;
}
