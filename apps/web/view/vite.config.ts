// Builds the view into dist/: hashed assets, nothing inline, nothing from elsewhere, and beside them the service worker
// under a name that stays.
/// <reference path="./node.d.ts" />
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const WORKER = "sw.js";

/** Tells the service worker which files it keeps: all of this build, under a name made of what is in them. */
function shell(): Plugin {
  let open = "";
  return {
    name: "securechat-shell",
    apply: "build",
    enforce: "post",
    configResolved: (config) => void (open = config.publicDir),
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== "chunk") throw new Error(`the build has no ${WORKER}`);
        if (worker.imports.length) throw new Error(`${WORKER} must stand alone`);
        const hash = createHash("sha256");
        const files: string[] = [];
        const outputs = Object.values(bundle).filter((output) => output !== worker);
        for (const output of outputs.sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
          // The names of the others are made of what is in them.
          hash.update(output.fileName).update("\0");
          if (output.fileName === "index.html") hash.update(output.type === "asset" ? output.source : output.code);
          else files.push(`/${output.fileName}`);
        }
        for (const name of readdirSync(open).sort()) {
          hash.update(name).update("\0").update(readFileSync(`${open}/${name}`));
          files.push(`/${name}`);
        }
        const told = JSON.stringify({ version: hash.digest("hex").slice(0, 16), files });
        if (!worker.code.includes("__SHELL__")) throw new Error(`${WORKER} asks for no files`);
        worker.code = worker.code.replaceAll("__SHELL__", () => `(${told})`);
      },
    },
  };
}

export default defineConfig({
  plugins: [svelte(), shell()],
  worker: { format: "es" },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: { index: "index.html", sw: "src/service-worker.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? WORKER : "assets/[name]-[hash].js") },
    },
  },
});
