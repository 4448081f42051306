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

/** Rows drawn beyond those in sight: their heights are known before they come into sight. */
const BEYOND = 24;

type Align = "auto" | "start" | "center" | "end";

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
  /** The row that is being scrolled to: rows added above give it another index meanwhile. */
  #sought: { key: string; align: Align } | null = null;
  readonly #rows: () => Rows;
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
      overscan: BEYOND,
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
    this.#rows = rows;
    this.core = untrack(() => new Virtualizer(options(rows())));
    this.core.shouldAdjustScrollPositionOnItemSizeChange = (item) => this.#standsBelow(item);
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
      this.#quietly(() => {
        this.core._willUpdate();
        this.#seekOn();
      });
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

  /** Whether what a row turns out to be higher or lower is taken out above it, so that what was in sight below it stays. */
  #standsBelow({ key, index, start, end }: VirtualItem): boolean {
    const offset = this.core.scrollOffset ?? 0;
    const measured = this.core["itemSizeCache"];
    if (end <= offset) return true;
    // What grows where it is read grows downwards.
    if (measured.has(key)) return false;
    if (start < offset) return true;
    // It came into sight unmeasured, above lines that are being read.
    const { keyOf } = this.#rows();
    const last = this.core.range?.endIndex ?? index;
    for (let below = index + 1; below <= last; below++) if (measured.has(keyOf(below))) return true;
    return false;
  }

  /** Scrolls to a row, wherever it is by the time it is reached. */
  seek(index: number, align: Align): void {
    this.#sought = { key: this.#rows().keyOf(index), align };
    this.core.scrollToIndex(index, { align });
  }

  /** A scroll that is under way knows its row by its index only. */
  #seekOn(): void {
    const index = this.core["scrollState"]?.index ?? null;
    if (index === null || !this.#sought) {
      this.#sought = null;
      return;
    }
    const { key, align } = this.#sought;
    const { keyOf, count } = this.#rows();
    if (keyOf(index) === key) return;
    for (let at = 0; at < count; at++) {
      if (keyOf(at) === key) return this.core.scrollToIndex(at, { align });
    }
  }

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
