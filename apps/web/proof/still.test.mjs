// What somebody reads moves only as they scroll: thousands of lines of every height are wheeled through, and each frame is
// looked at after it was painted.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Lab, until } from "./lab.mjs";
import { invite, lines, openRoom, say, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

const ROUNDS = 12;
const A_ROUND = 190;
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

/** Code, quotes and lists of several lines. */
function block(n) {
  const some = Array.from({ length: 1 + (n % 13) }, (_, at) => `part ${at} of ${n}`);
  if (n % 3 === 0) return `\`\`\`rust\n${some.join("\n")}\n\`\`\``;
  return some.map((text) => `${n % 3 === 1 ? "-" : ">"} ${text}`).join("\n");
}

before(async () => {
  const rates = ["device", "account", "room", "address"].map((of) => `${of} = { burst = 200000, per_second = 100000 }`);
  lab = await Lab.open(`[rates]\n${rates.join("\n")}\n`);
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
  for (let round = 0; round < ROUNDS; round++) {
    const some = Array.from({ length: A_ROUND }, (_, n) => text(round * A_ROUND + n));
    await lab.pipe("ben", `${some.join("\n")}\n`, "send", "#general", "-");
    // What takes several lines is written in the page.
    for (let n = 0; n < 10; n++) await say(ana.page, block(round * 10 + n));
  }
  await say(ana.page, "the last line");
  await until("the last line", () => lines(ana.page).filter({ hasText: "the last line" }).count());
  await ana.page.evaluate(watchFrames);
});
after(() => lab.close());

/** In the page: notes, after each painted frame, where each line in sight stands. */
function watchFrames() {
  const scroller = document.querySelector('[role="feed"]').parentElement;
  const painted = new MessageChannel();
  const told = { frames: 0, worst: 0, moved: 0, against: [], apart: [], odd: [], asked: 0, beyond: 0, seen: new Set() };
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
      if (Math.abs(most) > 1) told.odd.push(Math.round(most));
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

/** Wheels so often by so much, several at once, until something is so; gives what was seen meanwhile. */
async function wheel(delta, atOnce, enough) {
  // A window that was resized comes to rest first.
  await until("nothing moves", async () => {
    const moved = await ana.page.evaluate(() => Object.assign(window.told, { moved: 0, frames: 0 }) && new Promise((done) => setTimeout(() => done(window.told), 200)));
    return moved.frames > 3 && moved.moved === 0;
  });
  await ana.page.evaluate((up) => Object.assign(window.told, { frames: 0, moved: 0, asked: 0, beyond: 0, against: [], apart: [], odd: [], up }), delta < 0);
  const box = await ana.page.getByRole("feed").locator("..").boundingBox();
  await ana.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let n = 0; n < 3_000; n++) {
    await ana.page.evaluate((by) => (window.told.asked += by), Math.abs(delta) * atOnce);
    await Promise.all(Array.from({ length: atOnce }, () => ana.page.mouse.wheel(0, delta)));
    if (n % 5 === 4 && (await enough())) break;
  }
  const told = await ana.page.evaluate(() => ({ ...window.told, seen: window.told.seen.size }));
  console.log(`# ${delta} × ${atOnce}: ${told.frames} frames, ${told.seen} lines seen, ${told.beyond} px beyond, ${told.against.length} against, ${told.apart.length} apart`);
  if (process.env.DETAIL) console.log(told.against.slice(0, 20), told.apart.slice(0, 20), told.odd.filter((by) => Math.abs((Math.abs(by) % Math.abs(delta)) - Math.abs(delta) / 2) < Math.abs(delta) / 2 - 1).join(" ").slice(0, 600));
  return told;
}

const atTop = () => ana.page.getByText(/This is where .* begins/).isVisible();
const toEnd = async () => {
  await ana.page.getByRole("button", { name: /^↓/ }).click();
  await until("the end", () => lines(ana.page).filter({ hasText: "the last line" }).isVisible());
};

/** Nothing moved but by the wheel. */
function still(told) {
  assert.deepEqual(told.against, [], "frames in which lines moved against the wheel");
  assert.deepEqual(told.apart, [], "frames in which lines moved apart");
  assert.ok(told.beyond <= 1, `lines moved ${told.beyond} px further than the wheel asked`);
}

test("quickly up through all of it in a high window, where every height is a guess", async () => {
  await ana.page.setViewportSize({ width: 1280, height: 1600 });
  const told = await wheel(-600, 1, atTop);
  assert.ok(told.seen > 2_000, `${told.seen} lines were seen`);
  still(told);
});

test("slowly up, in another width: every height is another one", async () => {
  await toEnd();
  await ana.page.setViewportSize({ width: 780, height: 700 });
  still(await wheel(-90, 1, async () => (await ana.page.evaluate(() => window.told.asked)) > 20_000));
});

test("very quickly up, by more than a screen at a time", async () => {
  await ana.page.setViewportSize({ width: 1000, height: 600 });
  still(await wheel(-900, 2, atTop));
});

test("down again", async () => {
  const told = await wheel(300, 1, async () => (await ana.page.evaluate(() => window.told.asked)) > 20_000);
  assert.deepEqual(told.apart, [], "frames in which lines moved apart");
});
