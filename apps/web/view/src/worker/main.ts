// One worker a tab. The one that holds the lock owns the engine; the others pass asks to it and take over when it goes.
import type { Standing, ToPage, ToWorker } from "../engine/frames";
import type { FailureView, TellView } from "../engine/types";
import init, { Engine } from "./engine/securechat_web_engine.js";
import wasmAddress from "./engine/securechat_web_engine_bg.wasm?url";
import { keys } from "./key";

/** Between the workers of several tabs. */
type Between =
  | { is: "hello"; from: string }
  | { is: "owner"; from: string }
  | { is: "ask"; from: string; number: number; ask: string }
  | { is: "gives"; to: string; number: number; json: string }
  | { is: "fails"; to: string; number: number; failure: FailureView }
  | { is: "told"; told: TellView };

const LOCK = "securechat-home";
/** Asks that change something and are not drawn by an id: asked of a second owner they could be done twice. */
const SAFE_TO_REPEAT = new Set([
  "door", "wake", "strength", "me", "connection", "rooms", "timeline", "after", "inbox", "search", "members", "people",
  "comparison", "confirm", "accept_root", "look_at", "send", "draft", "keep_draft", "mark_read", "mark_unread", "settings", "set", "devices",
  "recovery_key", "shared_keys", "take_up_keys", "report", "doctor", "seen", "invites", "qr", "users", "overview", "set_display",
]);

const self_ = self as unknown as DedicatedWorkerGlobalScope;
// Pages over an open connection have no `randomUUID`, and must get as far as being told so.
const tab = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
const tabs = new BroadcastChannel("securechat");
/** Asks without an answer, and whether another tab has been asked. */
const waiting = new Map<number, { text: string; asked: boolean }>();
let engine: Engine | undefined;
let attached = false;
/** The tab that owns the engine, as far as it is another one. */
let owner: string | undefined;

self_.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.is === "start") void start(message.server);
  else void ask(message.number, message.ask);
};

async function start(server: string): Promise<void> {
  if (!self_.isSecureContext) return stands({ is: "impossible", why: "insecure", detail: "" });
  if (!navigator.locks) return stands({ is: "impossible", why: "locks", detail: "" });
  if (!navigator.storage?.getDirectory) return stands({ is: "impossible", why: "files", detail: "" });
  tabs.onmessage = (event: MessageEvent<Between>) => hear(event.data);
  tabs.postMessage({ is: "hello", from: tab } satisfies Between);
  await navigator.locks.request(LOCK, async () => {
    try {
      await own(server);
    } catch (thrown) {
      const failure = read(thrown);
      stands({ is: "impossible", why: failure.kind === "other" ? "files" : "broken", detail: failure.sentence });
      return;
    }
    // The lock is held as long as this worker lives.
    await new Promise<never>(() => {});
  });
}

async function own(server: string): Promise<void> {
  await init({ module_or_path: wasmAddress });
  engine = await Engine.start(keys, server, (json: string) => {
    const told = JSON.parse(json) as TellView;
    post({ is: "told", told });
    tabs.postMessage({ is: "told", told } satisfies Between);
  });
  stands({ is: "owner" });
  tabs.postMessage({ is: "owner", from: tab } satisfies Between);
  askAgain();
}

/** What was asked of nobody yet, or of an owner that went, is asked of the present one, where that does nothing twice. */
function askAgain(): void {
  // A copy: what is asked of another tab goes on waiting, and would be met again.
  for (const [number, { text, asked }] of [...waiting]) {
    waiting.delete(number);
    const { name } = JSON.parse(text) as { name: string };
    if (!asked || SAFE_TO_REPEAT.has(name)) {
      void ask(number, text);
    } else {
      const sentence = "the tab that was doing this has been closed; look whether it was done, and try again if not";
      post({ is: "fails", number, failure: { kind: "other", sentence } });
    }
  }
}

async function ask(number: number, text: string): Promise<void> {
  if (!engine) {
    waiting.set(number, { text, asked: attached });
    if (attached) tabs.postMessage({ is: "ask", from: tab, number, ask: text } satisfies Between);
    return;
  }
  try {
    post({ is: "gives", number, json: await engine.ask(text) });
  } catch (thrown) {
    post({ is: "fails", number, failure: read(thrown) });
  }
}

function hear(message: Between): void {
  switch (message.is) {
    case "hello":
      if (engine) tabs.postMessage({ is: "owner", from: tab } satisfies Between);
      break;
    case "owner":
      owned(message.from);
      break;
    case "ask":
      void answer(message.from, message.number, message.ask);
      break;
    case "gives":
      if (message.to === tab && waiting.delete(message.number)) {
        post({ is: "gives", number: message.number, json: message.json });
      }
      break;
    case "fails":
      if (message.to === tab && waiting.delete(message.number)) {
        post({ is: "fails", number: message.number, failure: message.failure });
      }
      break;
    case "told":
      if (!engine) post({ is: "told", told: message.told });
      break;
  }
}

/** Another tab owns the engine. Told again whenever a tab opens: only a new owner has not been asked yet. */
function owned(from: string): void {
  if (engine || from === owner) return;
  owner = from;
  attached = true;
  stands({ is: "attached" });
  askAgain();
}

async function answer(to: string, number: number, text: string): Promise<void> {
  if (!engine) return;
  try {
    tabs.postMessage({ is: "gives", to, number, json: await engine.ask(text) } satisfies Between);
  } catch (thrown) {
    tabs.postMessage({ is: "fails", to, number, failure: read(thrown) } satisfies Between);
  }
}

function stands(standing: Standing): void {
  post({ is: "standing", standing });
}

function post(message: ToPage): void {
  self_.postMessage(message);
}

function read(thrown: unknown): FailureView {
  if (typeof thrown === "string" && thrown.startsWith("{")) return JSON.parse(thrown) as FailureView;
  return { kind: "other", sentence: thrown instanceof Error ? thrown.message : String(thrown) };
}
