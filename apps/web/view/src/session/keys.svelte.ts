// Keys that work everywhere, and what the open room does at some of them.

/** What a room offers to the keys. */
export type RoomKeys = { done: () => unknown; unread: () => unknown };

let open: RoomKeys | null = null;

/** The room on the screen takes its keys; call what is returned when it goes. */
export function register(keys: RoomKeys): () => void {
  open = keys;
  return () => {
    if (open === keys) open = null;
  };
}

export const openRoom = () => open;
