// What a line says without its form, and whether a link's text names another host than it opens.
import type { Block, Inline } from "../../../engine/types";

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

/** A message as it would be read aloud in one breath: what it quotes is left out if it says anything itself. */
export function spoken(blocks: Block[]): string {
  const own = blocks.filter((block) => block.is !== "quote");
  return (own.length > 0 ? own : blocks)
    .map((block) => {
      switch (block.is) {
        case "paragraph":
        case "heading":
          return plain(block.inlines);
        case "code":
          return block.text;
        case "quote":
          return spoken(block.blocks);
        case "list":
          return block.items.map(spoken).join(", ");
        case "rule":
          return "";
      }
    })
    .join(" ");
}

/** The same of any line: those that are no text have a sentence instead. */
export function saying(line: { body: Block[]; text: string }): string {
  return line.body.length > 0 ? spoken(line.body) : line.text;
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
