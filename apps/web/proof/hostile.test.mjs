// A thousand hostile strings as messages, names, topics and links: nothing runs, nothing is asked of elsewhere, nothing lies.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Lab } from "./lab.mjs";
import { invite, lines, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";
import { hostile } from "./strings.mjs";

let lab;
const test = story(() => [ana.page]);
let ana;

before(async () => {
  // A thousand messages at the usual rate would take two minutes.
  const rates = ["device", "account", "room", "address"].map((of) => `${of} = { burst = 5000, per_second = 500 }`);
  lab = await Lab.open(`[rates]\n${rates.join("\n")}\n`);
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
});
after(() => lab.close());

test("as messages, from a terminal and from the composer", async () => {
  const single = hostile.filter((text) => !/[\n\r]/.test(text));
  const several = hostile.filter((text) => /[\n\r]/.test(text));
  assert.ok(hostile.length > 1000);
  await lab.pipe("ben", single.join("\n") + "\n", "send", "#general", "-");
  await openRoom(ana.page, /general/);
  for (const text of several) await say(ana.page, text);
  await say(ana.page, "the last of them");
  await seen(ana.page, "the last of them");
});

test("as display name, topic and room name", async () => {
  for (const text of hostile.filter((text) => !/[\n\r\0]/.test(text)).slice(0, 40)) {
    await lab.terminal("ben", "name", "--", text).catch(() => undefined);
  }
  await lab.terminal("ben", "room", "create", "stage", "--topic", hostile[2], "@ana");
  await assert.rejects(lab.terminal("ben", "room", "create", "<script>alert(1)</script>"));
  await openRoom(ana.page, /stage/);
  await ana.page.getByText(hostile[2]).first().waitFor();
});

test("every one of them has been on the screen, and none has run", async () => {
  await openRoom(ana.page, /general/);
  await seen(ana.page, "the last of them");
  const shown = new Set();
  const look = async () => {
    for (const key of await lines(ana.page).evaluateAll((all) => all.map((one) => one.dataset.key))) shown.add(key);
  };
  const end = Date.now() + 120_000;
  while ((await ana.page.getByText("This is where #general begins").count()) === 0) {
    assert.ok(Date.now() < end, `the beginning is not reached after ${shown.size} lines`);
    await look();
    await ana.page.mouse.move(700, 400);
    await ana.page.mouse.wheel(0, -300);
    await ana.page.waitForTimeout(40);
  }
  await look();
  const arrived = (await lab.told("ben", "#general")).length;
  // A few are nothing but invisible characters, and nothing is not sent.
  assert.ok(arrived > 1000, `only ${arrived} arrived`);
  assert.ok(shown.size >= arrived, `only ${shown.size} of ${arrived} were shown`);
  assert.equal(await ana.page.evaluate(() => window.__pwned), undefined);
  const bad = await ana.page.evaluate(
    () => document.querySelectorAll("main script, main iframe, main img, main object, main form[action], main style, main link, main [onerror], main [onload]").length,
  );
  assert.equal(bad, 0);
});

test("links lead only to http, https and mailto, and open without an opener", async () => {
  const found = await ana.page.evaluate(() =>
    [...document.querySelectorAll("main article a[href]")].map((a) => ({ href: a.href, rel: a.rel, target: a.target })),
  );
  for (const { href, rel, target } of found) {
    if (href.startsWith(lab.url)) continue;
    assert.match(href, /^(https?|mailto):/);
    assert.match(rel, /noopener/);
    assert.equal(target, "_blank");
  }
});

test("no script, no violation, no request to anybody else", () => {
  assert.deepEqual(ana.watched, { errors: [], outside: [], violations: [] });
});
