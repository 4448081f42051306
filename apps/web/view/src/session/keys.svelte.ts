// Keys that work everywhere, and what the open room does at some of them.
import { readEverything, step } from "./doings";
import { layout } from "./layout.svelte";
import { go, here } from "./place.svelte";
import { session } from "./session.svelte";

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

/** Parts of the window in the order in which a key goes through them. */
const PARTS = ["#rail a[aria-current], #rail a", '[role="feed"] [tabindex="0"]', "main textarea, main input", "aside button"];

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

function withControl({ key, shiftKey }: KeyboardEvent): boolean {
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
      if (shiftKey) go({ is: "search", words: "" });
      return shiftKey;
    case "f6":
      nextPart();
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

function nextPart(): void {
  const parts = PARTS.map((part) => document.querySelector<HTMLElement>(part)).filter((part) => part !== null);
  const roots = parts.map((part) => part.closest("nav, aside, form, [role=feed]"));
  const now = roots.findIndex((root) => root?.contains(document.activeElement));
  parts[(now + 1) % parts.length]?.focus();
}
