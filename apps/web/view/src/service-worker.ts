// Keeps the app's own files, so that it opens at once and without a network. It knows the files of one build, no others:
// whatever it does not know, the API and the WebSocket among it, goes past it untouched.

/** Put here by the build: a name for it, and its files. */
declare const __SHELL__: { version: string; files: string[] };

const worker = self as unknown as ServiceWorkerGlobalScope;
const { version, files } = __SHELL__;
const CACHE = `shell-${version}`;
const PAGE = "/";
/** Where the page is served; an invite's code is in the fragment, which is seen by no worker and no server. */
const PAGES = new Set(["/", "/i"]);
const kept = new Set(files);

worker.addEventListener("install", (event) => {
  // All or nothing: half an app would be worse than none.
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...files])));
  // It waits until no tab uses the former build, whose files go with it.
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name)))),
  );
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate" && PAGES.has(url.pathname)) event.respondWith(page(request));
  else if (kept.has(url.pathname)) event.respondWith(file(request));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show());
});

/** The newest page if the server has one to give, else the one of this build. */
async function page(request: Request): Promise<Response> {
  const answer = await fetch(request).catch(() => null);
  if (answer && answer.status < 500) return answer;
  return (await caches.match(PAGE, { cacheName: CACHE })) ?? answer ?? Response.error();
}

/** A file of this build never changes. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: CACHE, ignoreSearch: true })) ?? fetch(request);
}

/** Brings a tab to the front, or opens one. */
async function show(): Promise<void> {
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (tabs[0]) await tabs[0].focus();
  else await worker.clients.openWindow(PAGE);
}
