// A page that slept: what was typed and what waited is there, and the connection is made when it wakes, not when its wait ends.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { composer, invite, lines, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
let cdp;
const test = story(() => [ana.page]);
const bens = async (text) => (await lab.told("ben", "#general")).filter((line) => line.text === text).length;

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
  cdp = await ana.context.newCDPSession(ana.page);
});
after(() => lab.close());

/** Waits until the page says that it will try again only after so many seconds; gives when that is. */
async function longWait(seconds) {
  const bar = ana.page.getByText(/Trying again in \d+ second/).first();
  return expect(async () => {
    const left = Number((await bar.innerText()).match(/in (\d+) second/)[1]);
    return left >= seconds && Date.now() + (left - 1) * 1000;
  }, `a wait of ${seconds} s`);
}

test("frozen with a draft and a message that waits, while the server goes away and comes back", async () => {
  await lab.kill();
  await say(ana.page, "queued before the sleep");
  await composer(ana.page).fill("half a sentence");
  await longWait(8);
  await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
  await lab.start();
  await lab.terminal("ben", "send", "#general", "while you slept");
  await cdp.send("Page.setWebLifecycleState", { state: "active" });
  await seen(ana.page, "while you slept");
  assert.equal(await composer(ana.page).inputValue(), "half a sentence");
  await expect(async () => (await bens("queued before the sleep")) === 1, "it goes out, once");
});

test("awake, the connection does not wait for its time", async () => {
  await lab.kill();
  await say(ana.page, "queued again");
  const until = await longWait(10);
  await lab.start();
  // The network goes and comes back, as after a lid was opened.
  await ana.context.setOffline(true);
  await ana.context.setOffline(false);
  await expect(async () => (await lines(ana.page).filter({ hasText: "queued again" }).getByText(/waits/).count()) === 0, "it leaves");
  await expect(async () => (await ana.page.getByText(/Trying/).count()) === 0, "it is connected");
  assert.ok(Date.now() < until, "before the time that was announced");
  await expect(async () => (await bens("queued again")) === 1, "it goes out, once");
});

test("a connection that only looks alive is found out soon after waking", async () => {
  lab.server.kill("SIGSTOP");
  try {
    await say(ana.page, "into the silence");
    await composer(ana.page).fill("half a sentence");
    // The usual silence is 50 s; whoever wakes has no patience for that.
    await expect(
      async () => {
        await ana.page.evaluate(() => dispatchEvent(new Event("online")));
        return ana.page.getByText(/silent|Trying|Connecting…/).first().isVisible();
      },
      "the silence is noticed",
      30_000,
    );
  } finally {
    lab.server.kill("SIGCONT");
  }
  await expect(async () => (await bens("into the silence")) === 1, "it arrives, once");
  await ana.page.reload();
  await expect(async () => (await composer(ana.page).inputValue()) === "half a sentence", "what was typed outlives a reload");
});
