// Mends three places of ts-mls 2.0.0-rc.10 while it is loaded (RFC 9420 §12.4, §12.4.1, §17.4).
const PROPOSALS = "[defaultProposalTypes.";

/** File → what is wrong there and what it should be. */
const MENDS = {
  // A commit with one removal needs a path too, and so does one that changes the extensions of the GroupContext.
  "clientState.js": [
    [`Object.values(grouped${PROPOSALS}update]).length > 1`, `Object.values(grouped${PROPOSALS}update]).length > 0`],
    [
      `Object.values(grouped${PROPOSALS}remove]).length > 1`,
      `Object.values(grouped${PROPOSALS}remove]).length > 0 || grouped${PROPOSALS}group_context_extensions].length > 0`,
    ],
  ],
  // A path is encrypted under the GroupContext with the extensions that the commit brings.
  "createCommit.js": [
    [
      "state.groupContext, state.signaturePrivateKey, cipherSuite)",
      "{ ...state.groupContext, extensions: res.additionalResult.extensions?.length ? res.additionalResult.extensions : state.groupContext.extensions }, state.signaturePrivateKey, cipherSuite)",
    ],
  ],
};

/** A loader's hook (node:module `register`). */
export async function load(url, context, next) {
  const loaded = await next(url, context);
  const [, file] = /\/ts-mls\/dist\/src\/(\w+\.js)$/.exec(url) ?? [];
  let source = loaded.source && Buffer.from(loaded.source).toString();
  for (const [wrong, right] of MENDS[file] ?? []) {
    if (source.split(wrong).length !== 2) throw new Error("ts-mls is another version; see whether mend.mjs is still needed");
    source = source.replace(wrong, right);
  }
  return { ...loaded, source };
}
