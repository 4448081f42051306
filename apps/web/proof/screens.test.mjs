// Every screen, in both themes and at two widths: axe finds nothing. With SECURECHAT_SHOTS=folder each is kept as a picture.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Lab } from "./lab.mjs";
import { look } from "./look.mjs";
import { arrived, invite, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
const test = story(() => [ana.page]);
let ana;

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
});
after(() => lab.close());

test("before anybody is in", async () => {
  await ana.page.goto(lab.url);
  await ana.page.getByRole("heading").first().waitFor();
  await look(ana.page, "door-waiting-for-owner");
  await ana.page.goto(lab.ownerLink);
  await ana.page.getByLabel("Username", { exact: true }).waitFor();
  await ana.page.getByLabel("Password", { exact: true }).fill("kettle-vivid");
  await look(ana.page, "door-owner");
});

test("the recovery key", async () => {
  await ana.page.getByLabel("Username", { exact: true }).fill("ana");
  await ana.page.getByLabel("Password", { exact: true }).fill("kettle-vivid-organ-plaza");
  await ana.page.getByRole("button", { name: "Become the owner" }).click();
  await ana.page.getByRole("heading", { name: "Your recovery key" }).waitFor();
  await look(ana.page, "recovery-key");
  await ana.page.getByLabel("I stored it").check();
  await ana.page.getByRole("button", { name: "Continue" }).click();
  await arrived(ana.page);
});

test("the door for those who come later", async () => {
  await ana.page.goto(`${lab.url}/#/dashboard`);
  await arrived(ana.page);
  const link = await invite(ana.page);
  const ben = await lab.browser("ben");
  await ben.page.goto(lab.url);
  await ben.page.getByLabel("Username", { exact: true }).waitFor();
  await look(ben.page, "door-log-in");
  await ben.page.getByRole("button", { name: "Forgot your password?" }).click();
  await ben.page.getByLabel("Recovery key", { exact: true }).fill("not a key");
  await ben.page.getByRole("button", { name: "Set the password and log in" }).click();
  await ben.page.getByText("14 groups of 4").waitFor();
  await look(ben.page, "door-recover");
  await ben.page.goto(link.replace("#", "#reset-"));
  await ben.page.getByRole("heading", { name: "Begin your account anew" }).waitFor();
  await look(ben.page, "door-anew");
  await ben.page.goto("about:blank");
  await ben.page.goto(lab.url);
  await ben.page.getByLabel("Username", { exact: true }).waitFor();
  await ben.page.getByRole("button", { name: "Link this browser with another device" }).click();
  await ben.page.getByRole("img", { name: "QR code of the link for your other device" }).waitFor();
  await look(ben.page, "door-link");
  await ben.page.goto("about:blank");
  await ben.page.goto(link);
  await ben.page.getByRole("button", { name: "Join", exact: true }).waitFor();
  await look(ben.page, "door-join");
  await signUp(ben.page, link, "ben");
  await openRoom(ben.page, /general/);
  for (const text of [
    "Build is green. Plan for today:\n\n- [ ] cut the **release** branch\n- [ ] `securechat admin backup x`\n- [ ] tell @ana",
    "```bash\ncargo xtask test\ncargo xtask build --release\n```",
    "> who owns the rollback?\n\nme, see https://example.org/runbook",
    "A longer line that wraps on every screen, because somebody explains at length what happened during the night and why it will not happen again.",
  ]) await say(ben.page, text);
});

test("a room, with its details", async () => {
  await openRoom(ana.page, /general/);
  await seen(ana.page, "cut the release branch");
  await say(ana.page, "on it, thanks **Ben**!");
  await look(ana.page, "room");
  await ana.page.getByRole("button", { name: /details/i }).first().click();
  await ana.page.waitForTimeout(300);
  await look(ana.page, "room-details");
  await ana.page.keyboard.press("Escape");
});

for (const place of ["inbox", "dashboard", "search/release", "settings/profile", "settings/password", "settings/devices", "settings/recovery", "settings/notifications", "settings/appearance", "settings/about"]) {
  test(`the screen ${place}`, async () => {
    await ana.page.goto(`${lab.url}/#/${place}`);
    await ana.page.getByRole("heading", { level: 1 }).first().waitFor();
    await ana.page.waitForTimeout(400);
    await look(ana.page, place.replace("/", "-"));
  });
}

test("a new recovery key", async () => {
  await ana.page.goto(`${lab.url}/#/settings/recovery`);
  await ana.page.getByRole("button", { name: "Make a new recovery key" }).click();
  await ana.page.getByRole("button", { name: "Use the new key" }).waitFor();
  await look(ana.page, "settings-recovery-new");
});

test("what lies over the screens: palette, keys, create, invite", async () => {
  await ana.page.goto(`${lab.url}/#/dashboard`);
  for (const [name, keys] of [["palette", "Control+k"], ["keys", "Control+/"]]) {
    await ana.page.keyboard.press(keys);
    await ana.page.getByRole("dialog").waitFor();
    await look(ana.page, name);
    await ana.page.keyboard.press("Escape");
  }
  for (const [name, button] of [["create-room", "Create a room"], ["invite", "Invite people"]]) {
    await ana.page.getByRole("button", { name: button }).first().click();
    await ana.page.getByRole("dialog", { name: button }).waitFor();
    await look(ana.page, name);
    await ana.page.keyboard.press("Escape");
  }
});

test("nothing failed meanwhile", () => {
  assert.deepEqual(ana.watched, { errors: [], outside: [], violations: [] });
});
