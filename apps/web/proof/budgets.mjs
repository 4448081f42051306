// Figures of the web app, as numbers and not as tests: `node budgets.mjs [MESSAGES]`. Prints one JSON object.
import { Lab, until } from "./lab.mjs";
import { arrived, invite, lines, openRoom, signUp } from "./steps.mjs";

const stored = Number(process.argv[2] ?? 10_000);
const rates = ["device", "account", "room", "address"].map((of) => `${of} = { burst = 200000, per_second = 100000 }`);
const lab = await Lab.open(`[rates]\n${rates.join("\n")}\n`);
const figures = { date: new Date().toISOString(), messages: stored };

/** What the engine's worker holds, in MB: its JavaScript heap after a collection, and the module's memory, which never shrinks. */
async function workerMemory({ context, page }) {
  const cdp = await context.newCDPSession(page);
  const answers = new Map();
  cdp.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    answers.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
  });
  const attached = new Promise((resolve) =>
    cdp.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => targetInfo.type === "worker" && resolve(sessionId)),
  );
  // Not flat: what the library itself is attached to stays as it is.
  await cdp.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let asked = 0;
  const send = (method, params = {}) =>
    new Promise((resolve) => {
      const id = ++asked;
      answers.set(id, resolve);
      void cdp.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
    });
  await send("HeapProfiler.collectGarbage");
  const { usedSize } = await send("Runtime.getHeapUsage");
  const { result: prototype } = await send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
  const { objects } = await send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
  const { result: sizes } = await send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.map((memory) => memory.buffer.byteLength); }",
    returnByValue: true,
  });
  await cdp.detach();
  const megabytes = (bytes) => Math.round(bytes / 1e5) / 10;
  return { heapMB: megabytes(usedSize), moduleMB: megabytes(sizes.value.reduce((sum, size) => sum + size, 0)) };
}

try {
  const ana = await lab.browser("ana");
  const cdp = await ana.context.newCDPSession(ana.page);
  await cdp.send("Network.enable");
  const kinds = new Map();
  const bytes = {};
  cdp.on("Network.responseReceived", ({ requestId, response }) => kinds.set(requestId, new URL(response.url).pathname.split(".").at(-1)));
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const kind = kinds.get(requestId) ?? "other";
    bytes[kind] = (bytes[kind] ?? 0) + encodedDataLength;
  });
  let from = performance.now();
  await ana.page.goto(lab.ownerLink);
  await ana.page.getByLabel("Username", { exact: true }).waitFor();
  figures.firstScreenMs = Math.round(performance.now() - from);
  figures.pageBytes = bytes;
  figures.engineBytes = await ana.page.evaluate(async () => {
    const wasm = performance.getEntriesByType("resource").find((entry) => entry.name.endsWith(".wasm"));
    return wasm?.encodedBodySize ?? null;
  });

  await signUp(ana.page, lab.ownerLink, "ana");
  await lab.register("ben", await invite(ana.page));
  await openRoom(ana.page, /general/);
  const texts = (count, name) => Array.from({ length: count }, (_, n) => `${name} ${n}: the quick brown fox jumps over the lazy dog`).join("\n") + "\n";

  // The longest task of the page while 500 messages stream in.
  await ana.page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.longest = Math.max(window.longest, entry.duration)))).observe({ type: "longtask" });
  });
  from = performance.now();
  await lab.pipe("ben", texts(500, "stream"), "send", "#general", "-");
  figures.sendersSecondsFor500 = Math.round(performance.now() - from) / 1000;
  await until("the 500th", () => lines(ana.page).filter({ hasText: "stream 499:" }).count(), 120_000);
  figures.seconds500ToScreen = Math.round(performance.now() - from) / 1000;
  figures.longestTaskMs = await ana.page.evaluate(() => Math.round(window.longest));

  await lab.pipe("ben", texts(stored - 500, "stored"), "send", "#general", "-");
  await until("the last one", () => lines(ana.page).filter({ hasText: `stored ${stored - 501}:` }).count(), 900_000);
  // The worker that made the account: deriving keys from the password has grown its memory for good.
  figures.worker = await workerMemory(ana);
  from = performance.now();
  await ana.page.reload();
  await arrived(ana.page);
  // The room opens where its reader left it, which may be before the end.
  await until("lines of the room", () => lines(ana.page).filter({ hasText: /stored \d+:/ }).count(), 60_000);
  figures.reloadToUsableMs = Math.round(performance.now() - from);
  await cdp.send("Performance.enable");
  const { metrics } = await cdp.send("Performance.getMetrics");
  figures.pageHeapMB = Math.round((metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / 1e5) / 10;
  figures.workerAfterReload = await workerMemory(ana);
} finally {
  await lab.close();
}
console.log(JSON.stringify(figures, null, 2));
