// Times as the reader's own language and zone write them.
import { words } from "../../words/english";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dateAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });

const startOf = (time: number) => new Date(time).setHours(0, 0, 0, 0);

export const clockOf = (time: number) => clock.format(time);
export const exactly = (time: number) => exact.format(time);
export const isoOf = (time: number) => new Date(time).toISOString();
export const sameDay = (a: number, b: number) => startOf(a) === startOf(b);

/** Days from one to another by the calendar: summer time makes some of them longer. */
const daysAgo = (time: number) => Math.round((startOf(Date.now()) - startOf(time)) / 86_400_000);
const thisYear = (time: number) => new Date(time).getFullYear() === new Date().getFullYear();

/** The day as a headline. */
export function dayOf(time: number): string {
  const ago = daysAgo(time);
  if (ago === 0) return words.main.timeline.today;
  if (ago === 1) return words.main.timeline.yesterday;
  return (thisYear(time) ? day : dayAndYear).format(time);
}

/** As short as it can be said: the hour today, the date before. */
export function shortly(time: number): string {
  if (daysAgo(time) === 0) return clock.format(time);
  return (thisYear(time) ? date : dateAndYear).format(time);
}
