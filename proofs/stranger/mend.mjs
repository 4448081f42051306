// Mends one line of ts-mls 2.0.0-rc.10 while it is loaded: a commit with one removal needs a path too (RFC 9420 §12.4).
const WRONG = /(Object\.values\(grouped\[defaultProposalTypes\.(?:update|remove)\]\)\.length) > 1/g;

/** A loader's hook (node:module `register`). */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.endsWith("/ts-mls/dist/src/clientState.js")) return loaded;
  const source = Buffer.from(loaded.source).toString();
  const mended = source.replace(WRONG, "$1 > 0");
  if (mended === source) throw new Error("ts-mls is another version; see whether mend.mjs is still needed");
  return { ...loaded, source: mended };
}
