// The rule for user names, so that a slip is said while it is typed and not after a journey to the server.
import { words } from "../../words/english";

const LONGEST = 32;

/** User names know no capitals, and a space before or after is never meant. */
export function fold(typed: string): string {
  return typed.trim().toLowerCase();
}

/** What is wrong with what has been typed so far. */
export function nameTrouble(name: string): string | undefined {
  if (!/^[a-z0-9._-]*$/.test(name)) return words.entry.userNameWrong;
  if (name.length > LONGEST) return words.entry.userNameLong;
  return undefined;
}
