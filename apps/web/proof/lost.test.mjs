// What cannot be mended is given up: a device that may be in other hands takes no key with it, and a room beyond repair goes
// on in a new one.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab, PASSWORD } from "./lab.mjs";
import { look } from "./look.mjs";
import { composer, invite, logIn, openRoom, say, seen, shownKey, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab, ana, tablet, old, fresh;
const test = story(() => [ana.page, tablet?.page].filter(Boolean));

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  old = await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await lab.login("ana", "phone");
  tablet = await lab.browser("tablet");
  await logIn(tablet.page, lab.url, "ana");
  const asked = ana.page.getByRole("alert").filter({ hasText: "A new device of yours" });
  for (const name of ["phone", "Chrome"]) {
    await asked.filter({ hasText: name }).getByRole("button", { name: "It was me" }).click();
    await asked.filter({ hasText: name }).waitFor({ state: "detached" });
  }
});
after(() => lab.close());

/** Types the group of a shown key that the page asks for; `wrong` types another. */
async function typeBack(page, key, wrong = false) {
  const field = page.getByLabel(/^Group \d+ of 14$/);
  const label = await page.locator("label", { hasText: /^Group \d+ of 14$/ }).innerText();
  await field.fill(wrong ? "nope" : key.split("-")[Number(label.match(/\d+/)[0]) - 1]);
}

/** The recovery key as the settings show it. */
async function keyInSettings(page) {
  await page.goto(`${lab.url}/#/settings/recovery`);
  await page.getByRole("button", { name: "Show my recovery key" }).click();
  await page.getByRole("button", { name: "Hide it" }).waitFor();
  return shownKey(page);
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.getAttribute("type"));

