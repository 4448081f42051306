// Who decides in a room, and what newcomers may read: somebody is made an admin and can then add people; the history is
// tightened for good; both are told in the room.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, lines, openRoom, rail, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
let ben;
const test = story(() => [ana.page, ben?.page].filter(Boolean));
const panel = (of) => of.page.getByRole("complementary", { name: /^Details of/ });

/** A picture for somebody who wants to look. */
async function picture(page, name) {
  const folder = process.env.SECURECHAT_SHOTS;
  if (folder) await page.screenshot({ path: join(folder, `roles-${name}.png`) });
}

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("eva", await invite(ana.page));
  ben = await lab.browser("ben");
  await signUp(ben.page, await invite(ana.page), "ben");
  await lab.terminal("eva", "send", "#general", "I am here");
});
after(() => lab.close());

test("who is no admin of a private room is offered nothing that only admins do", async () => {
  await expect(async () => (await lab.terminal("eva", "people")).includes("ben"), "eva knows ben");
  await lab.terminal("eva", "room", "create", "launch", "--private", "@ana", "@ben");
  for (const one of [ana, ben]) {
    await rail(one.page).getByRole("link", { name: /launch/ }).first().waitFor();
    await openRoom(one.page, /launch/);
    await one.page.getByRole("button", { name: /^Room details/ }).click();
    await panel(one).getByText("Members · 3").waitFor();
    await panel(one).getByText("room admin").waitFor();
    await panel(one).getByText("Newcomers can read everything said here.").waitFor();
    assert.equal(await panel(one).getByRole("button", { name: /^(Add people|Remove |Make |Let newcomers)/ }).count(), 0);
  }
  await picture(ben.page, "member");
});

test("an admin makes another one, and it is told in the room", async () => {
  await lab.terminal("eva", "room", "admin", "#launch", "@ana");
  await panel(ana).getByRole("button", { name: "Make ben an admin of this room" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Make ben an admin?" });
  await picture(ana.page, "make");
  await dialog.getByRole("button", { name: "Make room admin" }).click();
  await panel(ana).getByRole("button", { name: "Take admin away from ben" }).waitFor();
  for (const one of [ana, ben]) {
    await lines(one.page).filter({ hasText: "@ana made @ben an admin of this room" }).waitFor();
  }
  await picture(ana.page, "admin");
});

test("the new admin can add people", async () => {
  await lab.register("joe", await invite(ana.page));
  await panel(ben).getByRole("button", { name: "Add people" }).click();
  await ben.page.getByLabel("joe", { exact: false }).last().check();
  await ben.page.getByRole("button", { name: /^Add 1 person/ }).click();
  await panel(ben).getByText("Members · 4").waitFor();
  await expect(async () => (await lab.terminal("joe", "rooms")).includes("#launch"), "joe is in #launch");
});

test("the history is tightened for good, after a question", async () => {
  await panel(ben).getByRole("button", { name: "Let newcomers read less…" }).click();
  const dialog = ben.page.getByRole("dialog", { name: /^Who may read what in/ });
  await dialog.getByText(/This cannot be undone/).waitFor();
  await dialog.getByLabel("Newcomers read from the day they join.").check();
  await picture(ben.page, "tighten");
  await dialog.getByRole("button", { name: "Change it for good" }).click();
  for (const one of [ana, ben]) {
    await panel(one).getByText("Newcomers read from the day they join.").waitFor();
    await lines(one.page).filter({ hasText: "from here on newcomers read only from the day they join" }).waitFor();
  }
  await panel(ana).getByRole("button", { name: "Let newcomers read less…" }).click();
  const second = ana.page.getByRole("dialog", { name: /^Who may read what in/ });
  assert.equal(await second.getByRole("radio").count(), 1, "there is no way back");
  await second.getByRole("button", { name: "Change it for good" }).click();
  await panel(ben).getByText("Nothing is kept for later reading; only who is here reads it.").waitFor();
  assert.equal(await panel(ben).getByRole("button", { name: "Let newcomers read less…" }).count(), 0);
});

test("being an admin is taken away, and a room keeps its last one", async () => {
  for (const name of ["eva", "ben"]) {
    await panel(ana).getByRole("button", { name: `Take admin away from ${name}` }).click();
    await ana.page.getByRole("dialog").getByRole("button", { name: "Take admin away" }).click();
    await panel(ana).getByRole("button", { name: `Make ${name} an admin of this room` }).waitFor();
  }
  await expect(async () => (await panel(ben).getByRole("button", { name: "Add people" }).count()) === 0, "ben adds nobody");
  await panel(ana).getByRole("button", { name: "Take admin away from ana" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Take admin away from ana?" });
  await dialog.getByRole("button", { name: "Take admin away" }).click();
  await dialog.getByText(/would have no admin left/).waitFor();
  await picture(ana.page, "last");
  await dialog.getByRole("button", { name: "Cancel" }).click();
});

test("on a phone the panel has it all", async () => {
  await ana.page.setViewportSize({ width: 390, height: 844 });
  await expect(async () => {
    if ((await panel(ana).count()) > 0) return true;
    await ana.page.getByRole("button", { name: /^Room details/ }).click();
    return false;
  }, "the panel on a phone");
  await panel(ana).getByRole("button", { name: "Make ben an admin of this room" }).waitFor();
  await picture(ana.page, "phone");
});

test("nothing failed meanwhile", () => {
  for (const { watched } of [ana, ben]) assert.deepEqual(watched, { errors: [], outside: [], violations: [] });
});
