// Looks at a screen in both themes and at two widths: axe finds nothing. With SECURECHAT_SHOTS=folder each is kept as a picture.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SECURECHAT_SHOTS;
const WIDTHS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
if (shots) await mkdir(shots, { recursive: true });

/** Looks at what is shown now, light and dark, wide and narrow. */
export async function look(page, name) {
  const found = [];
  for (const [width, size] of Object.entries(WIDTHS)) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.waitForTimeout(150);
      if (shots) await page.screenshot({ path: join(shots, `${name}-${width}-${colorScheme}.png`) });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, help, nodes } of violations) {
        found.push(`${name} ${width} ${colorScheme}: ${id} (${help}) at ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found.push(`${name} ${width}: ${wide} px wider than the screen`);
    }
  }
  await page.setViewportSize(WIDTHS.desktop);
  assert.deepEqual(found, []);
}
