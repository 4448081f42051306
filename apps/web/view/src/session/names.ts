// How people and rooms are called on the screen.
import type { Line, Me, Person, Room } from "../engine/types";

/** A person's own choice of a name, or the user name. */
export function nameOf(person: Person | Me): string {
  return person.display || person.user_name;
}

export function authorOf(line: Line): string {
  return line.display || line.from;
}

/** A room as it is written in a sentence: `#name`, or the name of the other person. */
export function roomName(room: Room): string {
  return room.kind === "dm" ? room.display || room.label.replace(/^@/, "") : room.label;
}

/** The name alone, where a picture before it says what it is. */
export function bareName(room: Room): string {
  return room.kind === "dm" ? roomName(room) : room.label.replace(/^#/, "");
}

/** The team's name is the host of its server. */
export function teamName(server: string): string {
  try {
    return new URL(server).hostname;
  } catch {
    return server;
  }
}

/** Whether somebody can be in there: listed rooms are only known, not entered. */
export function isIn(room: Room): boolean {
  return room.standing !== "listed" && room.standing !== "gone";
}
