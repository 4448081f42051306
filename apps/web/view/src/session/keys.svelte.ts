// Keys that work everywhere, and what the open room does at some of them.
import { readEverything, step } from "./doings";
import { layout } from "./layout.svelte";
import { go, here } from "./place.svelte";
import { session } from "./session.svelte";

/** What a room offers to the keys. */
export interface RoomKeys {
  done: () => unknown;
  unread: () => unknown;
  /** Opens the field that finds words in this room. */
  find: () => unknown;
  /** Puts the focus on a line in sight. */
  lines: () => unknown;
}

let open: RoomKeys | null = null;

/** The room on the screen takes its keys; call what is returned when it goes. */
export function register(keys: RoomKeys): () => void {
  open = keys;
  return () => {
    if (open === keys) open = null;
  };
}

/** Parts of the window in the order in which a key goes through them, and what takes the focus in each. */
const PARTS: { part: string; first: string }[] = [
  { part: "nav", first: "a[aria-current], a" },
  { part: "main search, main.screen", first: "input, a, button, [tabindex]" },
  { part: '[role="feed"]', first: "article" },
  { part: "main form", first: "textarea" },
  { part: "aside", first: "button" },
];

/** Whether keys write something where the focus is. */
export function typing(event: KeyboardEvent): boolean {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  return at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button])");
}

/** Single letters do something only outside of fields and dialogs, and only while nobody has switched them off. */
export function plainKey(event: KeyboardEvent): boolean {
  const held = event.ctrlKey || event.altKey || event.metaKey;
  return !held && !typing(event) && !overlaid() && session.setting("keys", "on") !== "off";
}

function overlaid(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

export function globalKeys(event: KeyboardEvent): void {
  if (event.isComposing || event.defaultPrevented) return;
  if (act(event)) event.preventDefault();
}

function act(event: KeyboardEvent): boolean {
  const { key, altKey, shiftKey } = event;
  const control = event.ctrlKey || event.metaKey;
  if (control && !altKey) return withControl(event);
  if (overlaid()) return false;
  if (altKey && !control && (key === "ArrowUp" || key === "ArrowDown")) {
    step(key === "ArrowDown" ? 1 : -1, (room) => !shiftKey || (room.unread > 0 && !session.quiet(room)));
    return true;
  }
  if (key === "F6") {
    nextPart(shiftKey ? -1 : 1);
    return true;
  }
  if (key === "Escape") return escape(shiftKey);
  if (shiftKey && key === "PageUp" && open) {
    open.unread();
    return true;
  }
  if (key === "/" && plainKey(event)) {
    go({ is: "search", words: "" });
    return true;
  }
  return false;
}

function withControl({ key, shiftKey, target }: KeyboardEvent): boolean {
  switch (key.toLowerCase()) {
    case "k":
      layout.over = layout.over === "palette" ? null : "palette";
      return true;
    case "/":
      layout.over = layout.over === "keys" ? null : "keys";
      return true;
    case ",":
      go({ is: "settings", page: "profile" });
      return true;
    case "f":
      if (shiftKey) {
        go({ is: "search", words: "" });
        return true;
      }
      // Pressed again in our own field, it is the browser's.
      if (!open || overlaid() || (target instanceof Element && target.closest("search"))) return false;
      open.find();
      return true;
    case "f6":
      if (overlaid()) return false;
      nextPart(shiftKey ? -1 : 1);
      return true;
    default:
      return false;
  }
}

function escape(all: boolean): boolean {
  if (all) {
    void readEverything();
    return true;
  }
  if (here.place.is !== "room") return false;
  if (layout.details && layout.middle) {
    layout.details = false;
    return true;
  }
  open?.done();
  document.querySelector<HTMLElement>("main textarea")?.focus();
  return true;
}

/** To the next part that is on the screen; from outside of all of them to the first, or the last on the way back. */
function nextPart(by: 1 | -1): void {
  const parts = PARTS.flatMap(({ part, first }) => {
    const root = document.querySelector<HTMLElement>(part);
    const target = root?.querySelector<HTMLElement>(first);
    return root && target ? [{ root, target }] : [];
  });
  const now = parts.findIndex(({ root }) => root.contains(document.activeElement));
  const next = parts.at(now < 0 && by < 0 ? -1 : (now + by) % parts.length);
  // Of the lines only those in sight are drawn: the room knows which one it is.
  if (next?.root.role === "feed") open?.lines();
  else next?.target.focus();
}
