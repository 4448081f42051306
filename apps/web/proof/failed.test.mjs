// A message that cannot go out any more says so, and can be tried again, taken back into the field or dropped:
// nothing typed is lost.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, lines, openRoom, rail, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await lab.terminal("ben", "room", "create", "cellar", "--private", "@ana");
  await rail(ana.page).getByRole("link", { name: /cellar/ }).waitFor();
});
after(() => lab.close());

/** Ana, who is in the room, writes while she is offline, and is removed before it can leave. */
async function saidTooLate(text) {
  await ana.context.setOffline(true);
  await lab.kill();
  await say(ana.page, text);
  await lab.start();
  await lab.terminal("ben", "room", "remove", "#cellar", "@ana");
  await ana.context.setOffline(false);
  await seen(ana.page, text);
  await lines(ana.page).filter({ hasText: text }).getByText(/Not sent/).waitFor();
  assert.equal(await heard(text), 0);
}

/** How often ben has a line. */
const heard = async (text) => (await lab.told("ben", "#cellar")).filter((line) => line.text === text).length;

test("somebody is removed while writing offline: the text stays, with a reason", async () => {
  await openRoom(ana.page, /cellar/);
  await say(ana.page, "said in time");
  await expect(async () => (await heard("said in time")) === 1, "ben has it");
  await saidTooLate("said too late");
});

test("tried again while the cause stands, it says why and stays", async () => {
  const line = lines(ana.page).filter({ hasText: "said too late" });
  await line.getByRole("button", { name: "Retry", exact: true }).click();
  await ana.page.getByRole("alert").first().waitFor();
  await line.getByText(/Not sent/).waitFor();
});

test("let in again, it goes out with Retry: once, and nothing is left to do", async () => {
  await lab.terminal("ben", "room", "add", "#cellar", "@ana");
  await ana.page.getByRole("textbox", { name: /^Message #?cellar/ }).waitFor();
  const line = lines(ana.page).filter({ hasText: "said too late" });
  await line.getByRole("button", { name: "Retry", exact: true }).click();
  await expect(async () => (await line.getByText(/Not sent/).count()) === 0, "it has left");
  await expect(async () => (await heard("said too late")) === 1, "ben has it");
  await say(ana.page, "and this after it");
  await expect(async () => (await heard("and this after it")) === 1, "the next one arrives");
  assert.equal(await heard("said too late"), 1);
  assert.equal(await line.count(), 1);
});

test("one that is not wanted any more can be deleted", async () => {
  await saidTooLate("never mind");
  await lines(ana.page).filter({ hasText: "never mind" }).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(async () => (await lines(ana.page).filter({ hasText: "never mind" }).count()) === 0, "it is gone");
});
