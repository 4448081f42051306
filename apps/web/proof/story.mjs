// A story told in steps: each is a test of its own, and after one that fails the rest is not told.
import { join } from "node:path";
import { test } from "node:test";

/** Begins a story. `pages` gives what to picture when a step fails, into the folder of SECURECHAT_SHOTS if that is set. */
export function story(pages) {
  let broken = false;
  return (name, tell) =>
    test(name, async (context) => {
      if (broken) return context.skip("the story broke off before");
      try {
        await tell();
      } catch (failure) {
        broken = true;
        const folder = process.env.SECURECHAT_SHOTS;
        for (const [number, page] of (folder ? pages() : []).entries()) {
          await page.screenshot({ path: join(folder, `failed-${name.replace(/\W+/g, "-")}-${number}.png`) }).catch(() => undefined);
        }
        throw failure;
      }
    });
}
