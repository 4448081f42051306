// Something asked of the server that a screen shows: keeps what was last known when asking anew fails.
import { sentence } from "../../engine/engine";

export class Asked<T> {
  value = $state.raw<T | null>(null);
  /** Why the last asking failed; empty when it did not. */
  trouble = $state("");
  busy = $state(false);
  /** When it was last told. */
  at = $state(0);
  readonly #ask: () => Promise<T>;

  constructor(ask: () => Promise<T>) {
    this.#ask = ask;
  }

  async refresh(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      this.value = await this.#ask();
      this.trouble = "";
      this.at = Date.now();
    } catch (thrown) {
      this.trouble = sentence(thrown);
    }
    this.busy = false;
  }
}
