// Over the limit is late, never lost: the page says how long, and everything arrives once and in order.
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, openRoom, say, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);

before(async () => {
  // The usual sixty at once are more than a page on a busy machine writes before the first of them is sent.
  lab = await Lab.open("[rates]\ndevice = { burst = 8, per_second = 2 }\n");
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
});
after(() => lab.close());

test("twenty messages against a limit of two a second", async () => {
  await openRoom(ana.page, /general/);
  const texts = Array.from({ length: 20 }, (_, n) => `flood ${n}`);
  const waits = ana.page.getByText(/goes out by itself/).first().waitFor();
  for (const text of texts) await say(ana.page, text);
  await waits;
  await expect(
    async () => {
      const got = (await lab.told("ben", "#general")).map((line) => line.text).filter((text) => text.startsWith("flood "));
      return got.length === 20 && got.join() === texts.join();
    },
    "all of it, in order, none twice",
  );
});

test("nothing waits any more, and the page says nothing of it", async () => {
  await expect(async () => (await ana.page.getByText(/goes out by itself/).count()) === 0, "the wait is over");
});
