// What a screen reader is told: lines of others once, own ones not, the loss of the connection and its return – and nothing
// again when the page draws itself anew.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, openRoom, rail, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
  await lab.terminal("ben", "send", "#general", "before anybody listened");
  // What came before is said and over.
  await ana.page.getByRole("log").getByText("before anybody listened").waitFor({ state: "attached" });
  await ana.page.evaluate(listenAsReaders);
});
after(() => lab.close());

/** In the page: notes what is added to a live region, as a reader would say it: all of an atomic one, else what is new. */
function listenAsReaders() {
  window.said = [];
  const ROLES = { log: "polite", status: "polite", alert: "assertive" };
  new MutationObserver((changes) => {
    const whole = new Set();
    for (const { target, addedNodes, type } of changes) {
      const element = target instanceof Element ? target : target.parentElement;
      const region = element?.closest('[aria-live], [role="log"], [role="status"], [role="alert"]');
      if (!region) continue;
      const live = region.getAttribute("aria-live") ?? ROLES[region.getAttribute("role")];
      if (region.getAttribute("role") === "log") {
        for (const node of addedNodes) if (node.textContent.trim()) window.said.push([live, node.textContent.trim()]);
      } else if (type === "characterData" || addedNodes.length > 0) whole.add(region);
    }
    for (const region of whole) {
      const text = region.textContent.trim();
      const live = region.getAttribute("aria-live") ?? ROLES[region.getAttribute("role")];
      if (text) window.said.push([live, text]);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

const said = () => ana.page.evaluate(() => window.said);
const told = async (text) => (await said()).filter(([, other]) => other.includes(text));

test("a line of somebody else is said politely, once", async () => {
  await lab.terminal("ben", "send", "#general", "soup is ready");
  await expect(async () => (await told("soup is ready")).length > 0, "it is said");
  assert.deepEqual(await told("soup is ready"), [["polite", "ben: soup is ready"]]);
  assert.equal((await told("before anybody listened")).length, 0);
});

test("the same words said again are said again", async () => {
  await lab.terminal("ben", "send", "#general", "soup is ready");
  await expect(async () => (await told("soup is ready")).length === 2, "it is said a second time");
});

test("own lines are not said", async () => {
  await say(ana.page, "I am coming");
  await seen(ana.page, "I am coming");
  // A line that comes after it has been said; so would this one have been.
  await lab.terminal("ben", "send", "#general", "bring bread");
  await expect(async () => (await told("bring bread")).length === 1, "the next one is said");
  assert.equal((await told("I am coming")).length, 0);
});

test("drawn anew, resized and scrolled, nothing is said again", async () => {
  const before = (await said()).length;
  await ana.page.setViewportSize({ width: 900, height: 500 });
  await ana.page.emulateMedia({ colorScheme: "dark" });
  await ana.page.setViewportSize({ width: 1280, height: 800 });
  await ana.page.getByRole("button", { name: /^Room details/ }).click();
  await ana.page.mouse.move(600, 300);
  await ana.page.mouse.wheel(0, -400);
  await ana.page.mouse.wheel(0, 400);
  await lab.terminal("ben", "send", "#general", "and butter");
  await expect(async () => (await told("and butter")).length === 1, "only what is new");
  assert.equal((await said()).length, before + 1, JSON.stringify((await said()).slice(before)));
});

test("many at once are said as one", async () => {
  await lab.pipe("ben", Array.from({ length: 12 }, (_, n) => `crumb ${n}`).join("\n") + "\n", "send", "#general", "-");
  await expect(async () => (await told("new messages in")).length > 0, "they are counted");
  assert.equal((await told("ben: crumb 11")).length, 0);
});

test("the loss of the connection is said once, and its return", async () => {
  await lab.kill();
  await expect(async () => (await told("The connection is lost")).length === 1, "the loss is said");
  // Attempts and their waiting are shown, and not said.
  await ana.page.getByText(/Trying again in [2-9]/).first().waitFor();
  await lab.start();
  await expect(async () => (await told("Connected again")).length === 1, "the return is said");
  assert.equal((await told("The connection is lost")).length, 1);
  assert.deepEqual((await told("Trying")).map(([, text]) => text), []);
  assert.ok(await rail(ana.page).isVisible());
});