test("who removes a device is asked where it is", async () => {
  const { page } = ana;
  await page.goto(`${lab.url}/#/settings/devices`);
  await page.getByRole("button", { name: "Remove phone" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove “phone”?" });
  await dialog.getByLabel(/Lost, stolen, or in other hands/).check();
  await look(page, "lost-asked");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("heading", { name: "“phone” is lost" }).waitFor();
  assert.equal(await focused(page), "“phone” is lost");
  fresh = await shownKey(page);
  assert.match(fresh, /^([0-9a-z]{4}-){13}[0-9a-z]{4}$/);
  assert.notEqual(fresh, old);
});

test("a lost device ends only with a stored key and the password", async () => {
  const { page } = ana;
  const go = page.getByRole("button", { name: "Shut it out and replace my keys" });
  await go.click();
  await page.getByText("That is not what the key has there.").waitFor();
  await page.getByText("Type your password.", { exact: true }).waitFor();
  assert.match(await page.evaluate(() => document.activeElement.labels[0].textContent), /^Group \d+ of 14$/);
  await look(page, "lost-device");
  await typeBack(page, fresh, true);
  await page.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await go.click();
  await page.getByText("That is not what the key has there.").waitFor();
  await typeBack(page, fresh);
  await page.getByLabel("Your password", { exact: true }).fill("not the password at all");
  await go.click();
  await page.getByText("This is not your password.").waitFor();
  assert.match(await lab.terminal("phone", "rooms"), /#general/, "nothing has happened yet");
  await page.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await go.click();
  await page.getByText("“phone” is out.").first().waitFor();
  await page.getByRole("button", { name: /^Remove / }).first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Remove phone" }).count(), 0);
  await assert.rejects(lab.terminal("phone", "rooms"));
  assert.equal(await keyInSettings(page), fresh);
  const file = join(lab.dir, "old-key");
  await writeFile(file, old, { mode: 0o600 });
  const thief = ["recover", lab.pinnedUrl, "--username", "ana", "--recovery-key-file", file, "--password-file", join(lab.dir, "password-phone")];
  await assert.rejects(lab.terminal("thief", ...thief), /do not belong together/);
});

test("another browser says that keys were replaced, and the password leads out", async () => {
  const { page } = tablet;
  const told = page.getByRole("alert", { name: "Your keys were replaced on another of your devices." });
  await told.waitFor();
  await page.reload();
  await told.waitFor();
  await openRoom(page, /general/);
  await look(page, "keys-replaced");
  await say(page, "messages go on meanwhile");
  await expect(async () => (await lab.told("ben", "#general")).some((line) => line.text === "messages go on meanwhile"), "ben reads it");
  await told.getByRole("button", { name: "Type my password" }).click();
  const dialog = page.getByRole("dialog", { name: "Take up your new keys" });
  await dialog.getByLabel("Your password", { exact: true }).fill("not the password at all");
  await dialog.getByLabel("Your password", { exact: true }).press("Enter");
  await dialog.getByText("This is not your password.").waitFor();
  await look(page, "keys-taken-up");
  await dialog.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Take them up" }).click();
  await told.waitFor({ state: "detached" });
  assert.equal(await keyInSettings(page), fresh);
  await page.goto(`${lab.url}/#/settings/devices`);
  await page.getByText("(name unreadable)").waitFor({ state: "detached" });
});

test("a recovery key that was replaced elsewhere is told until somebody has looked", async () => {
  const { page } = ana;
  await page.goto(`${lab.url}/#/settings/recovery`);
  await page.getByRole("button", { name: "Make a new recovery key" }).click();
  await page.getByLabel(/^Group \d+ of 14$/).waitFor();
  await typeBack(page, await shownKey(page));
  await page.getByRole("button", { name: "Use the new key" }).click();
  await page.getByText("Your new recovery key works.").first().waitFor();
  const told = tablet.page.getByRole("alert", { name: "Your recovery key was replaced on another of your devices." });
  await told.waitFor();
  await look(tablet.page, "recovery-replaced");
  await told.getByRole("button", { name: "It was me" }).click();
  await told.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("alert", { name: /recovery key was replaced/ }).count(), 0, "who did it is told nothing");
});

const anew = (page) => page.getByRole("button", { name: "Make this room anew…" });
const details = (page) => page.getByRole("complementary", { name: /^Details of/ });

test("only an admin of a room is offered to make it anew", async () => {
  const { page } = ana;
  await expect(async () => (await lab.terminal("ben", "people")).includes("ana"), "ben knows ana");
  await lab.terminal("ben", "room", "create", "launch", "--private", "@ana");
  await lab.terminal("ben", "send", "#launch", "in the earlier one");
  await openRoom(page, /launch/);
  await seen(page, "in the earlier one");
  await page.getByRole("button", { name: /^Room details/ }).click();
  await details(page).getByText("Members · 2").waitFor();
  assert.equal(await anew(page).count(), 0);
  await lab.terminal("ben", "room", "admin", "#launch", "@ana");
  await anew(page).waitFor();
  await openRoom(page, /general/);
  await details(page).getByText("Everybody of the team is in this room").waitFor();
  assert.equal(await anew(page).count(), 0, "the team's room stays");
});

test("a room beyond repair goes on in a new one with the same people", async () => {
  const { page } = ana;
  await openRoom(page, /launch/);
  await look(page, "room-admin-details");
  await anew(page).click();
  const dialog = page.getByRole("dialog", { name: "Make #launch anew?" });
  await dialog.getByText("This room ends.").waitFor();
  await look(page, "room-anew");
  const earlier = page.url();
  await dialog.getByRole("button", { name: "Make it anew" }).click();
  await expect(async () => page.url() !== earlier, "it leads to the new room");
  await page.getByText("#launch goes on here, with the same people.").first().waitFor();
  await composer(page).waitFor();
  await say(page, "in the new one");
  await expect(async () => (await lab.told("ben", "#launch")).some((line) => line.text === "in the new one"), "ben is in it");
  await page.goto(earlier);
  await seen(page, "in the earlier one");
  await page.getByText(/^This room goes on in #launch/).waitFor();
  await look(page, "room-earlier");
  assert.equal(await composer(page).count(), 0);
  assert.equal(await anew(page).count(), 0, "once is enough");
  await page.getByRole("button", { name: "Go there" }).click();
  await seen(page, "in the new one");
});

test("nothing failed meanwhile", () => {
  for (const { watched } of [ana, tablet]) assert.deepEqual(watched, { errors: [], outside: [], violations: [] });
});
