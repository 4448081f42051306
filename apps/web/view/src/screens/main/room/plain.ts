// What a line says without its form, and whether a link's text names another host than it opens.
import type { Inline } from "../../../engine/types";

export function plain(inlines: Inline[]): string {
  return inlines
    .map((inline) => {
      switch (inline.is) {
        case "text":
        case "code":
          return inline.text;
        case "mention":
          return `@${inline.name}`;
        case "break":
          return " ";
        default:
          return plain(inline.inlines);
      }
    })
    .join("");
}

/** Whether a text looks like an address of a host that is not the real one. */
export function otherHost(text: string, host: string): boolean {
  const named = /(?:^|[\s/@(])((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})/u.exec(text)?.[1];
  if (!named) return false;
  const bare = (name: string) => name.toLowerCase().replace(/^www\./, "").replace(/:\d+$/, "");
  return bare(named) !== bare(host);
}

/** The beginning of a text on one line. */
export function beginning(text: string, length = 160): string {
  const line = text.slice(0, length * 2).replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
