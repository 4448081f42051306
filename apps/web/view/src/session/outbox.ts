// What can be done with a message that has not left: try again, write it anew, drop it.
import { ask } from "../engine/engine";
import type { Line } from "../engine/types";
import { words } from "../words/english";
import { draftOf } from "./drafts.svelte";
import { session } from "./session.svelte";

export async function retry(line: Line): Promise<void> {
  await session.attempt(ask("retry", { room: line.room, id: line.id }));
}

/** Drops a message; false, and said so, if it is on its way already. */
export async function drop(line: Line): Promise<boolean> {
  const done = await session.attempt(ask("discard", { room: line.room, id: line.id }));
  if (done === undefined) return false;
  const tail = await session.attempt(ask("timeline", { room: line.room, before: null, limit: 50 }));
  const there = tail?.some((other) => other.id === line.id && other.device === line.device) ?? true;
  if (there) session.say("note", words.main.delivery.left);
  return !there;
}

/** Drops a message and puts its text back into the field it came from. */
export async function rewrite(line: Line): Promise<void> {
  if (await drop(line)) draftOf(line.room).put(line.text);
}
