// How the window is divided now: one column on phones, whether the list, the details or a dialog is shown.
import { MediaQuery } from "svelte/reactivity";
import { here } from "./place.svelte";

export type Over = "palette" | "create" | "browse" | "invite" | "keys" | null;

const LIST = "#/list";

class Layout {
  readonly #narrow = new MediaQuery("(max-width: 719px)");
  readonly #middle = new MediaQuery("(max-width: 1079px)");
  /** The dialog that lies over everything. */
  over = $state<Over>(null);
  /** The right-hand column. */
  details = $state(false);
  /** Whether somebody has put the sidebar away. */
  folded = $state(false);
  #before = "";

  constructor() {
    window.addEventListener("hashchange", (event) => {
      this.#before = new URL(event.oldURL).hash;
      if (this.middle) this.details = false;
    });
  }

  /** One column only. */
  get phone(): boolean {
    return this.#narrow.current;
  }

  /** No room for a third column: details lie over the conversation. */
  get middle(): boolean {
    return this.#middle.current;
  }

  /** On phones the list is a place of its own, so that the phone's own way back leads to it. */
  get list(): boolean {
    void here.place;
    return this.phone && (location.hash === LIST || location.hash.length <= 2);
  }

  toList(): void {
    if (this.#before === LIST) history.back();
    else location.hash = LIST;
  }
}

export const layout = new Layout();
export const listPath = LIST;
