// A whole session without a pointer: every step is a key, and where the focus is, is asked of the page.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { expect } from "./expect.mjs";
import { Lab, PASSWORD } from "./lab.mjs";
import { arrived, composer, rail } from "./steps.mjs";
import { story } from "./story.mjs";

let lab;
const test = story(() => [ana.page]);
let ana;

before(async () => {
  lab = await Lab.open();
  ana = await lab.browser("ana");
});
after(() => lab.close());

const name = () =>
  ana.page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "";
    const label = at?.labels?.[0]?.textContent ?? at?.getAttribute("aria-label") ?? at?.textContent ?? "";
    return label.trim().replace(/\s+/g, " ");
  });

/** Presses Tab until the focus is on what is called so. */
async function tabTo(wanted, key = "Tab") {
  const passed = [];
  for (let n = 0; n < 80; n++) {
    const here = await name();
    if (wanted.test(here)) return;
    passed.push(here.slice(0, 30));
    await ana.page.keyboard.press(key);
  }
  throw new Error(`Tab never reaches ${wanted}; it passes ${passed.join(" · ")}`);
}

test("from the link into the app", async () => {
  await ana.page.goto(lab.ownerLink);
  await ana.page.getByLabel("Username", { exact: true }).waitFor();
  await tabTo(/^Username/);
  await ana.page.keyboard.type("ana");
  await tabTo(/^Password$/);
  await ana.page.keyboard.type(PASSWORD);
  await ana.page.keyboard.press("Enter");
  await ana.page.getByRole("heading", { name: "Your recovery key" }).waitFor();
  await tabTo(/^I stored it/);
  await ana.page.keyboard.press("Space");
  await tabTo(/^Continue/);
  await ana.page.keyboard.press("Enter");
  await arrived(ana.page);
});

test("a room is made from the palette, and written in", async () => {
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("create");
  await ana.page.keyboard.press("Enter");
  await ana.page.getByRole("dialog", { name: "Create a room" }).waitFor();
  await tabTo(/^Name/);
  await ana.page.keyboard.type("launch");
  await tabTo(/^Create$/);
  await ana.page.keyboard.press("Enter");
  await composer(ana.page).waitFor();
  await expect(async () => /Message #?launch/.test(await composer(ana.page).getAttribute("aria-label") ?? (await name())), "the new room is open");
  await tabTo(/^Message /);
  await ana.page.keyboard.type("written");
  await ana.page.keyboard.press("Shift+Enter");
  await ana.page.keyboard.type("on two lines");
  await ana.page.keyboard.press("Enter");
  await ana.page.getByRole("article").filter({ hasText: "on two lines" }).waitFor();
});

test("to another room and back, to the messages, the inbox, the settings", async () => {
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("general");
  await ana.page.keyboard.press("Enter");
  await expect(async () => /general/.test((await composer(ana.page).getAttribute("aria-label")) ?? ""), "general is open");
  await ana.page.keyboard.press("Alt+ArrowDown");
  await expect(async () => /launch/.test((await composer(ana.page).getAttribute("aria-label")) ?? ""), "the next room is open");
  await tabTo(/on two lines/, "Shift+Tab");
  assert.match(await ana.page.evaluate(() => document.activeElement?.tagName ?? ""), /ARTICLE/);
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("inbox");
  await ana.page.keyboard.press("Enter");
  await ana.page.getByRole("heading", { name: "Inbox" }).waitFor();
  await ana.page.keyboard.press("Control+,");
  await ana.page.getByRole("heading", { level: 1 }).first().waitFor();
  await expect(async () => ana.page.url().includes("#/settings"), "the settings are open");
});

test("F6 and Ctrl+F6 go from part to part and back, and where the focus is can be seen", async () => {
  await ana.page.keyboard.press("Control+k");
  await ana.page.keyboard.type("launch");
  await ana.page.keyboard.press("Enter");
  await expect(async () => /launch/.test((await composer(ana.page).getAttribute("aria-label")) ?? ""), "launch is open");
  await ana.page.getByRole("button", { name: /^Room details/ }).press("Enter");
  await ana.page.getByRole("complementary").waitFor();
  // Every part is a landmark with a name of its own.
  for (const [role, called] of [["navigation", "Rooms and people"], ["feed", /^Messages in #?launch/], ["form", /^Write to #?launch/], ["complementary", /^Details of #?launch/]]) {
    await ana.page.getByRole(role, { name: called }).waitFor();
  }
  const part = () =>
    ana.page.evaluate(() => {
      const at = document.activeElement;
      const root = at.closest("nav, [role=feed], form, aside");
      // The ring is on what has the focus, or around the field it is in.
      const ringed = [at, at.closest(".box")].some((node) => {
        const { outlineStyle, outlineWidth, boxShadow } = node ? getComputedStyle(node) : {};
        return (outlineStyle !== undefined && outlineStyle !== "none" && outlineWidth !== "0px") || (boxShadow && boxShadow !== "none");
      });
      return `${root?.role || root?.tagName.toLowerCase()}${ringed ? "" : " without a ring"}`;
    });
  await composer(ana.page).click();
  assert.equal(await part(), "form");
  for (const [key, order] of [
    ["F6", ["aside", "nav", "feed", "form"]],
    ["Shift+F6", ["feed", "nav", "aside", "form"]],
    ["Control+F6", ["aside", "nav", "feed", "form"]],
    ["Control+Shift+F6", ["feed", "nav", "aside", "form"]],
  ]) {
    for (const next of order) {
      await ana.page.keyboard.press(key);
      await expect(async () => (await part()) === next, `${key} leads to ${next}`).catch(async (error) => {
        throw new Error(`${error.message}, and not to ${await part()}`);
      });
    }
  }
});

test("the skip link is the first stop", async () => {
  await ana.page.goto(`${lab.url}/#/dashboard`);
  await ana.page.reload();
  await arrived(ana.page);
  await ana.page.keyboard.press("Tab");
  assert.match(await name(), /Skip to the conversation/);
  assert.ok(await rail(ana.page).isVisible());
});
