// What is being written in each room: kept by the engine, so that it outlives reloads and is encrypted like the rest.
import { ask } from "../engine/engine";

/** Between a key and the draft being kept, milliseconds. */
const REST_MS = 300;

export class Draft {
  text = $state("");
  loaded = $state(false);
  /** Grows whenever the field is to take the focus. */
  wanted = $state(0);
  #kept = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #touched = false;

  constructor(readonly room: string) {}

  /** Reads what was kept, unless something newer is being written here. */
  async load(): Promise<void> {
    if (this.#touched && this.text !== this.#kept) return;
    try {
      const kept = await ask("draft", { room: this.room });
      if (!this.#touched || this.text === this.#kept) {
        this.text = kept;
        this.#kept = kept;
      }
    } catch {
      // A room that is not here yet has no draft; what is written now is kept all the same.
    }
    this.loaded = true;
  }

  /** Somebody has typed. */
  touch(): void {
    this.#touched = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), REST_MS);
  }

  set(text: string): void {
    this.text = text;
    this.touch();
  }

  /** Puts a text under what is there, and the focus into the field. */
  put(text: string): void {
    this.set(this.text.trim() ? `${this.text.replace(/\n*$/, "\n")}${text}` : text);
    this.wanted++;
  }

  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    const { text } = this;
    if (text === this.#kept) return;
    this.#kept = text;
    try {
      await ask("keep_draft", { room: this.room, text });
    } catch {
      // Tried again with the next key.
      this.#kept = "";
    }
  }
}

const drafts = new Map<string, Draft>();

export function draftOf(room: string): Draft {
  let draft = drafts.get(room);
  if (!draft) {
    draft = new Draft(room);
    drafts.set(room, draft);
  }
  return draft;
}

function keepAll(): void {
  for (const draft of drafts.values()) void draft.keep();
}

document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keepAll());
addEventListener("pagehide", keepAll);
