// Times, sizes and counts as people read them: in the page's language, in the way of the reader's country where it shares
// that language.
const LANGUAGE = "en";
const locale = navigator.languages.find((language) => language.split("-")[0] === LANGUAGE) ?? LANGUAGE;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const number = new Intl.NumberFormat(locale);
const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** “2 hours ago”, “in 3 days”, “now”. */
export function ago(time: number, now: number = Date.now()): string {
  const away = time - now;
  const size = Math.abs(away);
  // Clocks of two machines differ by a little; nobody was here “in 3 seconds”.
  if (size < MINUTE) return relative.format(0, "second");
  if (size < HOUR) return relative.format(Math.trunc(away / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.trunc(away / HOUR), "hour");
  if (size < 60 * DAY) return relative.format(Math.trunc(away / DAY), "day");
  return relative.format(Math.trunc(away / (30 * DAY)), "month");
}

/** Day and time, exactly, in the reader's zone. */
export function exact(time: number): string {
  return moment.format(time);
}

/** The day alone. */
export function day(time: number): string {
  return date.format(time);
}

/** The time of day alone. */
export function hour(time: number): string {
  return clock.format(time);
}

/** A count with its separators. */
export function count(of: number): string {
  return number.format(of);
}

/** A size of a file or disk. */
export function bytes(of: number): string {
  let size = of;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${short.format(size)} ${UNITS[unit] ?? ""}`;
}

/** A rate or another small fraction. */
export function decimal(of: number): string {
  return short.format(of);
}
