// How people are called on the dashboard: the server knows user names only, display names are in the engine.
import { session } from "../../session/session.svelte";

/** The name somebody wants to be called by, else the user name. */
export function called(user: string, userName: string): string {
  return session.people.find((person) => person.user === user)?.display ?? userName;
}
