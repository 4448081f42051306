// The stranger among people: everything that docs/protocol.md promises to a client that shares no code with the program.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { logIn, prove, register } from "./account.mjs";
import { hex, messageId, utf8 } from "./bytes.mjs";
import { safetyNumber } from "./chain.mjs";
import { readBack } from "./back.mjs";
import { Client } from "./client.mjs";
import { Lab, PASSWORD } from "./lab.mjs";
import { Server, readLink } from "./trust.mjs";

let lab;
let server;
let stranger;
let general;

before(async () => {
  lab = await Lab.open();
  await lab.register("olga", lab.ownerLink);
  await lab.register("bert", await lab.invite("olga"));
});

after(async () => {
  stranger?.close();
  await lab?.close();
});

/** What a person reads in a room: the lines of `tail`, none of which may be about trouble. */
async function told(who, room) {
  const lines = await lab.json(who, "tail", room);
  for (const line of lines) assert.ok(["text", "members", "meta", "room"].includes(line.kind), `${who} reads ${JSON.stringify(line)}`);
  return lines;
}

const texts = async (who, room) => (await told(who, room)).filter((line) => line.kind === "text").map((line) => `${line.from}: ${line.text}`);

/** That everybody sees the same: no alarms here, no trouble there, and nothing that could not be read. */
async function agreed(room, ...people) {
  await room.follow();
  assert.deepEqual(room.alarms, []);
  assert.deepEqual(room.messages.filter((message) => message.unreadable), []);
  for (const who of people) {
    const found = (await lab.json(who, "rooms")).find((line) => line.id === hex(room.id));
    assert.equal(found?.state, "joined", `${who} sees ${JSON.stringify(found)}`);
    // Would be that the transcripts differ, or that the room stopped.
    assert.equal(found.trouble, undefined);
    assert.equal(found.seq, room.cursor);
  }
}

/** Waits until somebody's device is in a room. */
const joined = (who, room) =>
  stranger.session.until(`${who} in the room`, async () => {
    const found = (await lab.json(who, "rooms")).find((line) => line.id === hex(room.id));
    return found?.state === "joined";
  });

const deviceOf = async (home) => (await lab.json(home, "devices")).find((device) => device.current).id;

const leafOf = (room, name) => [...room.leaves].find(([, leaf]) => hex(leaf.user) === hex(stranger.log.named(name).user))[0];

/** Adds a person of the team to a room, and tells them its name as §9 wants it. */
async function add(room, name, called) {
  const packages = await stranger.claim(stranger.log.named(name).user);
  await room.commit({ add: packages });
  await room.tell("meta", { name: called, topic: "" });
}

test("the pin of the link decides who is talked to", async () => {
  const link = readLink(await lab.invite("olga"));
  assert.throws(() => readLink(`https://${link.host}:${link.port}/i#`), /cut off/);
  const wrong = (link.pin[0] === "A" ? "B" : "A") + link.pin.slice(1);
  await assert.rejects(Server.pinned({ ...link, pin: wrong }), /not the server/);
  server = await Server.pinned(link);
  const account = await register(server, link.code, "stranger", PASSWORD, "a machine");
  assert.equal(account.role, "member");
  // The invite worked once.
  await assert.rejects(register(server, link.code, "other", PASSWORD, "x"), { code: "invite_invalid" });
  // A session is opened by the device's key alone, too.
  stranger = await Client.open(await prove(account));
});

test("the log replays to the root that the server names", async () => {
  assert.equal(stranger.log.size, 3);
  assert.deepEqual([...stranger.log.chains.values()].map((chain) => chain.name), ["olga", "bert", "stranger"]);
  assert.deepEqual(await stranger.putKeyPackages(5), { left: 5 });
  const seen = await lab.terminal("olga", "verify", "@stranger");
  const number = safetyNumber(stranger.account.serverId, stranger.log.named("olga"), stranger.log.named("stranger"));
  assert.ok(seen.replace(/\s+/g, " ").includes(number), `${seen} has not ${number}`);
});

test("#general is joined by external commit and spoken in both ways", async () => {
  general = await stranger.join(stranger.session.ready.team_room);
  await lab.terminal("olga", "send", "#general", "good morning, **stranger**");
  await stranger.session.until("olga's words", async () => (await general.follow()).said("good morning, **stranger**"));
  const { user } = general.said("good morning, **stranger**");
  assert.equal(hex(user), hex(stranger.log.named("olga").user));
  await general.say("good morning from another world – ☀");
  assert.ok((await texts("olga", "#general")).includes("stranger: good morning from another world – ☀"));
  assert.ok((await texts("bert", "#general")).includes("stranger: good morning from another world – ☀"));
  await agreed(general, "olga", "bert");
});

