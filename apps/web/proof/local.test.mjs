// `securechat web`: the page from one's own program, a tunnel to the pinned server, and nothing to click away.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab } from "./lab.mjs";
import { invite, logIn, openRoom, say, seen, signUp } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
let ana;
let ben;
let tunnel;
const test = story(() => [ben?.page ?? ana.page]);

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  tunnel = await lab.web("ben");
});
after(() => lab.close());

test("without the printed token the page says where to find it", async () => {
  ben = await lab.browser("ben", { url: tunnel.url });
  await ben.page.goto(new URL("/", tunnel.url).href);
  await ben.page.getByText(/securechat web/).first().waitFor();
});

test("with it, somebody logs in and talks with a browser at the server itself", async () => {
  await logIn(ben.page, tunnel.url, "ben");
  assert.ok(!ben.page.url().includes("t="), "the token is out of the address");
  await openRoom(ana.page, /general/);
  await say(ana.page, "from the server's page");
  await openRoom(ben.page, /general/);
  await seen(ben.page, "from the server's page");
  await say(ben.page, "from my own page");
  await seen(ana.page, "from my own page");
});

test("what is served is what the program holds, and a stranger's page is not", async () => {
  assert.match(await lab.terminal("ben", "verify-web", lab.pinnedUrl), /are those of this program/);
});

test("the server's own page keeps its shell, and both pages stayed clean", async () => {
  const active = await expect(
    () => ana.page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active)),
    "the service worker is active",
  );
  assert.ok(active);
  for (const { watched } of [ana, ben]) assert.deepEqual(watched, { errors: [], outside: [], violations: [] });
});
