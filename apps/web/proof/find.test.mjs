// Words found in one room: by keys alone, only of this room, each finding brought into sight, and Escape back to the field.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { composer, invite, lines, openRoom, rail, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
const test = story(() => [ana.page]);
const field = () => ana.page.getByRole("textbox", { name: /^Find in / });
const findings = () => ana.page.getByRole("list", { name: "Found in this room" }).getByRole("listitem");
const count = () => ana.page.getByRole("search").getByRole("status");
const focused = () => ana.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");

before(async () => {
  lab = await Lab.open("[rates]\ndevice = { burst = 2000, per_second = 1000 }\naccount = { burst = 2000, per_second = 1000 }\nroom = { burst = 2000, per_second = 1000 }\n");
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await lab.terminal("ben", "room", "create", "zoo", "--private", "@ana");
  await rail(ana.page).getByRole("link", { name: /zoo/ }).waitFor();
  const texts = (count, of) => Array.from({ length: count }, (_, n) => `${of} ${n}`);
  const all = ["the first walrus", ...texts(300, "hay"), "a second **walrus**", ...texts(30, "straw"), "the third walrus"];
  await lab.pipe("ben", `${all.join("\n")}\n`, "send", "#general", "-");
  await lab.terminal("ben", "send", "#zoo", "a walrus of the zoo");
  await openRoom(ana.page, /zoo/);
  await seen(ana.page, "a walrus of the zoo");
  await openRoom(ana.page, /general/);
  await expect(async () => /general/.test(await focused()), "general is open");
  await ana.page.keyboard.press("Escape");
  await seen(ana.page, "the third walrus");
});
after(() => lab.close());

test("Ctrl+F opens a field for this room, which finds what is in this room, newest first", async () => {
  await ana.page.keyboard.press("Control+f");
  await field().waitFor();
  assert.match(await focused(), /^Find in #?general/);
  await ana.page.keyboard.type("walrus");
  await expect(async () => (await findings().count()) === 3, "three of the four");
  assert.match(await count().innerText(), /3 messages, newest first/);
  const told = await findings().allInnerTexts();
  for (const [at, text] of ["the third walrus", "a second walrus", "the first walrus"].entries()) assert.ok(told[at].includes(text), told[at]);
  assert.equal(await findings().locator("time[datetime]").count(), 3);
});

/** Whether a line is in sight, and not only drawn. */
const inSight = (text) =>
  expect(async () => {
    const line = lines(ana.page).filter({ hasText: text }).first();
    const [box, frame] = [await line.boundingBox(), await ana.page.getByRole("feed").locator("..").boundingBox()];
    return box.y >= frame.y && box.y + box.height <= frame.y + frame.height;
  }, `${text} is in sight`);

test("Enter, F3 and the same with Shift lead from one to the next, through hundreds of lines", async () => {
  await ana.page.keyboard.press("Enter");
  await expect(async () => (await count().innerText()) === "1 of 3", "the newest");
  await inSight("the third walrus");
  await ana.page.keyboard.press("F3");
  await inSight("a second walrus");
  await ana.page.keyboard.press("Enter");
  await expect(async () => (await count().innerText()) === "3 of 3", "the oldest");
  await inSight("the first walrus");
  await ana.page.keyboard.press("Shift+Enter");
  await expect(async () => (await count().innerText()) === "2 of 3", "back");
  await inSight("a second walrus");
  await ana.page.keyboard.press("Shift+F3");
  await inSight("the third walrus");
  assert.match(await focused(), /^Find in /);
});

test("pressed again in the field, Ctrl+F is the browser's own", async () => {
  await ana.page.evaluate(() => {
    window.taken = [];
    addEventListener("keydown", (event) => event.key === "f" && window.taken.push(event.defaultPrevented));
  });
  await composer(ana.page).click();
  await ana.page.keyboard.press("Control+f");
  await expect(async () => /^Find in /.test(await focused()), "the field has the focus again");
  await ana.page.keyboard.press("Control+f");
  assert.deepEqual(await ana.page.evaluate(() => window.taken), [true, false]);
});

test("what is not there is said; Escape closes and goes back to writing", async () => {
  await field().fill("unicorn");
  await expect(async () => (await count().innerText()) === "Nothing found", "it says so");
  await ana.page.keyboard.press("Escape");
  await expect(async () => (await field().count()) === 0, "it is closed");
  assert.match(await focused(), /^Message #?general/);
});
