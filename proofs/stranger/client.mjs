// A device of somebody: its account, the log of the team, its inbox and its rooms (§5, §9).
import { createGroup, joinGroup, joinGroupExternal, makeKeyPackageRef } from "./mls.mjs";
import { equal, hex, messageId, must, random, sha256 } from "./bytes.mjs";
import { Log } from "./chain.mjs";
import { CONTEXT, fromBytes, groupInfoBytes, keyPackage, leavesOf, policyExtensions, readPolicy, readTree, toBytes, treeBytes } from "./profile.mjs";
import { Room } from "./room.mjs";
import { judgeTree, vouched } from "./rules.mjs";
import { Session } from "./session.mjs";

const TRIES = 10;
/** How ids of direct messages begin. */
const DIRECT = 0xd1;

export class Client {
  log = new Log();
  rooms = new Map();
  /** Hex of a key package's reference → it and its secrets. */
  #packages = new Map();
  #inbox = 0;

  /** Opens the session of an account and reads the team's log. */
  static async open(account) {
    const client = new Client();
    client.account = account;
    client.session = await Session.open(account);
    await client.syncLog();
    return client;
  }

  /** Replays what is new in the log; stops believing a server that tells it otherwise than before. */
  async syncLog() {
    for (;;) {
      const { links, size, root } = await this.session.ask("FetchLog", { from: this.log.size }, "Log");
      must(size >= this.log.size + links.length, "the log has shrunk");
      for (const link of links) this.log.take(link);
      must(equal(root, this.log.root()), "the server's log is not the one that was seen before");
      if (this.log.size === size) return;
      must(links.length > 0, "the server names a size and hands out no links");
    }
  }

  get #self() {
    return { user: this.account.user, device: this.account.device, root16: this.log.of(this.account.user).root16 };
  }

  /** Leaves key packages at the server, and one for when they are gone. */
  async putKeyPackages(count) {
    const made = [];
    for (let left = count; left >= 0; left -= 1) made.push(await keyPackage(this.#self, this.account.pair, left === 0));
    for (const one of made) this.#packages.set(hex(await makeKeyPackageRef(one.publicPackage, CONTEXT.cipherSuite.hash)), one);
    const bytes = made.map((one) => toBytes("keyPackage", one.publicPackage));
    return this.session.ask("PutKeyPackages", { packages: bytes.slice(0, -1), last_resort: bytes.at(-1) }, "KeyPackagesLeft");
  }

  /** Joins every room that a Welcome waits for. */
  async takeInbox() {
    const { items } = await this.session.ask("FetchInbox", { after: this.#inbox }, "Inbox");
    for (const item of items) {
      await this.syncLog();
      const { tree: bytes } = await this.session.ask("GetTree", { room: item.room, epoch: item.epoch }, "Tree");
      const tree = readTree(bytes);
      judgeTree(tree, this.log);
      const welcome = fromBytes("welcome", item.welcome);
      const { publicPackage, privatePackage } = this.#packages.get(hex(welcome.secrets[0].newMember)) ?? {};
      must(publicPackage, "a Welcome is for a key package that is not this device's");
      const state = await joinGroup({ context: CONTEXT, welcome, keyPackage: publicPackage, privateKeys: privatePackage, ratchetTree: tree });
      must(equal(state.groupContext.groupId, item.room) && Number(state.groupContext.epoch) === item.epoch, "a Welcome is for another room");
      readPolicy(state.groupContext.extensions);
      await this.session.ask("AckInbox", { up_to: item.number }, "Done");
      this.#inbox = item.number;
      await this.#keep(new Room(this, item.room, state, item.seq));
    }
    return items.length;
  }

  #keep(room) {
    this.rooms.set(hex(room.id), room);
    return room.follow();
  }

  gone(room) {
    room.gone = true;
    this.rooms.delete(hex(room.id));
  }

  /** Joins a room by external commit; an old leaf of this device goes. */
  async join(id) {
    const { publicPackage, privatePackage } = await keyPackage(this.#self, this.account.pair);
    const message_id = messageId();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const group = await this.session.ask("GetGroup", { room: id }, "Group");
      await this.syncLog();
      const tree = readTree(group.tree);
      const leaves = judgeTree(tree, this.log);
      const groupInfo = fromBytes("groupInfo", group.group_info);
      must(equal(groupInfo.groupContext.groupId, id), "the server hands out another room");
      readPolicy(groupInfo.groupContext.extensions);
      const resync = [...leaves.values()].some((leaf) => equal(leaf.device, this.account.device));
      const made = await joinGroupExternal({ context: CONTEXT, groupInfo, keyPackage: publicPackage, privateKeys: privatePackage, resync, tree });
      const values = {
        room: id,
        base_epoch: group.epoch,
        message_id,
        commit: toBytes("publicMessage", made.publicMessage),
        group_info: await groupInfoBytes(made.newState),
      };
      const answer = await this.session.ask("Commit", values, "Committed").catch((error) => {
        if (error.code !== "stale_epoch") throw error;
      });
      if (answer) return this.#keep(new Room(this, id, made.newState, answer.seq));
    }
    throw new Error("the room is changed faster than it can be joined");
  }

  /** The one room for direct messages with a user. */
  directId(user) {
    const [smaller, larger] = [this.account.user, user].sort(Buffer.compare);
    const id = sha256("SecureChat dm v1", this.account.serverId, smaller, larger).slice(0, 16);
    id[0] = DIRECT;
    return id;
  }

  /** Makes a room with this device in it. */
  async create({ kind = "private", history = "shared", join = "invite", id = roomId() } = {}) {
    const { publicPackage, privatePackage } = await keyPackage(this.#self, this.account.pair);
    const { user } = this.account;
    must((id[0] === DIRECT) === (kind === "dm"), "an id of direct messages is for them alone");
    const extensions = policyExtensions({ kind, history, join, admins: [user], created_by: user });
    const state = await createGroup({ context: CONTEXT, groupId: id, keyPackage: publicPackage, privateKeyPackage: privatePackage, extensions });
    await this.session.ask("CreateRoom", { room: id, group_info: await groupInfoBytes(state), tree: treeBytes(state.ratchetTree) }, "Done");
    return this.#keep(new Room(this, id, state, 0));
  }

  /** Key packages of each device of these users, judged before they are used. */
  async claim(...users) {
    const { packages } = await this.session.ask("ClaimKeyPackages", { users }, "KeyPackages");
    await this.syncLog();
    return packages.map(({ user, device, key_package }) => {
      const claimed = fromBytes("keyPackage", key_package);
      const [leaf] = leavesOf([{ leaf: claimed.leafNode }]).values();
      must(equal(leaf.user, user) && equal(leaf.device, device), "a key package is somebody else's");
      vouched(this.log, leaf, true);
      return claimed;
    });
  }

  /** Ends the session; the rooms stay as they are. */
  close() {
    this.session.close();
  }
}

/** A random id that is not one of direct messages. */
function roomId() {
  const id = random(16);
  return id[0] === DIRECT ? roomId() : id;
}
