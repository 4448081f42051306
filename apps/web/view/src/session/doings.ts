// What can be done to rooms from several places: the palette, the inbox, keys, details.
import { ask } from "../engine/engine";
import type { Person, Room, StandingView } from "../engine/types";
import { words } from "../words/english";
import { isIn, roomName } from "./names";
import { go, here } from "./place.svelte";
import { session } from "./session.svelte";

export type NotifyChoice = "all" | "mentions" | "none";

const ENTERED: ReadonlySet<StandingView> = new Set(["joined", "joining", "halted"]);

export function goToRoom(room: string, seq: number | null = null): void {
  go({ is: "room", room, seq });
}

export async function talkTo(person: Person): Promise<void> {
  const room = await session.attempt(ask("open_dm", { user: person.user }));
  if (room) goToRoom(room);
}

export async function notifyAbout(room: Room, choice: NotifyChoice): Promise<void> {
  await session.set(`room.${room.room}.notify`, choice === "all" ? null : choice);
}

export async function mute(room: Room): Promise<void> {
  const quiet = session.quiet(room);
  await notifyAbout(room, quiet ? "all" : "none");
  const said = words.main.inboxScreen;
  session.say("note", quiet ? said.unmuted(roomName(room)) : said.muted(roomName(room)));
}

/** Everything of a room has been read: up to the newest place that was taken in. */
export async function readAll(room: Room): Promise<void> {
  await session.attempt(ask("mark_read", { room: room.room, seq: room.cursor }));
}

export async function readEverything(): Promise<void> {
  await Promise.all(session.rooms.filter((room) => room.unread > 0).map(readAll));
  session.say("good", words.main.palette.allReadDone);
}

/** Rooms in the order of the sidebar. */
export function inOrder(): Room[] {
  const entered = session.rooms.filter((room) => isIn(room) && ENTERED.has(room.standing));
  const talks = entered.filter((room) => room.kind === "dm").sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0));
  return [...entered.filter((room) => room.kind !== "dm"), ...talks];
}

/** Goes to the next room that suits, round and round. */
export function step(by: 1 | -1, suits: (room: Room) => boolean): void {
  const rooms = inOrder();
  const { place } = here;
  const start = place.is === "room" ? rooms.findIndex((room) => room.room === place.room) : by > 0 ? -1 : rooms.length;
  for (let away = 1; away <= rooms.length; away++) {
    const room = rooms[(start + by * away + rooms.length * 2) % rooms.length];
    if (room && suits(room)) return goToRoom(room.room);
  }
}
