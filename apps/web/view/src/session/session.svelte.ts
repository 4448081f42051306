// What the whole view knows of the engine: who is here, rooms, people, connection. Read anew whenever the engine tells.
import { ask, follow, listen, sentence } from "../engine/engine";
import type { Standing } from "../engine/frames";
import type { ConnectionView, Device, HoldView, Me, Person, Room, Setting, TellView } from "../engine/types";

export type Alarm = { number: number; room: string | null; what: string };
export type Toast = { number: number; kind: "note" | "error" | "good"; text: string };

/** The state that all screens share. */
class Session {
  standing = $state<Standing>({ is: "starting" });
  /** `undefined` until the engine has said who is here. */
  me = $state<Me | null | undefined>(undefined);
  connection = $state<ConnectionView>({ is: "connecting" });
  caughtUp = $state(false);
  rooms = $state.raw<Room[]>([]);
  people = $state.raw<Person[]>([]);
  settings = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** While sending waits for a limit: until when, and why. */
  holding = $state<{ until: number; why: HoldView } | null>(null);
  /** Shown until somebody has looked at each. */
  alarms = $state<Alarm[]>([]);
  toasts = $state<Toast[]>([]);
  /** Devices of this person that appeared and that nobody has said anything about. */
  strangers = $state.raw<Device[]>([]);
  /** Another device has replaced the keys that this person's devices share, and this browser has not taken them up. */
  locked = $state(false);
  /** The recovery key alone was replaced on another device, and nobody here has looked at that. */
  replaced = $state(false);
  #number = 0;
  /** What is being read, and whether it is to be read once more after that. */
  #refreshing = new Map<string, boolean>();

  readonly unread = $derived(this.rooms.reduce((sum, room) => sum + (this.quiet(room) ? 0 : room.unread), 0));

  constructor() {
    follow((standing) => {
      this.standing = standing;
      if (standing.is === "owner" || standing.is === "attached") void this.enter();
    });
    listen((told) => this.#hear(told));
  }

  /** Reads who is here and, if somebody is, everything. */
  async enter(): Promise<void> {
    try {
      const me = await ask("me");
      this.connection = await ask("connection");
      // What the owning tab was told before this one came is not told again.
      if (this.standing.is === "attached" && this.connection.is === "online") this.caughtUp = true;
      this.me = me;
      if (this.caughtUp) this.#ownDevices();
      await this.refresh();
    } catch {
      this.me = null;
    }
  }

  /** Reads everything anew. */
  async refresh(): Promise<void> {
    await Promise.all([this.#rooms(), this.#people(), this.#settings()]);
  }

  /** A setting of this device. */
  setting(name: string, otherwise: string): string {
    return this.settings.get(name) ?? otherwise;
  }

  /** Whether a room is muted. */
  quiet(room: Room): boolean {
    return this.setting(`room.${room.room}.notify`, "all") === "none";
  }

  async set(setting: string, value: string | null): Promise<void> {
    const next = new Map(this.settings);
    if (value === null) next.delete(setting);
    else next.set(setting, value);
    this.settings = next;
    await this.attempt(ask("set", { setting, value }));
  }

  room(id: string): Room | undefined {
    return this.rooms.find((room) => room.room === id);
  }

  /** Waits for something that a person asked for, and says so if it fails. */
  async attempt<T>(what: Promise<T>): Promise<T | undefined> {
    try {
      return await what;
    } catch (thrown) {
      this.say("error", sentence(thrown));
      return undefined;
    }
  }

  /** Shows a sentence for a while. */
  say(kind: Toast["kind"], text: string): void {
    const number = ++this.#number;
    this.toasts = [...this.toasts.filter((toast) => toast.text !== text), { number, kind, text }].slice(-4);
    setTimeout(() => this.unsay(number), kind === "error" ? 12_000 : 5_000);
  }

  unsay(number: number): void {
    this.toasts = this.toasts.filter((toast) => toast.number !== number);
  }

  seen(alarm: Alarm): void {
    this.alarms = this.alarms.filter((other) => other.number !== alarm.number);
    void this.attempt(ask("look_at", { what: alarm.what }));
  }

  #hear(told: TellView): void {
    switch (told.is) {
      case "connection":
        this.connection = told.connection;
        if (told.connection.is !== "online") this.caughtUp = false;
        break;
      case "caught_up":
        if (!this.caughtUp) this.#ownDevices();
        this.caughtUp = true;
        break;
      case "rooms":
      case "wished":
        this.#soon("rooms", () => Promise.all([this.#rooms(), this.#people(), this.#me()]));
        break;
      case "timeline":
      case "arrived":
        this.#soon("unread", () => this.#rooms());
        break;
      case "settings":
        this.#soon("settings", () => this.#settings());
        break;
      case "holding":
        this.holding = { until: told.until, why: told.why };
        break;
      case "wish_failed":
        this.say("error", sentence(new Error(told.why)));
        this.#soon("unread", () => this.#rooms());
        break;
      case "alarm":
        this.alarms = [...this.alarms, { number: ++this.#number, room: told.room, what: told.what }];
        break;
      case "own_device_added":
      case "devices":
        this.#soon("strangers", () => this.readStrangers());
        this.#soon("people", () => this.#people());
        break;
      case "vault_key":
        if (told.known) this.locked = false;
        else this.#soon("replaced", () => this.#keysReplaced());
        break;
      case "root_changed":
        this.#soon("people", () => this.#people());
        break;
      case "left":
        this.me = null;
        this.locked = this.replaced = false;
        break;
      case "everything":
        this.#soon("everything", () => this.refresh());
        this.#ownDevices();
        break;
    }
  }

  /** Many news are one reading: one is under way at most, however slow the engine is just then, and one waits. */
  #soon(what: string, read: () => Promise<unknown>): void {
    if (!this.me) return;
    if (this.#refreshing.has(what)) {
      this.#refreshing.set(what, true);
      return;
    }
    this.#refreshing.set(what, false);
    setTimeout(async () => {
      await read().catch(() => undefined);
      const again = this.#refreshing.get(what);
      this.#refreshing.delete(what);
      if (again) this.#soon(what, read);
    }, 30);
  }

  /** Reads which devices are asked about. */
  async readStrangers(): Promise<void> {
    this.strangers = (await ask("devices")).filter((device) => device.unanswered);
  }

  /** What is to be known of one's own devices once everything is here. */
  #ownDevices(): void {
    this.#soon("strangers", () => this.readStrangers());
    this.#soon("keys", () => this.#readKeys());
  }

  async #readKeys(): Promise<void> {
    this.locked = !(await ask("shared_keys"));
  }

  /** Something of this person's was replaced on another device: all that they share, or the recovery key alone. */
  async #keysReplaced(): Promise<void> {
    await this.#readKeys();
    this.replaced = !this.locked;
  }

  async #me(): Promise<void> {
    this.me = await ask("me");
  }

  async #rooms(): Promise<void> {
    this.rooms = await ask("rooms");
  }

  async #people(): Promise<void> {
    this.people = await ask("people");
  }

  async #settings(): Promise<void> {
    const settings: Setting[] = await ask("settings");
    this.settings = new Map(settings.map(({ setting, value }) => [setting, value]));
  }
}

export const session = new Session();
