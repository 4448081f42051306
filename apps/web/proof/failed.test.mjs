// A message that cannot go out any more says so, and can be taken back into the field or dropped: nothing typed is lost.
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

test("somebody is removed while writing offline: the text stays, with a reason", async () => {
  await openRoom(ana.page, /cellar/);
  await say(ana.page, "said in time");
  await expect(async () => (await lab.told("ben", "#cellar")).length === 1, "ben has it");
  await ana.context.setOffline(true);
  await lab.kill();
  await say(ana.page, "said too late");
  await lab.start();
  await lab.terminal("ben", "room", "remove", "#cellar", "@ana");
  await ana.context.setOffline(false);
  await seen(ana.page, "said too late");
  await ana.page.getByText(/Not sent/).first().waitFor();
  assert.ok(!(await lab.told("ben", "#cellar")).some((line) => line.text === "said too late"));
});

test("it can be deleted", async () => {
  await ana.page.getByRole("button", { name: "Delete", exact: true }).first().click();
  await expect(async () => (await lines(ana.page).filter({ hasText: "said too late" }).count()) === 0, "it is gone");
});
