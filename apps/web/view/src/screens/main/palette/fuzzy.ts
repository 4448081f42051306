// How well a text matches what was typed: all letters in order, better at beginnings of words and next to each other.

/** Higher is better; null where it does not match. */
export function score(typed: string, text: string): number | null {
  const wanted = fold(typed).replace(/\s+/g, "");
  if (!wanted) return 0;
  const there = fold(text);
  const whole = fold(typed).trim();
  const direct = there.indexOf(whole);
  if (direct >= 0) {
    const starts = direct === 0 || /[\s#@._:/-]/.test(there[direct - 1] ?? "");
    return whole.length * 5 + (direct === 0 ? 4 : starts ? 3 : 0) - there.length * 0.02;
  }
  return scattered(wanted, there, best) ?? scattered(wanted, there, next);
}

type Finder = (text: string, letter: string, from: number, last: number) => number;

function scattered(wanted: string, there: string, find: Finder): number | null {
  let points = 0;
  let from = 0;
  let last = -2;
  for (const letter of wanted) {
    const found = find(there, letter, from, last);
    if (found < 0) return null;
    const starts = found === 0 || /[\s#@._:/-]/.test(there[found - 1] ?? "");
    points += found === last + 1 ? 5 : starts ? 4 : 1;
    if (found === 0) points += 2;
    last = found;
    from = found + 1;
  }
  return points - there.length * 0.02;
}

/** The next letter if it follows, else one that begins a word, else the first. */
function best(text: string, letter: string, from: number, last: number): number {
  if (last >= 0 && text[from] === letter) return from;
  for (let at = text.indexOf(letter, from); at >= 0; at = text.indexOf(letter, at + 1)) {
    if (at === 0 || /[\s#@._:/-]/.test(text[at - 1] ?? "")) return at;
  }
  return text.indexOf(letter, from);
}

function next(text: string, letter: string, from: number): number {
  return text.indexOf(letter, from);
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