test("a private room of the stranger's takes people in by Welcome", async () => {
  const room = await stranger.create();
  await add(room, "bert", "workshop");
  await room.say("come in");
  assert.ok((await texts("bert", "#workshop")).includes("stranger: come in"));
  await lab.terminal("bert", "send", "#workshop", "here I am");
  await room.follow();
  assert.ok(room.said("here I am"));
  // Without history the words travel inside the PrivateMessage.
  const quiet = await stranger.create({ history: "none" });
  await add(quiet, "bert", "quiet");
  await quiet.say("nothing is kept of this");
  assert.ok((await texts("bert", "#quiet")).includes("stranger: nothing is kept of this"));
  await lab.terminal("bert", "send", "#quiet", "nor of this");
  await quiet.follow();
  assert.ok(quiet.said("nor of this"));
  await agreed(room, "bert");
  await agreed(quiet, "bert");
});

test("a Welcome into somebody else's room opens", async () => {
  await lab.terminal("olga", "room", "create", "cellar", "--private");
  await lab.terminal("olga", "room", "add", "#cellar", "@stranger");
  await stranger.session.until("a Welcome", () => stranger.takeInbox());
  const room = [...stranger.rooms.values()].at(-1);
  await lab.terminal("olga", "send", "#cellar", "mind the step");
  await room.follow();
  assert.ok(room.said("mind the step"));
  assert.ok(room.messages.some((message) => message.kind === "meta" && message.fields.name === "cellar"));
  await room.say("ouch");
  // Others' commits are followed: somebody comes, somebody goes.
  await lab.terminal("olga", "room", "add", "#cellar", "@bert");
  await lab.terminal("bert", "send", "#cellar", "hello down there");
  await room.follow();
  assert.ok(room.said("hello down there"));
  await lab.terminal("olga", "room", "remove", "#cellar", "@bert");
  await lab.terminal("olga", "send", "#cellar", "only we two");
  await room.follow();
  assert.ok(room.said("only we two"));
  assert.equal(room.leaves.size, 2);
  await agreed(room, "olga");
});

test("commits of the stranger's are followed by everybody", async () => {
  const room = await stranger.create();
  await add(room, "bert", "attic");
  await add(room, "olga", "attic");
  const before = room.epoch;
  await room.commit();
  assert.equal(room.epoch, before + 1);
  await room.say("new keys");
  assert.ok((await texts("bert", "#attic")).includes("stranger: new keys"));
  await room.commit({ remove: [leafOf(room, "bert")] });
  await room.say("bert is gone");
  assert.ok((await texts("olga", "#attic")).includes("stranger: bert is gone"));
  await lab.terminal("olga", "send", "#attic", "so he is");
  assert.equal((await lab.json("bert", "rooms")).find((line) => line.id === hex(room.id))?.state === "joined", false);
  await agreed(room, "olga");
  assert.ok(room.said("so he is"));
});

test("who loses a race catches up and sends under the same message id", async () => {
  const room = await stranger.create();
  await add(room, "bert", "track");
  await lab.terminal("bert", "send", "#track", "ready");
  await room.follow();
  // Bert's second machine comes in while the stranger does not look.
  await lab.terminal("bert2", "login", pinned(), "--username", "bert", "--password-file", lab.password);
  await joined("bert2", room);
  const before = room.epoch;
  const message_id = messageId();
  await room.tell("text", { text: "second, but heard" }, message_id);
  assert.equal(room.refused, "stale_epoch");
  assert.ok(room.epoch > before);
  const line = (await told("bert", "#track")).filter((one) => one.id === hex(message_id));
  assert.deepEqual(line.map((one) => one.text), ["second, but heard"]);
  // What was accepted once is answered as before, whatever the epoch.
  const place = room.messages.find((message) => message.fields?.text === "second, but heard").seq;
  const repeated = { room: room.id, base_epoch: 0, message_id, mls: utf8("anything"), body: new Uint8Array() };
  assert.equal((await stranger.session.ask("Publish", repeated, "Published")).seq, place);
  await agreed(room, "bert");
});

test("leaves that have to go are removed before anything else is said", async () => {
  const room = await stranger.create();
  await add(room, "bert", "porch");
  await add(room, "olga", "porch");
  await lab.terminal("bert", "room", "leave", "#porch");
  await room.say("so long");
  assert.equal(room.refused, "must_commit");
  assert.equal(room.leaves.size, 2);
  assert.ok((await texts("olga", "#porch")).includes("stranger: so long"));
  await agreed(room, "olga");
});

test("a device that came and went stops no room of those who were away", async () => {
  await lab.terminal("bert", "devices", "--revoke", await deviceOf("bert2"));
  await lab.terminal("bert", "send", "#general", "I gave that machine back");
  await general.follow();
  assert.ok(general.said("I gave that machine back"));
  assert.ok((await texts("olga", "#general")).includes("bert: I gave that machine back"));
  await agreed(general, "olga", "bert");
});

