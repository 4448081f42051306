// The engine as the view sees it: ask and get a promise, subscribe and be told. It runs in a worker, here or in another tab.
import type { Standing, ToPage, ToWorker } from "./frames";
import { script } from "./trusted";
import type { Asks, FailureView, TellView } from "./types";
import workerAddress from "../worker/main.ts?worker&url";

/** A failure that the engine has put into words. */
export class Failure extends Error {
  constructor(readonly view: FailureView) {
    super(view.sentence);
  }
}

type Pending = { resolve(json: string): void; reject(failure: Failure): void };
type Arguments<Name extends keyof Asks> =
  Asks[Name]["of"] extends Record<string, never> ? [] : [of: Asks[Name]["of"]];

const pending = new Map<number, Pending>();
const listeners = new Set<(told: TellView) => void>();
const standings = new Set<(standing: Standing) => void>();
let standing: Standing = { is: "starting" };
let asked = 0;
let worker: Worker | undefined;

/** Starts the worker. `server` is how people know the server: the page's origin, unless the page came through a tunnel. */
export function start(server: string): void {
  worker = new Worker(script(workerAddress), { type: "module", name: "securechat" });
  worker.onmessage = (event: MessageEvent<ToPage>) => take(event.data);
  worker.onerror = (event) => {
    stands({ is: "impossible", why: "broken", detail: event.message || "its file does not load" });
  };
  post({ is: "start", server });
}

/** Asks the engine. Rejects with a {@link Failure}. */
export async function ask<Name extends keyof Asks>(
  name: Name,
  ...[of]: Arguments<Name>
): Promise<Asks[Name]["gives"]> {
  const number = ++asked;
  const json = await new Promise<string>((resolve, reject) => {
    pending.set(number, { resolve, reject });
    post({ is: "ask", number, ask: JSON.stringify({ name, of: of ?? {} }) });
  });
  return JSON.parse(json) as Asks[Name]["gives"];
}

/** Hears everything that the engine tells from now on; call what is returned to stop. */
export function listen(listener: (told: TellView) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows where this tab stands towards the engine, from now on and at once. */
export function follow(listener: (standing: Standing) => void): () => void {
  standings.add(listener);
  listener(standing);
  return () => standings.delete(listener);
}

/** A failure as a sentence with a full stop, whatever was thrown. */
export function sentence(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const first = said.charAt(0).toLocaleUpperCase() + said.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

function post(message: ToWorker): void {
  worker?.postMessage(message);
}

function stands(now: Standing): void {
  standing = now;
  for (const listener of standings) listener(now);
}

function take(message: ToPage): void {
  switch (message.is) {
    case "standing":
      stands(message.standing);
      break;
    case "told":
      for (const listener of listeners) listener(message.told);
      break;
    case "gives":
      pending.get(message.number)?.resolve(message.json);
      pending.delete(message.number);
      break;
    case "fails":
      pending.get(message.number)?.reject(new Failure(message.failure));
      pending.delete(message.number);
      break;
  }
}
