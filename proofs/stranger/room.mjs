// One room of a device: its MLS state, taken in event by event, and what is said and changed in it (§4.2, §8, §9).
import { createApplicationMessage, createCommit, processPrivateMessage, processPublicMessage } from "./mls.mjs";
import { equal, hex, messageId, must } from "./bytes.mjs";
import * as inside from "./body.mjs";
import { followLink, sealLink } from "./history.mjs";
import { CONTEXT, fromBytes, groupInfoBytes, leavesOf, paddedFor, policyExtensions, readCredential, readPolicy, senderOf, toBytes } from "./profile.mjs";
import { judge, namedBy } from "./rules.mjs";

const PAGE = 500;
/** How often something is tried at a newer epoch before it is given up. */
const TRIES = 10;

export class Room {
  /** What was said, oldest first: `{seq, kind, fields, user, device}`, or `{seq, unreadable}` with a reason. */
  messages = [];
  /** Seqs of messages whose sender saw something else. */
  alarms = [];
  /** What this device has sent and not seen again: hex of a message id → its content or the state it leads to. */
  #sent = new Map();

  /** Archive keys of the epochs that are known: epoch → key. */
  archives = new Map();
  /** Epochs that ended with no link to their key, or with a wrong one, and whose keys nobody has said yet (§8.1). */
  owed = new Set();

  /** `seq` is that of the commit that began the epoch of `state`. */
  constructor(client, id, state, seq) {
    Object.assign(this, { client, id, came: { seq, epoch: Number(state.groupContext.epoch) } });
    this.#begin(state, seq);
  }

