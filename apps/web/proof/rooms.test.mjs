// Rooms found, joined, left and muted; people added and removed; names completed; the inbox by keys; search with its jump.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { composer, invite, lines, openRoom, rail, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);
const panel = () => ana.page.getByRole("complementary", { name: /^Details of/ });

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
});
after(() => lab.close());

test("an open room of somebody else is found and joined", async () => {
  await lab.terminal("ben", "room", "create", "garden", "--topic", "What grows");
  await ana.page.getByRole("button", { name: /^Browse open rooms/ }).first().click();
  const dialog = ana.page.getByRole("dialog", { name: "Open rooms" });
  await dialog.getByText("garden").first().waitFor();
  await dialog.getByRole("button", { name: /Join/ }).first().click();
  await ana.page.getByRole("textbox", { name: /^Message #?garden/ }).waitFor();
  await say(ana.page, "here I am");
  await expect(async () => (await lab.told("ben", "#garden")).some((line) => line.text === "here I am"), "ben hears it");
});

test("a name begun with @ is completed by Tab", async () => {
  await composer(ana.page).click();
  await ana.page.keyboard.type("look, @be");
  await ana.page.getByRole("option", { name: /@ben/ }).waitFor();
  await ana.page.keyboard.press("Tab");
  assert.equal(await composer(ana.page).inputValue(), "look, @ben ");
  await ana.page.keyboard.type("tomatoes");
  await ana.page.keyboard.press("Enter");
  await expect(async () => (await lab.told("ben", "#garden")).some((line) => line.text === "look, @ben tomatoes"), "it is sent");
});

test("somebody is added to a private room, reads, is removed, and reads no more", async () => {
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("create");
  await ana.page.keyboard.press("Enter");
  const dialog = ana.page.getByRole("dialog", { name: "Create a room" });
  await dialog.getByLabel("Name", { exact: true }).fill("vault");
  await dialog.getByLabel(/Only people who are added/).check();
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await ana.page.getByRole("textbox", { name: /^Message #?vault/ }).waitFor();
  await ana.page.getByRole("button", { name: /^Room details/ }).click();
  await panel().getByRole("button", { name: "Add people" }).click();
  await ana.page.getByLabel("ben", { exact: false }).last().check();
  await ana.page.getByRole("button", { name: /^Add 1 person/ }).click();
  await expect(async () => (await lab.terminal("ben", "rooms")).includes("#vault"), "ben is in #vault");
  await say(ana.page, "now you see me");
  await expect(async () => (await lab.told("ben", "#vault")).some((line) => line.text === "now you see me"), "ben reads it");
  await panel().getByRole("button", { name: /^Remove ben/ }).click();
  await ana.page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await expect(async () => (await panel().getByText("Members · 1").count()) === 1, "ben is gone");
  await say(ana.page, "now you do not");
  await seen(ana.page, "now you do not");
  await lab.terminal("ben", "send", "#general", "what did I miss?");
  assert.ok(!(await lab.told("ben", "#vault").catch(() => [])).some((line) => line.text === "now you do not"));
});

test("the inbox by keys: move, mute, done, open", async () => {
  await lab.terminal("ben", "send", "#garden", "beans too");
  await lab.terminal("ben", "send", "@ana", "psst");
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("inbox");
  await ana.page.keyboard.press("Enter");
  await ana.page.getByRole("heading", { name: "Inbox" }).waitFor();
  const rows = ana.page.getByRole("list", { name: "Rooms with unread messages" }).getByRole("listitem");
  await expect(async () => (await rows.count()) === 3, "three rooms have something unread");
  assert.match(await ana.page.title(), /^\(\d+\) /);
  await ana.page.keyboard.press("j");
  await ana.page.keyboard.press("e");
  await expect(async () => (await rows.count()) === 2, "one is done");
  await ana.page.keyboard.press("k");
  await ana.page.keyboard.press("Enter");
  await composer(ana.page).waitFor();
});

test("search finds a word and leads to the line", async () => {
  await ana.page.goto(`${lab.url}/#/search/${encodeURIComponent("tomatoes")}`);
  await ana.page.getByRole("list", { name: "Found messages" }).getByText("tomatoes").first().click();
  await seen(ana.page, "tomatoes");
  assert.match(ana.page.url(), /#\/room\/[0-9a-f]{32}\/\d+$/);
});

test("a room is left, and is not in the list any more", async () => {
  await openRoom(ana.page, /garden/);
  if ((await panel().getByRole("button", { name: "Leave this room" }).count()) === 0) {
    await ana.page.getByRole("button", { name: /^Room details/ }).click();
  }
  await panel().getByRole("button", { name: "Leave this room" }).click();
  await ana.page.getByRole("dialog").getByRole("button", { name: "Leave", exact: true }).click();
  await expect(async () => (await rail(ana.page).getByRole("link", { name: /garden/ }).count()) === 0, "garden is gone");
  await lab.terminal("ben", "send", "#garden", "to nobody");
  assert.equal(await lines(ana.page).filter({ hasText: "to nobody" }).count(), 0);
});

test("nothing failed meanwhile", () => {
  assert.deepEqual(ana.watched, { errors: [], outside: [], violations: [] });
});