test("a commit that comes too late is made anew", async () => {
  const room = await stranger.create({ kind: "channel", join: "open" });
  await add(room, "bert", "hall");
  await lab.terminal("bert", "room", "add", "#hall", "@olga");
  const before = room.epoch;
  await room.commit();
  assert.equal(room.refused, "stale_epoch");
  assert.equal(room.epoch, before + 2);
  await room.say("all are here");
  assert.ok((await texts("olga", "#hall")).includes("stranger: all are here"));
  await agreed(room, "bert", "olga");
});

test("direct messages are where both look for them", async () => {
  const olga = stranger.log.named("olga").user;
  const room = await stranger.create({ kind: "dm", id: stranger.directId(olga) });
  await room.commit({ add: await stranger.claim(olga) });
  await room.say("between us");
  assert.deepEqual(await texts("olga", "@stranger"), ["stranger: between us"]);
  await lab.terminal("olga", "send", "@stranger", "of course");
  await room.follow();
  assert.ok(room.said("of course"));
  await agreed(room, "olga");
});

/** Everything that somebody can read in a room, back to where the server's keys for them end. */
async function readAll(who, room) {
  const lines = await lab.exported(who, room);
  return lines.filter((line) => line.kind === "text").map((line) => `${line.from}: ${line.text}`);
}

test("what was said before is read back by who is added, on both sides", async () => {
  await lab.terminal("olga", "room", "create", "library", "--private");
  for (const text of ["the first shelf", "the second shelf"]) await lab.terminal("olga", "send", "#library", text);
  await lab.terminal("olga", "room", "add", "#library", "@bert");
  await lab.terminal("bert", "send", "#library", "a ladder");
  await lab.terminal("olga", "room", "add", "#library", "@stranger");
  await stranger.session.until("a Welcome", () => stranger.takeInbox());
  const library = [...stranger.rooms.values()].at(-1);
  const { messages, ends } = await readBack(library);
  const said = messages.filter((message) => message.kind === "text").map((message) => message.fields.text);
  assert.deepEqual({ said, ends }, { said: ["the first shelf", "the second shelf", "a ladder"], ends: "beginning" });
  // The other way round: links of the stranger's commits lead newcomers back.
  const room = await stranger.create();
  await room.say("long ago");
  await room.commit();
  await room.say("not so long ago");
  await add(room, "olga", "shed");
  assert.deepEqual(room.owed.size, 0);
  assert.deepEqual(await readAll("olga", "#shed"), ["stranger: long ago", "stranger: not so long ago"]);
  await agreed(room, "olga");
});

test("a key that a newcomer's commit could not carry is said by whoever has it", async () => {
  const room = await stranger.create({ kind: "channel", join: "open" });
  await add(room, "bert", "yard");
  await room.say("before olga");
  await general.tell("directory", { rooms: [{ room: room.id, name: "yard", topic: "" }] });
  await lab.terminal("olga", "room", "join", "#yard");
  await room.follow();
  // Olga came by herself: her commit could not hold a link.
  assert.equal(room.owed.size, 1);
  await room.sayOwed();
  assert.equal(room.owed.size, 0);
  assert.deepEqual(await readAll("olga", "#yard"), ["stranger: before olga"]);
  await agreed(room, "olga", "bert");
});

test("history that the stranger tightens is kept from those who come later", async () => {
  const room = await stranger.create();
  await add(room, "bert", "loft");
  await room.say("for bert alone");
  await room.commit({ policy: { history: "since_join" } });
  await room.say("still for bert alone");
  await add(room, "olga", "loft");
  await room.say("for both");
  assert.deepEqual(await readAll("olga", "#loft"), ["stranger: for both"]);
  assert.deepEqual(await readAll("bert", "#loft"), ["for bert alone", "still for bert alone", "for both"].map((text) => `stranger: ${text}`));
  // Nobody loosens it again: neither the server nor a member takes such a commit.
  await assert.rejects(room.commit({ policy: { history: "shared" } }), { code: "rejected" });
  await agreed(room, "olga", "bert");
});

test("a second device of the same person joins by itself", async () => {
  const account = await logIn(server, "stranger", PASSWORD, "another machine");
  const second = await Client.open(account);
  const shared = stranger.session.ready.team_room;
  const there = await second.join(shared);
  await there.say("same person, other machine");
  assert.ok((await texts("olga", "#general")).includes("stranger: same person, other machine"));
  await general.follow();
  assert.ok(general.said("same person, other machine"));
  // A device that has lost its state comes back the same way, in place of its old leaf.
  const again = await second.join(shared);
  await general.follow();
  assert.equal([...general.leaves.values()].filter((leaf) => hex(leaf.device) === hex(account.device)).length, 1);
  await lab.terminal("olga", "send", "#general", "welcome back");
  await again.follow();
  assert.ok(again.said("welcome back"));
  await general.follow();
  await agreed(general, "olga", "bert");
  await agreed(again);
  second.close();
});

/** The server's address with its pin and without a code. */
function pinned() {
  return lab.ownerLink.replace(/#[^.]*/, "#");
}
