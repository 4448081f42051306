// What could be meant by the beginning of a name: people after @, rooms after #.
import type { Person, Room } from "../engine/types";

export type Choice = { key: string; insert: string; label: string; hint: string };

/** What is being named at the caret, and where it begins. */
export type Begun = { from: number; sign: "@" | "#"; begin: string };

/** Longest list that is offered. */
const MOST = 6;

/** The name that the text before the caret ends with, if it ends with one. */
export function begun(before: string): Begun | null {
  const found = /(?:^|[\s(])([@#])([\p{L}\p{N}._-]*)$/u.exec(before);
  if (!found) return null;
  const begin = found[2] ?? "";
  return { from: before.length - begin.length - 1, sign: found[1] as "@" | "#", begin: begin.toLocaleLowerCase() };
}

/** What it could be, best first: names that begin so, then those that hold it. */
export function choices({ sign, begin }: Begun, people: Person[], rooms: Room[]): Choice[] {
  const all: Choice[] =
    sign === "@"
      ? people.map(({ user, user_name, display }) => ({
          key: user,
          insert: `@${user_name} `,
          label: `@${user_name}`,
          hint: display ?? "",
        }))
      : rooms
          .filter((room) => room.kind !== "dm" && room.standing !== "gone")
          .map(({ room, label, topic }) => ({ key: room, insert: `${label} `, label, hint: topic }));
  const rank = ({ label, hint }: Choice) => {
    const name = label.slice(1).toLocaleLowerCase();
    if (name.startsWith(begin)) return 0;
    if (hint.toLocaleLowerCase().startsWith(begin)) return 1;
    return name.includes(begin) ? 2 : 3;
  };
  return all
    .map((choice) => ({ choice, rank: rank(choice) }))
    .filter(({ rank }) => rank < 3)
    .sort((a, b) => a.rank - b.rank || a.choice.label.localeCompare(b.choice.label))
    .slice(0, MOST)
    .map(({ choice }) => choice);
}
