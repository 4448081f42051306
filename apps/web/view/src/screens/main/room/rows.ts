// Small questions about the lines of a timeline, answered without going through all of them.
import type { Line } from "../../../engine/types";
import { isSaid } from "../../../session/timeline.svelte";

/** Index of the first line at a place or after it; -1 if there is none. Lines that wait have no place and come last. */
export function indexOfSeq(lines: readonly Line[], seq: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low < lines.length ? low : -1;
}

/** Index of the first line of somebody else after a place. -1 too if the lines between the two are not all here. */
export function firstNews(lines: readonly Line[], after: number): number {
  const from = indexOfSeq(lines, after + 1);
  if (from < 0) return -1;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at];
    if (line && line.seq !== null && !line.own && isSaid(line)) return at;
  }
  return -1;
}

/** About how high a line will be, until it has been measured. */
export function guessHeight(line: Line | undefined, above: Line | undefined, width: number): number {
  if (!line) return 40;
  if (line.kind !== "text") return 32;
  const across = Math.max(20, Math.min(width, 960) / 7.6);
  let rows = 0;
  for (const part of line.text.slice(0, 4000).split("\n")) rows += Math.max(1, Math.ceil(part.length / across));
  const head = above?.kind === "text" && above.user === line.user && line.time - above.time < 300_000 ? 5 : 36;
  return head + rows * 21.75;
}
