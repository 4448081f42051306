// A browser is linked from a terminal and reads what was said before; a terminal is linked from a browser; both are revoked.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { arrived, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let browser;
const test = story(() => (browser ? [browser.page] : []));

before(async () => {
  lab = await Lab.open();
  await lab.register("ana", lab.ownerLink);
  await lab.terminal("ana", "send", "#general", "said last month");
});
after(() => lab.close());

const devices = async () => (await lab.terminal("ana", "devices", "--json")).trim().split("\n").map((line) => JSON.parse(line));

/** The words that a sentence of the terminal leads to. */
const words = (text, lead) => text.split(lead)[1]?.trim().split(/\s+/).slice(0, 4).join(" ");

test("a browser is linked from a terminal and reads what was said before", async () => {
  browser = await lab.browser("ana");
  const { page } = browser;
  await page.goto(lab.url);
  await page.getByRole("button", { name: "Link this browser with another device" }).click();
  await page.getByRole("heading", { name: "Link this browser" }).waitFor();
  await page.getByRole("img", { name: "QR code of the link for your other device" }).waitFor();
  const code = (await page.getByLabel("Code", { exact: true }).innerText()).trim();
  assert.match(code, /^([0-9a-z]{4}-){6}[0-9a-z]{2}$/);
  const said = await lab.asked("ana", "y\n", "devices", "link", code);
  assert.match(said, /It will read everything you can read/);
  assert.match(said, /Linked /);
  await arrived(page);
  await openRoom(page, /general/);
  await seen(page, "said last month");
  await say(page, "from the linked browser");
  await expect(async () => (await lab.told("ana", "#general")).some((line) => line.text === "from the linked browser"), "it arrives");
});

test("a browser that was revoked reads nothing of what follows", async () => {
  const linked = (await devices()).find((device) => !device.current);
  assert.equal(linked.unanswered, false);
  await lab.terminal("ana", "devices", "--revoke", linked.id);
  await lab.terminal("ana", "send", "#general", "after the browser");
  await browser.page.getByText(/revoked/).first().waitFor();
  assert.equal(await browser.page.getByText("after the browser").count(), 0);
});

test("a terminal is linked from a browser", async () => {
  const invite = (await lab.terminal("ana", "invite", "--json")).trim();
  browser = await lab.browser("ben");
  const { page } = browser;
  await signUp(page, JSON.parse(invite).link, "ben");
  await openRoom(page, /general/);
  await say(page, "ben was here before");
  const terminal = lab.begin("ben", "link", lab.url, "--device", "ben's terminal");
  const [, code] = await terminal.lines(2);
  await page.goto(`${lab.url}/#/settings/devices`);
  await page.getByLabel("Code or link of the new device").fill(code);
  await page.getByRole("button", { name: "Link a new device" }).click();
  const dialog = page.getByRole("dialog", { name: /Link “ben's terminal”/ });
  await dialog.getByText("It will read everything you can read.").waitFor();
  const shown = await expect(async () => words(terminal.said(), "the same words: "), "the terminal shows words");
  await dialog.getByText(shown, { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Link it" }).click();
  await page.getByText("is linked.").first().waitFor();
  assert.equal(await terminal.ended(), 0, terminal.said());
  await expect(async () => (await lab.told("ben", "#general")).some((line) => line.text === "ben was here before"), "history");
});

test("a device that appears is asked about until there is an answer", async () => {
  const { page } = browser;
  await lab.login("ben", "stranger");
  const asked = page.getByRole("alert").filter({ hasText: "A new device of yours" });
  await asked.waitFor();
  await page.reload();
  await asked.waitFor();
  await asked.getByRole("button", { name: "Not me: remove it" }).click();
  await asked.waitFor({ state: "detached" });
  await assert.rejects(lab.terminal("stranger", "rooms"));
});

test("nothing failed meanwhile", () => {
  assert.deepEqual(browser.watched.violations, []);
});
