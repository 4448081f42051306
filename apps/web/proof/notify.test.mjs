// What tells of news while somebody looks elsewhere: the count in the title, the dot in the icon, a notification of the
// browser, and nothing of it where the room is muted or nobody is to be disturbed.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, openRoom, rail, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await ana.context.grantPermissions(["notifications"], { origin: lab.url });
  // The browser's own notifications go on; each is noted, and nobody is looking while `away`.
  await ana.context.addInitScript(() => {
    window.noted = [];
    window.Notification = class extends Notification {
      constructor(title, options) {
        super(title, options);
        window.noted.push({ title, body: options?.body ?? "" });
      }
    };
    document.hasFocus = () => !window.away;
  });
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
});
after(() => lab.close());

const away = (is) =>
  ana.page.evaluate((is) => {
    window.away = is;
    dispatchEvent(new Event(is ? "blur" : "focus"));
  }, is);
const noted = () => ana.page.evaluate(() => window.noted);

test("it is asked for in the settings, and a message brings one", async () => {
  await ana.page.goto(`${lab.url}/#/settings/notifications`);
  await ana.page.getByRole("switch", { name: /Desktop notifications/ }).or(ana.page.getByLabel(/^Desktop notifications/)).first().check();
  await openRoom(ana.page, /general/);
  await away(true);
  await lab.terminal("ben", "send", "#general", "lunch?");
  const [one] = await expect(async () => (await noted()).length > 0 && noted(), "a notification");
  assert.match(one.title, /ben/);
  assert.match(one.body, /lunch/);
  assert.match(await ana.page.title(), /^\(1\) /);
  const icon = await ana.page.evaluate(() => document.querySelector('link[rel~="icon"]')?.href ?? "");
  assert.match(icon, /^data:image\/png/);
});

test("who looks again has read it, and title and icon say so", async () => {
  await away(false);
  await expect(async () => (await ana.page.title()) === "SecureChat", "the title has no count");
});

/** Sends a line that names her, and waits until the page has counted that: whether to notify is decided before. */
async function named(room, count) {
  await lab.terminal("ben", "send", room, `dessert ${count}, @ana?`);
  await expect(
    async () => new RegExp(`${count} mentions? of you`).test(await rail(ana.page).innerText()),
    `${count} lines name her`,
  );
}

test("do not disturb stays silent and goes on counting", async () => {
  await away(true);
  const before = (await noted()).length;
  await ana.page.goto(`${lab.url}/#/settings/notifications`);
  const quiet = ana.page.getByRole("switch", { name: /Do not disturb/ }).or(ana.page.getByLabel(/^Do not disturb/)).first();
  await quiet.check();
  await named("#general", 1);
  assert.equal((await noted()).length, before);
  assert.match(await ana.page.title(), /^\(1\) /);
  await quiet.uncheck();
  await named("#general", 2);
  await expect(async () => (await noted()).length === before + 1, "without it there is one again");
});

test("a muted room stays silent and is not counted in the title", async () => {
  const before = (await noted()).length;
  await openRoom(ana.page, /general/);
  await ana.page.getByRole("button", { name: /^Room details/ }).click();
  await ana.page.getByLabel("Tell me about").selectOption({ label: "nothing (muted)" });
  await ana.page.goto(`${lab.url}/#/dashboard`);
  await expect(async () => (await ana.page.title()) === "SecureChat", "nothing is counted");
  await lab.terminal("ben", "send", "#general", "still there, @ana?");
  await lab.terminal("ben", "send", "@ana", "hello?");
  await expect(async () => (await noted()).length === before + 1, "the other room is heard");
  assert.match((await noted()).at(-1).body, /hello/);
});
