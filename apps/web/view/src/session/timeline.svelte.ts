// The lines of the room being looked at: a window of the whole, read page by page from the engine and kept current.
import { ask, listen, sentence } from "../engine/engine";
import type { Line, Room } from "../engine/types";

const PAGE = 100;
/** Lines read again when the engine tells that something changed: what is newer than these is fetched as well. */
const TAIL = 50;
/** Lines read at once to close a gap. */
const GAP = 500;
/** Gaps of more rounds than this are not closed: the newest page replaces what is here. */
const ROUNDS = 4;
/** Lines kept. Who scrolls further has them read again, so that memory stays bounded whatever the room holds. */
const KEPT = 4_000;

/** Where the unread line goes: before the first line of somebody else after this place. */
export type Mark = { after: number; count: number };

/** A line's name while it waits and after it has got its place. */
export function keyOf(line: Line): string {
  return line.device + line.id;
}

/** Whether somebody said it, or would have: what a room tells of itself is no news to anybody. */
export function isSaid(line: Line): boolean {
  return line.kind !== "members" && line.kind !== "deleted";
}

function same(a: Line, b: Line): boolean {
  return (
    a.seq === b.seq &&
    a.state.is === b.state.is &&
    a.kind === b.kind &&
    a.text === b.text &&
    a.time === b.time &&
    a.display === b.display
  );
}

export class Timeline {
  /** Oldest first; what waits comes last. */
  lines = $state.raw<Line[]>([]);
  loaded = $state(false);
  /** Nothing older is on this device. */
  whole = $state(false);
  /** The newest line is here. */
  live = $state(true);
  failed = $state("");
  mark = $state<Mark | null>(null);
  /** Lines of others that came in while the reader was further up. */
  fresh = $state(0);
  /** Nothing is marked as read by itself: somebody has marked lines as unread. */
  held = $state(false);
  reading = $state(false);
  /** Whether who is at the end goes along with what was added last: so with news, not with pages one scrolls to. */
  follow = true;
  /** Told by the view: what is at the end is seen, and how far up the reader is (0 oldest, 1 newest). */
  atEnd = true;
  where = 1;

  #placed: Line[] = [];
  #waiting: Line[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #stale = false;
  #looking = false;
  #earlier: Room["earlier"] = "all";
  #stop: () => void;

