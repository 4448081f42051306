// TanStack's virtual list as runes: end-anchored, so that what comes in above or below never moves what is being read.
import {
  Virtualizer,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type Range,
  type VirtualItem,
  defaultRangeExtractor,
} from "@tanstack/virtual-core";
import { flushSync, untrack } from "svelte";
import type { Attachment } from "svelte/attachments";

export interface Rows {
  count: number;
  element: HTMLElement | null;
  keyOf: (index: number) => string;
  estimate: (index: number) => number;
  /** A row that stays drawn though out of sight, because it has the focus. */
  kept: number;
  /** Whether who is at the end stays at the end when rows are added. */
  follow: boolean;
}

export class Virtual {
  items = $state.raw<VirtualItem[]>([]);
  total = $state(0);
  readonly core: Virtualizer<HTMLElement, HTMLElement>;
  /** Inside an effect the running flush draws what changed; anywhere else it is drawn at once. */
  #inside = false;
  /** The list's own timers may outlive the component. */
  #gone = false;

  /** To be called while a component is set up. */
  constructor(rows: () => Rows, scrolled: () => void) {
    const options = ({ count, element, keyOf, estimate, kept, follow }: Rows) => ({
      count,
      getScrollElement: () => element,
      getItemKey: keyOf,
      estimateSize: estimate,
      anchorTo: "end" as const,
      followOnAppend: follow,
      scrollEndThreshold: 48,
      scrollPaddingStart: 56,
      paddingStart: 8,
      paddingEnd: 12,
      overscan: 8,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      rangeExtractor: (range: Range) => {
        const indexes = defaultRangeExtractor(range);
        if (kept < 0 || kept >= count || indexes.includes(kept)) return indexes;
        return [...indexes, kept].sort((a, b) => a - b);
      },
      onChange: (_: unknown, sync: boolean) => {
        if (this.#gone) return;
        this.#take();
        scrolled();
        if (sync && !this.#inside) flushSync();
      },
    });
    this.core = untrack(() => new Virtualizer(options(rows())));
    $effect.pre(() => {
      const now = rows();
      this.#quietly(() => {
        this.core.setOptions(options(now));
        this.#take();
      });
    });
    $effect(() => {
      rows();
      void this.items;
      this.#quietly(() => this.core._willUpdate());
    });
    $effect(() => {
      const unmount = this.core._didMount();
      return () => {
        this.#gone = true;
        unmount();
      };
    });
  }

  /** Put on each row, beside its `data-index`. */
  readonly measure: Attachment<HTMLElement> = (node) => {
    this.#quietly(() => this.core.measureElement(node));
    return () => this.core.measureElement(null);
  };

  #take(): void {
    this.items = [...this.core.getVirtualItems()];
    this.total = this.core.getTotalSize();
  }

  #quietly(work: () => void): void {
    const before = this.#inside;
    this.#inside = true;
    try {
      untrack(work);
    } finally {
      this.#inside = before;
    }
  }
}
