// What somebody reads moves only as they scroll: 2,400 lines of every height are wheeled through, and each frame is looked at
// after it was painted.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Lab, until } from "./lab.mjs";
import { invite, lines, openRoom, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

const COUNT = 2_400;
let lab;
let ana;
const test = story(() => [ana.page]);

/** Lines whose heights nobody guesses from their length: Markdown, wide and narrow letters, words that do not break. */
function text(n) {
  const words = ["ill", "WWW", "fjord", "quick brown fox", "über", "`code`", "**bold**", "https://example.org/a/long/path/that/goes/on"];
  let state = n * 2654435761;
  const next = (most) => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0), state % most);
  const some = (count) => Array.from({ length: count }, () => words[next(words.length)]).join(" ");
  const kinds = [
    () => some(3),
    () => some(4),
    () => "漢字仮名".repeat(5 + next(60)),
    () => "lil".repeat(20 + next(150)),
    () => some(10 + next(120)),
    () => `# ${some(6)}`,
    () => `> ${some(20)}`,
    () => `- ${some(9)}`,
    () => "👩‍👩‍👧‍👦".repeat(1 + next(40)),
    () => "W".repeat(10 + next(300)),
  ];
  return `${kinds[next(kinds.length)]()} n${n}`;
}

before(async () => {
  const rates = ["device", "account", "room", "address"].map((of) => `${of} = { burst = 200000, per_second = 100000 }`);
  lab = await Lab.open(`[rates]\n${rates.join("\n")}\n`);
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
  await lab.pipe("ben", Array.from({ length: COUNT }, (_, n) => text(n)).join("\n") + "\n", "send", "#general", "-");
  await until("the last line", () => lines(ana.page).filter({ hasText: `n${COUNT - 1}` }).count(), 300_000);
  await ana.page.evaluate(watchFrames);
});
after(() => lab.close());

/** In the page: notes, after each painted frame, where each line in sight stands. */
function watchFrames() {
  const scroller = document.querySelector('[role="feed"]').parentElement;
  const painted = new MessageChannel();
  const told = { frames: 0, worst: 0, moved: 0, against: [], apart: [], asked: 0, beyond: 0, seen: new Set() };
  window.told = told;
  let before = new Map();
  painted.port1.onmessage = () => {
    const box = scroller.getBoundingClientRect();
    const now = new Map();
    for (const line of scroller.querySelectorAll("[data-key]")) {
      const { top, bottom } = line.getBoundingClientRect();
      if (bottom > box.top && top < box.bottom) now.set(line.dataset.key, bottom);
    }
    const steps = [];
    for (const [key, at] of now) if (before.has(key)) steps.push([key, at - before.get(key)]);
    if (steps.length > 0) {
      told.frames++;
      const by = steps.map(([, step]) => step);
      const [least, most] = [Math.min(...by), Math.max(...by)];
      if (most - least > 1) told.apart.push(steps.map(([, step]) => Math.round(step)).join(" "));
      if (least < -1 && told.up) told.against.push(Math.round(least));
      told.moved += most;
      if (told.up) told.beyond = Math.max(told.beyond, told.moved - told.asked);
    }
    for (const key of now.keys()) told.seen.add(key);
    before = now;
  };
  const frame = () => {
    painted.port2.postMessage(0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Wheels by steps until a text is in sight, and gives what was seen meanwhile. */
async function wheel(delta, until, most) {
  await ana.page.evaluate((up) => Object.assign(window.told, { frames: 0, moved: 0, asked: 0, beyond: 0, against: [], apart: [], up }), delta < 0);
  const box = await ana.page.getByRole("feed").locator("..").boundingBox();
  await ana.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let n = 0; n < most; n++) {
    await ana.page.evaluate((delta) => (window.told.asked += Math.abs(delta)), delta);
    await ana.page.mouse.wheel(0, delta);
    if (n % 10 === 9 && (await until())) break;
  }
  return ana.page.evaluate(() => ({ ...window.told, seen: window.told.seen.size }));
}

const atTop = () => ana.page.getByText(/This is where .* begins/).isVisible();

test("up through all of it: no line moves but by the wheel", async () => {
  const told = await wheel(-240, atTop, 3_000);
  console.log(`# ${told.frames} frames, ${told.seen} lines seen, beyond ${told.beyond}, against ${told.against.length}, apart ${told.apart.length}`);
  if (process.env.DETAIL) console.log(told.against.slice(0, 20), told.apart.slice(0, 20));
  assert.ok(await atTop(), "the first line is reached");
  assert.ok(told.seen > 2_000, `${told.seen} lines were seen`);
  assert.deepEqual(told.against, [], "frames in which lines moved against the wheel");
  assert.deepEqual(told.apart, [], "frames in which lines moved apart");
  assert.ok(told.beyond <= 1, `lines moved ${told.beyond} px further than the wheel asked`);
});

test("down again, over what has been measured", async () => {
  const told = await wheel(240, async () => false, 60);
  assert.deepEqual(told.apart, [], "frames in which lines moved apart");
});
