// A password is forgotten, a recovery key is replaced, everything is lost: each way back in the page, until old messages are read.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Lab, PASSWORD } from "./lab.mjs";
import { arrived, invite, logIn, openRoom, say, seen, shownKey, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

const NEW_PASSWORD = "lantern-otter-gravel-mint";

let lab, ana, ben, key;
const test = story(() => [ana.page, ben.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  ben = await lab.browser("ben");
});
after(() => lab.close());

/** Fills the form that a recovery key opens. */
async function recover(page, typed, password) {
  await page.goto(lab.url);
  await page.getByRole("button", { name: "Forgot your password?" }).click();
  await page.getByLabel("Username", { exact: true }).fill("ben");
  await page.getByLabel("Recovery key", { exact: true }).fill(typed);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Set the password and log in" }).click();
}

test("a forgotten password is replaced by recovery key, and old messages are there", async () => {
  await signUp(ana.page, lab.ownerLink, "ana");
  key = await signUp(ben.page, await invite(ana.page), "ben");
  await openRoom(ben.page, /general/);
  await say(ben.page, "before I forgot");
  const phone = await lab.browser("phone");
  // A typing error is found before anything is sent.
  await recover(phone.page, key.replace(/[0-9a-z]/, (first) => (first === "7" ? "8" : "7")), NEW_PASSWORD);
  await phone.page.getByText(/typing error/i).waitFor();
  await recover(phone.page, key.toUpperCase().replaceAll("-", " "), NEW_PASSWORD);
  await arrived(phone.page);
  await openRoom(phone.page, /general/);
  await seen(phone.page, "before I forgot");
  const tablet = await lab.browser("tablet");
  await tablet.page.goto(lab.url);
  await tablet.page.getByLabel("Username", { exact: true }).fill("ben");
  await tablet.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await tablet.page.getByRole("button", { name: "Log in", exact: true }).click();
  await tablet.page.getByText(/wrong user name or password/i).waitFor();
  await logIn(tablet.page, lab.url, "ben", NEW_PASSWORD);
});

test("a new recovery key is used only once it was stored", async () => {
  await ben.page.goto(`${lab.url}/#/settings/recovery`);
  await ben.page.getByRole("button", { name: "Make a new recovery key" }).click();
  const field = ben.page.getByLabel(/^Group \d+ of 14$/);
  await field.waitFor();
  const fresh = await shownKey(ben.page);
  await field.fill("nope");
  await ben.page.getByRole("button", { name: "Use the new key" }).click();
  await ben.page.getByText("That is not what the key has there.").waitFor();
  const label = await ben.page.locator("label", { hasText: /^Group \d+ of 14$/ }).innerText();
  await field.fill(fresh.split("-")[Number(label.match(/\d+/)[0]) - 1]);
  await ben.page.getByRole("button", { name: "Use the new key" }).click();
  await ben.page.getByText("Your new recovery key works.").waitFor();
  const late = await lab.browser("late");
  await recover(late.page, key, "another-otter-gravel-mint");
  await late.page.getByText(/do not belong together/).waitFor();
});

test("who lost everything begins anew by a link, after being told what it does", async () => {
  await ana.page.goto(`${lab.url}/#/dashboard`);
  await ana.page.getByRole("button", { name: "Make a reset link for ben" }).click();
  await ana.page.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
  const shown = ana.page.getByLabel("Reset link for ben", { exact: true });
  await shown.waitFor();
  const link = (await shown.evaluate((e) => e.value ?? e.textContent)).trim();
  assert.match(link, /#reset-/);
  const anew = await lab.browser("anew");
  await anew.page.goto(link);
  await anew.page.getByText("All your old devices stop working at once.").waitFor();
  await anew.page.getByLabel("Type your username to begin anew", { exact: true }).fill("ben");
  await anew.page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await anew.page.getByRole("button", { name: "Begin anew" }).click();
  await anew.page.getByRole("heading", { name: "Your recovery key" }).waitFor();
  await anew.page.getByLabel("I stored it").check();
  await anew.page.getByRole("button", { name: "Continue" }).click();
  await arrived(anew.page);
  await openRoom(anew.page, /general/);
  await seen(anew.page, "before I forgot");
});
