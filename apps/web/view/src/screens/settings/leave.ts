// Logging out: the engine wipes what this browser holds, then the view forgets what it has seen.
import { ask } from "../../engine/engine";
import { session } from "../../session/session.svelte";

export async function leave(): Promise<void> {
  await ask("log_out");
  // Nothing of the place somebody was in stays in the address.
  history.replaceState(null, "", "/");
  session.rooms = [];
  session.people = [];
  session.alarms = [];
  session.settings = new Map();
  session.me = null;
}