  #begin(state, seq) {
    // No past epochs are kept (§6).
    this.state = { ...state, historicalReceiverData: new Map() };
    this.cursor = seq;
    this.transcripts = new Map([[seq, inside.transcriptBegins(state.keySchedule.epochAuthenticator)]]);
  }

  get epoch() {
    return Number(this.state.groupContext.epoch);
  }

  /** The archive key of the present epoch. */
  async archive() {
    if (!this.archives.has(this.epoch)) this.archives.set(this.epoch, await inside.archiveKey(this.state, this.id));
    return this.archives.get(this.epoch);
  }

  get policy() {
    return readPolicy(this.state.groupContext.extensions);
  }

  get leaves() {
    return leavesOf(this.state.ratchetTree);
  }

  leafOf(device) {
    return [...this.leaves].find(([, leaf]) => equal(leaf.device, device))?.[0];
  }

  said(text) {
    return this.messages.find((message) => message.kind === "text" && message.fields.text === text);
  }

  /** Takes in everything that the server has. */
  async follow() {
    for (;;) {
      const page = await this.client.session.ask("Fetch", { room: this.id, from_seq: this.cursor + 1, limit: PAGE }, "Events");
      for (const event of page.events) await this.#take(event);
      if (this.cursor >= page.head_seq) return this;
      must(page.events.length > 0, "the server names a head and hands nothing out");
    }
  }

  async #take(event) {
    must(equal(event.room, this.id) && event.seq === this.cursor + 1, "an event is not the next one");
    must(event.epoch === this.epoch, "an event is of another epoch");
    const own = equal(event.device, this.client.account.device) && this.#sent.get(hex(event.message_id));
    if (event.kind === inside.COMMIT) return this.#enter(event, own);
    must([inside.MESSAGE, inside.DELETED].includes(event.kind), "an event is of another kind");
    const message = event.kind === inside.DELETED ? { deleted: true } : own || (await this.#open(event).catch((error) => ({ unreadable: error.message })));
    this.messages.push({ seq: event.seq, ...message });
    if (message.kind === "keys") this.told(message.fields.keys);
    this.#sent.delete(hex(event.message_id));
    this.transcripts.set(event.seq, inside.transcriptAfter(this.transcripts.get(this.cursor), event));
    this.cursor = event.seq;
  }

  async #enter(event, own) {
    const commit = fromBytes("publicMessage", event.mls);
    const before = await this.archive();
    if (own?.bytes && equal(own.bytes, event.mls)) {
      this.#sent.delete(hex(event.message_id));
      return this.#enterAs(own.state, event, before);
    }
    const known = () => namedBy(this.state, commit).every((one) => this.client.log.of(one.user)?.vouches(one.device, one.key));
    if (!known()) await this.client.syncLog();
    const by = judge(this.state, commit, this.client.log);
    must(equal(by.device, event.device), "a commit is of another device than the server says");
    const { newState } = await processPublicMessage({ context: CONTEXT, state: this.state, publicMessage: commit });
    if (newState.groupActiveState.kind === "removedFromGroup") return this.client.gone(this);
    return this.#enterAs(newState, event, before);
  }

  async #enterAs(state, event, before) {
    this.#begin(state, event.seq);
    const leads = () => equal(followLink(this.archives.get(this.epoch), this.id, event.epoch, event.body), before);
    await this.archive();
    if (this.policy.history !== "none" && !works(leads)) this.owed.add(event.epoch);
  }

  async #open(event) {
    const message = fromBytes("privateMessage", event.mls);
    const leaf = this.leaves.get(await senderOf(this.state, message));
    const opened = await processPrivateMessage({ context: CONTEXT, state: this.state, privateMessage: message });
    must(opened.kind === "applicationMessage", "a PrivateMessage is no application message");
    this.state = opened.newState;
    must(equal(leaf.device, event.device), "a message is of another device than the server says");
    const bound = inside.readBound(opened.aad);
    must(equal(bound.room, this.id) && equal(bound.message_id, event.message_id), "a message is bound to something else");
    const aad = inside.origin({ room: this.id, epoch: event.epoch, user: leaf.user, device: leaf.device, message_id: event.message_id });
    const archive = await this.archive();
    const signed = inside.envelopeOf(opened.message, event, () => inside.openBody(archive, event.message_id, aad, event.body));
    const content = inside.readContent(inside.openEnvelope(leaf.key, aad, signed));
    must(
      equal(content.room, this.id) && equal(content.message_id, event.message_id) && equal(content.user, leaf.user) && equal(content.device, leaf.device),
      "a message's content is of somebody or somewhere else",
    );
    // The message stays readable; that its sender saw something else is an alarm.
    const mine = bound.lastSeen < event.seq ? this.transcripts.get(bound.lastSeen) : undefined;
    if (!mine || !equal(mine, bound.transcript)) this.alarms.push(event.seq);
    // Where both have come to, everybody's log is the same one.
    const root = this.client.log.roots[bound.log.size];
    if (root && !equal(root, bound.log.root)) this.alarms.push(event.seq);
    return content;
  }

  /** Somebody said archive keys; one that is known already is left as it is. */
  told(keys) {
    for (const [epoch, key] of keys) {
      this.owed.delete(epoch);
      if (!this.archives.has(epoch)) this.archives.set(epoch, key);
    }
  }

  /** Says the keys that are owed and known here. */
  sayOwed() {
    return this.tell("keys", { keys: [...this.owed].map((epoch) => [epoch, this.archives.get(epoch)]) });
  }

  /** Says something; it is in `messages` when this ends. */
  say(text) {
    return this.tell("text", { text });
  }

  async tell(kind, fields, message_id = messageId()) {
    const { account, session } = this.client;
    const { user, device } = account;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const content = { room: this.id, message_id, user, device, time: Date.now(), kind, fields };
      const aad = inside.origin({ ...content, epoch: this.epoch });
      const signed = inside.envelope(account.pair.seed, aad, inside.content(content));
      const alone = this.policy.history === "none";
      const body = alone ? new Uint8Array() : inside.sealBody(await this.archive(), message_id, aad, signed);
      const carried = alone ? inside.carried(message_id, signed) : inside.reference(message_id, body);
      const authenticatedData = inside.bound(this.id, message_id, this.cursor, this.transcripts.get(this.cursor), this.client.log.head());
      const made = await createApplicationMessage({ context: paddedFor(carried), state: this.state, message: carried, authenticatedData });
      this.state = made.newState;
      const mls = toBytes("privateMessage", made.message.privateMessage);
      this.#sent.set(hex(message_id), content);
      const answer = await this.#send("Publish", { room: this.id, base_epoch: this.epoch, message_id, mls, body }, "Published");
      if (answer) return answer;
    }
    throw new Error("the room is changed faster than it can be spoken in");
  }

  /** Sends; nothing where the room has moved on and the caller has to make it anew. */
  async #send(name, values, wanted) {
    try {
      const answer = await this.client.session.ask(name, values, wanted);
      await this.follow();
      return answer;
    } catch (error) {
      this.refused = error.code;
      if (error.code === "stale_epoch") await this.follow();
      else if (error.code === "must_commit") await this.commit({ remove: error.leaves });
      else throw error;
    }
  }

  /** Adds key packages, removes leaves, changes the policy, or only renews this device's keys; entered when it comes back in the log. */
  async commit({ add = [], remove = [], policy } = {}, message_id = messageId()) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const proposals = [
        ...remove.filter((leaf) => this.leaves.has(leaf)).map((removed) => ({ proposalType: 3, remove: { removed } })),
        ...add.map((keyPackage) => ({ proposalType: 1, add: { keyPackage } })),
        ...(policy ? [{ proposalType: 7, groupContextExtensions: { extensions: policyExtensions({ ...this.policy, ...policy }) } }] : []),
      ];
      const made = await createCommit({ context: CONTEXT, state: this.state, wireAsPublicMessage: true, extraProposals: proposals });
      const bytes = toBytes("publicMessage", made.commit.publicMessage);
      this.#sent.set(hex(message_id), { state: made.newState, bytes });
      const values = {
        room: this.id,
        base_epoch: this.epoch,
        message_id,
        commit: bytes,
        group_info: await groupInfoBytes(made.newState),
        welcome: made.welcome ? toBytes("welcome", made.welcome.welcome) : new Uint8Array(),
        link: await this.#linkFrom(made.newState, add),
      };
      const answer = await this.#send("Commit", values, "Committed");
      if (answer) return answer;
    }
    throw new Error("the room is changed faster than it can be changed");
  }

  /** What leads whoever is in the next epoch to this one's key, as far as that epoch's policy goes (§8.1). */
  async #linkFrom(next, added) {
    const { history } = readPolicy(next.groupContext.extensions);
    const here = new Set([...this.leaves.values()].map((leaf) => hex(leaf.user)));
    const newcomer = added.some((one) => !here.has(hex(readCredential(one.leafNode.credential).user)));
    if (history === "none" || (history === "since_join" && newcomer)) return new Uint8Array();
    return sealLink(await inside.archiveKey(next, this.id), this.id, this.epoch, await this.archive());
  }
}

function works(check) {
  try {
    return check();
  } catch {
    return false;
  }
}
