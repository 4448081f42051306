// From nothing to people talking: the first run in a browser, a terminal beside it, rooms, absence, tabs, devices.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab, PASSWORD } from "./lab.mjs";
import { arrived, composer, invite, lines, logIn, openRoom, rail, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
const test = story(() => [ana.page]);
let ana;

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
});
after(() => lab.close());

test("the owner's link leads to an account and a recovery key", async () => {
  const key = await signUp(ana.page, lab.ownerLink, "ana");
  assert.ok(key, "the recovery key is shown in groups");
  assert.ok(!ana.page.url().includes("#") || !ana.page.url().includes("."), "the code is out of the address");
});

test("an invite made in the browser lets a terminal in", async () => {
  await lab.register("ben", await invite(ana.page));
});

test("browser and terminal hear each other", async () => {
  await lab.terminal("ben", "send", "#general", "hello from a terminal");
  await openRoom(ana.page, /general/);
  await seen(ana.page, "hello from a terminal");
  await say(ana.page, "hello from a **browser**");
  await expect(async () => (await lab.told("ben", "#general")).some((line) => line.text.includes("a **browser**")), "ben hears it");
  assert.equal(await lines(ana.page).locator("strong", { hasText: "browser" }).count(), 1, "Markdown became an element");
});

test("a private room and direct messages", async () => {
  await ana.page.getByRole("button", { name: "Create a room" }).first().click();
  const dialog = ana.page.getByRole("dialog", { name: "Create a room" });
  await dialog.getByLabel("Name", { exact: true }).fill("launch");
  await dialog.getByLabel("Topic").fill("Release on Friday");
  await dialog.getByLabel(/Only people who are added/).check();
  await dialog.getByLabel("ben", { exact: false }).first().check();
  await dialog.getByRole("button", { name: "Create", exact: true }).click();
  await ana.page.getByRole("textbox", { name: /^Message #?launch/ }).waitFor();
  await say(ana.page, "only for us");
  await expect(async () => (await lab.told("ben", "#launch")).some((line) => line.text === "only for us"), "ben reads #launch");
  await lab.terminal("ben", "send", "@ana", "a word in private");
  await openRoom(ana.page, /ben/);
  await seen(ana.page, "a word in private");
});

test("what came while away is unread, and there once", async () => {
  await ana.context.close();
  for (let n = 1; n <= 20; n++) await lab.terminal("ben", "send", "#general", `while you were away ${n}`);
  ana = await lab.browser("ana");
  await ana.page.goto(`${lab.url}/#/inbox`);
  await arrived(ana.page);
  await ana.page.getByRole("heading", { name: "Inbox" }).waitFor();
  await expect(async () => /20/.test(await rail(ana.page).innerText()), "the list counts twenty");
  await openRoom(ana.page, /general/);
  await seen(ana.page, "while you were away 20");
});

test("a reload in the middle of sending loses and doubles nothing", async () => {
  for (let n = 1; n <= 5; n++) await say(ana.page, `before the reload ${n}`);
  await ana.page.reload();
  await arrived(ana.page);
  await expect(async () => {
    const got = (await lab.told("ben", "#general")).filter((line) => line.text.startsWith("before the reload"));
    return got.length >= 5 && got.map((line) => line.text.slice(-1)).join("") === "12345";
  }, "five messages, each once, in order");
});

test("a draft outlives a reload", async () => {
  await openRoom(ana.page, /general/);
  await composer(ana.page).fill("half a thou");
  // It is kept a third of a second after the last key, and nothing on the page says when.
  await ana.page.waitForTimeout(700);
  await ana.page.reload();
  await arrived(ana.page);
  await expect(async () => (await composer(ana.page).inputValue()) === "half a thou", "the draft is back");
  await composer(ana.page).fill("");
});

test("a second tab shares the engine and takes it over", async () => {
  const second = await ana.context.newPage();
  await second.goto(`${lab.url}/`);
  await arrived(second);
  await openRoom(second, /general/);
  await say(second, "from the second tab");
  await expect(async () => (await lab.told("ben", "#general")).some((line) => line.text === "from the second tab"), "it arrives");
  await ana.page.close();
  ana.page = second;
  await say(second, "after the first tab went");
  await expect(
    async () => (await lab.told("ben", "#general")).filter((line) => line.text === "after the first tab went").length === 1,
    "it arrives once",
  );
});

test("the server is killed while somebody writes: it waits, says so, and goes out", async () => {
  await lab.kill();
  await openRoom(ana.page, /general/);
  await say(ana.page, "written while the server was down");
  await ana.page.getByText(/Trying again|Trying to connect/).first().waitFor();
  await lab.start();
  await expect(
    async () => (await lab.told("ben", "#general")).filter((line) => line.text.includes("server was down")).length === 1,
    "it arrives once",
  );
});

test("a second device logs in and reads what follows", async () => {
  const other = await lab.browser("ana2");
  await logIn(other.page, lab.url, "ana");
  await lab.terminal("ben", "send", "#general", "for both devices");
  await openRoom(other.page, /general/);
  await seen(other.page, "for both devices");
  await openRoom(ana.page, /general/);
  await seen(ana.page, "for both devices");

  await ana.page.goto(`${lab.url}/#/settings/devices`);
  const remove = ana.page.getByRole("button", { name: /^Remove / }).first();
  await remove.click();
  await ana.page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await ana.page.getByText(/is removed/).first().waitFor();
  await other.page.getByText(/Not connected any more/).first().waitFor();
  await lab.terminal("ben", "send", "#general", "not for a device that is gone");
  await openRoom(ana.page, /general/);
  await seen(ana.page, "not for a device that is gone");
  assert.equal(await lines(other.page).filter({ hasText: "not for a device that is gone" }).count(), 0);
  assert.deepEqual(other.watched, { errors: [], outside: [], violations: [] });
});

test("the password is changed, and only the new one opens a device", async () => {
  const fresh = "plaza-organ-vivid-kettle";
  await ana.page.goto(`${lab.url}/#/settings/password`);
  await ana.page.getByLabel("Present password").fill(PASSWORD);
  await ana.page.getByLabel("New password", { exact: true }).fill(fresh);
  await ana.page.getByRole("button", { name: "Change password" }).click();
  await ana.page.getByText("Your password is changed").first().waitFor();
  await assert.rejects(lab.login("ana", "ana-old", PASSWORD), /wrong user name or password/);
  await lab.login("ana", "ana-new", fresh);
});

test("no page failed, ran into the policy, or asked anybody else for anything", () => {
  assert.deepEqual(ana.watched, { errors: [], outside: [], violations: [] });
});
