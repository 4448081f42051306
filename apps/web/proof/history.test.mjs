// What was said before one came: read back by a new person as soon as somebody can hand the key, and by a person's further
// browser with nobody else there.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { lines, logIn, openRoom, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

const SAID = 1_200;
let lab;
let ben;
let phone;
const test = story(() => [ben?.page, phone?.page].filter(Boolean));
const feed = (page) => page.getByRole("feed");

before(async () => {
  lab = await Lab.open("[rates]\ndevice = { burst = 5000, per_second = 2000 }\naccount = { burst = 5000, per_second = 2000 }\nroom = { burst = 5000, per_second = 2000 }\n");
  await lab.register("ana", lab.ownerLink);
  const all = Array.from({ length: SAID }, (_, n) => `line ${n} of last month`);
  await lab.pipe("ana", `${all.join("\n")}\n`, "send", "#general", "-");
});
after(() => lab.close());

/** Wheels up until the first line there is. */
async function toTheTop(page, first) {
  await feed(page).hover();
  await expect(async () => {
    await page.mouse.wheel(0, -4_000);
    return (await lines(page).filter({ hasText: first }).count()) > 0;
  }, `${first} came into sight`);
}

test("somebody new is told what they wait for, and reads as soon as one of the room is online", async () => {
  const { link } = JSON.parse(await lab.terminal("ana", "invite", "--json"));
  ben = await lab.browser("ben");
  await signUp(ben.page, link, "ben");
  await openRoom(ben.page, /general/);
  await ben.page.getByText("as soon as somebody else of this room is online").waitFor();
  await lab.terminal("ana", "inbox");
  await seen(ben.page, `line ${SAID - 1} of last month`);
});

test("scrolling leads back to the first words, page by page, and says that there the room begins", async () => {
  await toTheTop(ben.page, "line 0 of last month");
  await ben.page.getByText("This is where #general begins").waitFor();
  const first = lines(ben.page).filter({ hasText: "line 0 of last month" });
  assert.equal(await first.count(), 1);
});

test("a further browser reads all of it with nobody else online", async () => {
  await ben.context.close();
  phone = await lab.browser("ben's second");
  await logIn(phone.page, lab.url, "ben");
  await openRoom(phone.page, /general/);
  await seen(phone.page, `line ${SAID - 1} of last month`);
  await toTheTop(phone.page, "line 0 of last month");
  await phone.page.getByText("This is where #general begins").waitFor();
});
