// What is said outside the page: the title, the icon, desktop notifications – and which rooms name this person.
import { SvelteMap } from "svelte/reactivity";
import { ask, listen } from "../engine/engine";
import type { Line, Room } from "../engine/types";
import { words } from "../words/english";
import { attention } from "./attention.svelte";
import { goToRoom } from "./doings";
import { authorOf, roomName } from "./names";
import { session } from "./session.svelte";

/** Unread lines that name this person, room by room. */
export const mentions = new SvelteMap<string, number>();

/** News of this long are read together. */
const REST_MS = 300;
const LINES = 50;
const TEXT = 160;

/** First new place of each room that something arrived in since the last look. */
const arrived = new Map<string, number>();
/** The same, of rooms that are so new that the list does not have them yet. */
const early = new Map<string, number>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** To be called while the app's component is set up: runs as long as it does. */
export function announce(): void {
  $effect(() => {
    const { unread } = session;
    document.title = unread > 0 ? words.main.notify.title(unread) : words.main.notify.plain;
    void paintIcon(unread > 0);
  });
  $effect(() => {
    for (const room of session.rooms) if (room.unread === 0) mentions.delete(room.room);
  });
  $effect(() => {
    if (session.caughtUp) void countMentions();
  });
  $effect(() => {
    for (const { room } of session.rooms) {
      const seq = early.get(room);
      if (seq !== undefined) hear(room, seq);
    }
  });
  $effect(() =>
    listen((told) => {
      if (told.is === "arrived") hear(told.room, told.seq);
    }),
  );
}

function hear(room: string, seq: number): void {
  const waits = session.room(room) ? arrived : early;
  waits.set(room, Math.min(arrived.get(room) ?? seq, early.get(room) ?? seq, seq));
  if (waits === early) return;
  early.delete(room);
  rest();
}

/** Looks at what arrived after a while; while one look is under way, the next waits. */
function rest(): void {
  timer ??= setTimeout(async () => {
    const news = [...arrived];
    arrived.clear();
    await Promise.allSettled(news.map(([room, seq]) => look(room, seq)));
    timer = undefined;
    if (arrived.size > 0) rest();
  }, REST_MS);
}

async function countMentions(): Promise<void> {
  const lines = await ask("inbox", { limit: LINES }).catch(() => []);
  const counts = new Map<string, number>();
  for (const line of lines) if (line.mentions_me) counts.set(line.room, (counts.get(line.room) ?? 0) + 1);
  for (const [room, count] of counts) mentions.set(room, count);
}

async function look(id: string, seq: number): Promise<void> {
  const room = session.room(id);
  if (!room) return;
  const lines = (await ask("after", { room: id, seq: seq - 1, limit: LINES })).filter((line) => !line.own && line.kind === "text");
  const named = lines.filter((line) => line.mentions_me);
  if (named.length > 0) mentions.set(id, (mentions.get(id) ?? 0) + named.length);
  const choice = session.setting(`room.${id}.notify`, "all");
  const about = choice === "all" ? lines : choice === "mentions" ? named : [];
  if (about.length > 0) notify(room, about);
}

function notify(room: Room, lines: Line[]): void {
  if (attention.here || !("Notification" in window) || Notification.permission !== "granted") return;
  if (session.setting("notify", "off") !== "on" || session.setting("dnd", "off") === "on") return;
  const last = lines.at(-1);
  if (!last) return;
  const said = words.main;
  const who = room.kind === "dm" ? roomName(room) : said.notify.in(authorOf(last), roomName(room));
  const body = lines.length > 1 ? said.timeline.announceMany(lines.length, roomName(room)) : last.text.slice(0, TEXT);
  // One of each room: a newer one takes its place, also across tabs.
  const shown = new Notification(who, { body, tag: room.room, icon: "/icon.svg" });
  shown.onclick = () => {
    window.focus();
    goToRoom(room.room, last.seq);
    shown.close();
  };
}

const SIZE = 64;
let dotted: string | undefined;

/** The icon, with a dot while something is unread. */
async function paintIcon(dot: boolean): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  if (!dot) {
    link.href = "/icon.svg";
    return;
  }
  dotted ??= await withDot().catch(() => undefined);
  if (dotted && session.unread > 0) link.href = dotted;
}

async function withDot(): Promise<string> {
  const picture = new Image(SIZE, SIZE);
  picture.src = "/icon.svg";
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.drawImage(picture, 0, 0, SIZE, SIZE);
  const middle = SIZE * 0.76;
  pen.beginPath();
  pen.arc(middle, SIZE - middle, SIZE * 0.23, 0, Math.PI * 2);
  pen.fillStyle = "crimson";
  pen.fill();
  pen.lineWidth = SIZE * 0.06;
  pen.strokeStyle = "white";
  pen.stroke();
  return canvas.toDataURL("image/png");
}
