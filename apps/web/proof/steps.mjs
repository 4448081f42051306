// What a person does in the page, named by what they see: every step finds its way by role and label, as a screen reader does.
import { expect } from "./expect.mjs";
import { PASSWORD } from "./lab.mjs";

/** Makes an account by a link, stores the recovery key, and arrives. Gives the recovery key. */
export async function signUp(page, link, name) {
  await page.goto(link);
  await page.getByLabel("Username", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: /^(Join|Become the owner)$/ }).click();
  await page.getByRole("heading", { name: "Your recovery key" }).waitFor();
  const key = await shownKey(page);
  await page.getByLabel("I stored it").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await arrived(page);
  return key;
}

/** The recovery key on the page, by its element: in the page's text, the port above it looks like a group of it. */
export async function shownKey(page) {
  const groups = await page.getByRole("region", { name: /recovery key/i }).locator("code").allInnerTexts();
  return groups.join("-");
}

/** Makes an invite link in the page. */
export async function invite(page) {
  await page.getByRole("button", { name: "Invite people" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Invite people" });
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = await expect(async () => {
    const shown = await dialog.getByLabel("Invite link", { exact: true }).evaluate((e) => e.value ?? e.textContent);
    return /^https:/.test(shown?.trim() ?? "") && shown.trim();
  }, "the invite link");
  await page.keyboard.press("Escape");
  return link;
}

/** Logs in on this browser as a further device. */
export async function logIn(page, url, name, password = PASSWORD) {
  await page.goto(url);
  await page.getByLabel("Username", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await arrived(page);
}

/** The app stands and knows the team's room. */
export async function arrived(page) {
  await rail(page).getByRole("link", { name: /#?general/ }).first().waitFor();
}

/** The list of rooms and people. */
export const rail = (page) => page.getByRole("navigation", { name: "Rooms and people" });

/** Opens a room by its name in the list. */
export async function openRoom(page, name) {
  await rail(page).getByRole("link", { name }).first().click();
  await composer(page).waitFor();
}

/** Where one writes. */
export const composer = (page) => page.getByRole("textbox", { name: /^Message / });

/** The lines that are shown now. */
export const lines = (page) => page.getByRole("article");

/** Writes a message and sends it. */
export async function say(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await expect(async () => (await composer(page).inputValue()) === "", `the composer is free again after ${text}`);
}

/** Waits until a line with this text is shown. */
export async function seen(page, text) {
  await lines(page).filter({ hasText: text }).first().waitFor();
}