  constructor(readonly room: string) {
    this.#stop = listen((told) => {
      // What was read back stands before the lines that were the first ones so far.
      if (told.is === "timeline" && told.room === room && this.#earlier !== "all") this.#lookBack();
      if (told.is === "everything") void this.#queue(() => this.#again());
      else if ((told.is === "timeline" || told.is === "arrived") && told.room === room) this.pull();
    });
  }

  close(): void {
    this.#stop();
  }

  get newest(): number {
    return this.#placed.at(-1)?.seq ?? 0;
  }

  /** Reads the room where it is to be opened: at a place, at the first unread line, or at its end. */
  open(room: Room, at: number | null): Promise<void> {
    if (room.unread > 0) this.mark = { after: room.read_to, count: room.unread };
    return this.#queue(async () => {
      if (at !== null) await this.#around(at + 30);
      else if (room.unread > 0) await this.#around(room.read_to + 1);
      else await this.#end();
      this.loaded = true;
    });
  }

  /** Reads around a place that is not in the window. */
  around(seq: number): Promise<void> {
    return this.#queue(() => this.#around(seq + 30));
  }

  /** Makes the newest lines part of the window: at once where they are, whatever is being read. */
  toEnd(): Promise<void> {
    if (this.live && this.loaded) return Promise.resolve();
    return this.#queue(async () => {
      if (!this.live) await this.#end();
    });
  }

  older(): Promise<void> {
    // What the server has and this device has not yet is older too; a connection that was away may be back.
    const more = !this.whole || this.#earlier === "more";
    if (!more || this.reading || this.#placed.length === 0) return Promise.resolve();
    return this.#queue(async () => {
      this.reading = true;
      await this.#before();
    });
  }

  /** Puts the page before the first line in front of it: the first one of this turn, not of when the turn was asked for. */
  async #before(): Promise<void> {
    const first = this.#placed[0]?.seq;
    if (first == null) return;
    const page = await ask("timeline", { room: this.room, before: first, limit: PAGE });
    this.whole = page.length < PAGE;
    this.#show([...page, ...this.#placed], this.#waiting);
  }

  /** Told by the view: how the room begins on this device. */
  begins(earlier: Room["earlier"]): void {
    if (earlier === this.#earlier) return;
    this.#earlier = earlier;
    this.#lookBack();
  }

  /** What was read back stands before the lines that were the first ones so far. */
  #lookBack(): void {
    if (!this.whole || !this.loaded || this.#looking) return;
    this.#looking = true;
    void this.#queue(async () => {
      this.#looking = false;
      if (this.#placed.length === 0) return this.#tail();
      this.follow = false;
      await this.#before();
    });
  }

  newer(): Promise<void> {
    if (this.live || this.reading) return Promise.resolve();
    return this.#queue(async () => {
      this.reading = true;
      await this.#further(PAGE);
    });
  }

  /** Reads what is new. Many news are one reading: one is under way at most, and one waits. */
  pull(): void {
    if (this.#stale || !this.loaded) return;
    this.#stale = true;
    void this.#queue(async () => {
      // One frame's news together.
      await new Promise((resolve) => setTimeout(resolve, 16));
      this.#stale = false;
      await this.#tail();
    });
  }

  /** Everything here has been read. */
  async read(): Promise<void> {
    if (this.newest > 0) await ask("mark_read", { room: this.room, seq: this.newest });
  }

  async unreadFrom(line: Line): Promise<void> {
    if (line.seq === null) return;
    this.held = true;
    const { seq } = line;
    const count = this.#placed.filter((other) => (other.seq ?? 0) >= seq && !other.own && isSaid(other)).length;
    this.mark = { after: seq - 1, count };
    await ask("mark_unread", { room: this.room, seq });
  }

  /** The reader turns away: what comes from now on stands below an unread line. */
  turnAway(): void {
    if (this.atEnd && this.live && !this.held) this.mark = { after: this.newest, count: 0 };
  }

  /** Settles an unread line that nothing came after. */
  turnBack(): void {
    const { mark } = this;
    if (this.loaded && mark && mark.after >= this.newest) this.mark = null;
  }

  async #queue(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(async () => {
      try {
        await work();
        this.failed = "";
      } catch (thrown) {
        this.failed = sentence(thrown);
      }
      this.reading = false;
    });
    this.#turn = turn;
    await turn;
  }

  async #end(): Promise<void> {
    const page = await ask("timeline", { room: this.room, before: null, limit: PAGE });
    const placed = page.filter((line) => line.seq !== null);
    this.whole = placed.length < PAGE;
    this.live = true;
    this.fresh = 0;
    this.#show(placed, page.filter((line) => line.seq === null));
  }

  async #around(before: number): Promise<void> {
    const page = await ask("timeline", { room: this.room, before, limit: PAGE });
    this.whole = page.length < PAGE;
    this.live = false;
    this.#placed = page;
    await this.#further(PAGE);
  }

  /** Adds what follows the window; once there is no more, also what waits. */
  async #further(limit: number): Promise<void> {
    const page = await ask("after", { room: this.room, seq: this.newest, limit });
    const live = page.length < limit;
    this.live = live;
    this.follow = false;
    this.#show([...this.#placed, ...page], []);
    if (live) await this.#tail();
  }

  async #again(): Promise<void> {
    if (this.live && this.atEnd) return this.#end();
    const middle = this.lines[Math.floor(this.where * (this.lines.length - 1))]?.seq;
    return middle == null ? this.#end() : this.#around(middle + 30);
  }

  async #tail(): Promise<void> {
    const page = await ask("timeline", { room: this.room, before: null, limit: TAIL });
    let placed = page.filter((line) => line.seq !== null);
    const waiting = page.filter((line) => line.seq === null);
    if (!this.live) {
      this.fresh += placed.filter((line) => (line.seq ?? 0) > this.#counted && this.#isNews(line)).length;
      this.#counted = placed.at(-1)?.seq ?? this.#counted;
      return;
    }
    const last = this.newest;
    if (last > 0 && placed.length === TAIL && (placed[0]?.seq ?? 0) > last) {
      const missing = await this.#gap(last, placed[0]?.seq ?? 0);
      if (!missing) {
        this.live = false;
        if (this.atEnd) await this.#end();
        return;
      }
      placed = [...missing, ...placed];
    }
    if (!this.atEnd) this.fresh += placed.filter((line) => (line.seq ?? 0) > last && this.#isNews(line)).length;
    this.follow = true;
    this.#show(this.#joined(placed), waiting);
  }

  #counted = 0;

  #isNews(line: Line): boolean {
    return !line.own && isSaid(line);
  }

  /** What lies between two places, or nothing if that is too much. */
  async #gap(after: number, before: number): Promise<Line[] | null> {
    const missing: Line[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const page = await ask("after", { room: this.room, seq: missing.at(-1)?.seq ?? after, limit: GAP });
      missing.push(...page.filter((line) => (line.seq ?? 0) < before));
      if (page.length < GAP || (page.at(-1)?.seq ?? 0) >= before) return missing;
    }
    return null;
  }

  /** The window with lines read anew. Lines that are as they were stay the same objects and are not drawn again. */
  #joined(news: Line[]): Line[] {
    const from = news[0]?.seq;
    if (from == null) return this.#placed;
    let start = this.#placed.length;
    while (start > 0 && (this.#placed[start - 1]?.seq ?? 0) >= from) start--;
    const known = new Map(this.#placed.slice(start).map((line) => [keyOf(line), line]));
    let changed = false;
    for (const line of news) {
      const old = known.get(keyOf(line));
      if (old && same(old, line)) continue;
      known.set(keyOf(line), line);
      changed = true;
    }
    if (!changed) return this.#placed;
    const rest = [...known.values()].sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    return [...this.#placed.slice(0, start), ...rest];
  }

  #show(placed: Line[], waiting: Line[]): void {
    let kept = placed;
    if (placed.length > KEPT) {
      if (this.where > 0.5) {
        kept = placed.slice(placed.length - KEPT);
        this.whole = false;
      } else {
        kept = placed.slice(0, KEPT);
        this.live = false;
      }
    }
    this.#placed = kept;
    const old = new Map(this.#waiting.map((line) => [keyOf(line), line]));
    this.#waiting = waiting.map((line) => {
      const before = old.get(keyOf(line));
      return before && same(before, line) ? before : line;
    });
    this.#counted = Math.max(this.#counted, this.newest);
    this.lines = this.live ? [...kept, ...this.#waiting] : kept;
  }
}
