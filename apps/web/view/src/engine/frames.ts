// What page and worker, and the workers of several tabs, post to each other.
import type { FailureView, TellView } from "./types";

/** Which part an engine's tab plays, and what keeps it from playing any. */
export type Standing =
  | { is: "starting" }
  | { is: "owner" }
  | { is: "attached" }
  | { is: "impossible"; why: "insecure" | "files" | "locks" | "broken" | "local"; detail: string };

/** From the page to its worker. */
export type ToWorker =
  | { is: "start"; server: string }
  | { is: "ask"; number: number; ask: string };

/** From a worker to its page. */
export type ToPage =
  | { is: "standing"; standing: Standing }
  | { is: "gives"; number: number; json: string }
  | { is: "fails"; number: number; failure: FailureView }
  | { is: "told"; told: TellView };
