// A message cut to where the searched words are, in pieces, so that the words can be marked without any markup.
export type Piece = { text: string; hit: boolean };

const BEFORE = 60;
const LENGTH = 320;

export function pieces(text: string, asked: string): Piece[] {
  const words = asked.trim().split(/\s+/).filter(Boolean).map(escaped);
  const flat = text.replace(/\s+/g, " ");
  if (words.length === 0) return [{ text: flat.slice(0, LENGTH), hit: false }];
  const finder = new RegExp(`(${words.join("|")})`, "giu");
  const first = flat.search(finder);
  const start = first > BEFORE ? flat.lastIndexOf(" ", first - BEFORE / 2) + 1 : 0;
  const cut = (start > 0 ? "…" : "") + flat.slice(start, start + LENGTH);
  return cut.split(finder).map((part, at) => ({ text: part, hit: at % 2 === 1 }));
}

function escaped(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => (sign === "-" ? "-" : `\\${sign}`));
}
