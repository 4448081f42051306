// A browser that is killed (SIGKILL) right after something was said: when it is opened again, all of it goes out, once, in
// order, and can be read by the others. SECURECHAT_PROOF_KILLS says how often; a proof run wants more than a quick look.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, before } from "node:test";
import { Lab, until } from "./lab.mjs";
import { arrived, invite, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

const KILLS = Number(process.env.SECURECHAT_PROOF_KILLS ?? 3);
let lab;
let ana;
const test = story(() => [ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
});
after(() => lab.close());

/** The browser's first process: the one with our profile's folder that no other process of that browser began. */
async function browserProcess(profile) {
  for (const id of await readdir("/proc")) {
    if (!/^\d+$/.test(id)) continue;
    const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    const words = line.split("\0");
    if (words.some((word) => word === `--user-data-dir=${profile}`) && !words.some((word) => word.startsWith("--type="))) {
      return Number(id);
    }
  }
  throw new Error("the browser has no process");
}

async function killed() {
  const gone = new Promise((resolve) => ana.context.once("close", resolve));
  process.kill(await browserProcess(`${lab.dir}/browser-ana/profile`), "SIGKILL");
  await gone;
}

test("what was said before the browser was killed is said once, in order, when it is opened again", async () => {
  const said = [];
  for (let kill = 0; kill < KILLS; kill++) {
    for (let line = 0; line <= kill % 4; line++) {
      const text = `kill ${kill} line ${line}`;
      await say(ana.page, text);
      said.push(text);
    }
    await killed();
    ana = await lab.browser("ana");
    await ana.page.goto(lab.url);
    await arrived(ana.page);
    await openRoom(ana.page, /general/);
    const after = `after kill ${kill}`;
    await say(ana.page, after);
    said.push(after);
    await seen(ana.page, after);
    const told = await until(`ben reads ${after}`, async () => {
      const lines = (await lab.told("ben", "#general")).map((line) => line.text);
      return lines.includes(after) && lines;
    });
    assert.deepEqual(told, said, "all of it, once, in order");
  }
});
