// Everything the palette can do: rooms, people, actions.
import type { Component } from "svelte";
import AtSign from "@lucide/svelte/icons/at-sign";
import BellOff from "@lucide/svelte/icons/bell-off";
import CheckCheck from "@lucide/svelte/icons/check-check";
import Compass from "@lucide/svelte/icons/compass";
import Gauge from "@lucide/svelte/icons/gauge";
import Hash from "@lucide/svelte/icons/hash";
import Inbox from "@lucide/svelte/icons/inbox";
import Keyboard from "@lucide/svelte/icons/keyboard";
import Lock from "@lucide/svelte/icons/lock";
import LogOut from "@lucide/svelte/icons/log-out";
import Plus from "@lucide/svelte/icons/plus";
import Settings from "@lucide/svelte/icons/settings";
import SunMoon from "@lucide/svelte/icons/sun-moon";
import UserPlus from "@lucide/svelte/icons/user-plus";
import { goToRoom, inOrder, mute, readEverything, talkTo } from "../../../session/doings";
import { layout } from "../../../session/layout.svelte";
import { nameOf, roomName } from "../../../session/names";
import { go, here } from "../../../session/place.svelte";
import { session } from "../../../session/session.svelte";
import { words } from "../../../words/english";

export interface Entry {
  key: string;
  /** What is shown, and what is matched besides. */
  name: string;
  also: string;
  kind: "room" | "person" | "action";
  icon: Component<{ size?: number | string }>;
  unread: number;
  act: () => unknown;
}

const said = words.main;
const PAGES = ["profile", "password", "devices", "recovery", "notifications", "appearance", "doctor", "about"] as const;

function rooms(): Entry[] {
  return inOrder().map((room) => ({
    key: room.room,
    name: roomName(room),
    also: `${room.label} ${room.topic}`,
    kind: room.kind === "dm" ? ("person" as const) : ("room" as const),
    icon: room.kind === "dm" ? AtSign : room.kind === "private" ? Lock : Hash,
    unread: session.quiet(room) ? 0 : room.unread,
    act: () => goToRoom(room.room),
  }));
}

function people(): Entry[] {
  const met = new Set(session.rooms.filter((room) => room.kind === "dm").map((room) => room.peer));
  return session.people
    .filter((person) => person.user !== session.me?.user && !met.has(person.user))
    .map((person) => ({
      key: person.user,
      name: nameOf(person),
      also: `@${person.user_name}`,
      kind: "person" as const,
      icon: AtSign,
      unread: 0,
      act: () => talkTo(person),
    }));
}

function action(key: string, name: string, icon: Entry["icon"], act: () => unknown): Entry {
  return { key, name, also: "", kind: "action", icon, unread: 0, act };
}

function actions(): Entry[] {
  const { place } = here;
  const room = place.is === "room" ? session.room(place.room) : undefined;
  return [
    action("inbox", said.inbox, Inbox, () => go({ is: "inbox" })),
    action("dashboard", said.dashboard, Gauge, () => go({ is: "dashboard" })),
    action("create", said.createRoom, Plus, () => (layout.over = "create")),
    action("browse", said.browseRooms, Compass, () => (layout.over = "browse")),
    action("invite", said.invite, UserPlus, () => (layout.over = "invite")),
    ...(room
      ? [
          action("mute", (session.quiet(room) ? said.palette.unmute : said.palette.mute)(roomName(room)), BellOff, () => mute(room)),
        ]
      : []),
    action("read", said.palette.allRead, CheckCheck, readEverything),
    ...(["light", "dark", "system"] as const).map((theme) =>
      action(`theme-${theme}`, said.palette.theme[theme], SunMoon, () => session.set("theme", theme)),
    ),
    ...PAGES.map((page) => action(`settings-${page}`, said.palette.settings[page], Settings, () => go({ is: "settings", page }))),
    action("keys", said.keys, Keyboard, () => (layout.over = "keys")),
    action("log-out", said.palette.logOut, LogOut, () => go({ is: "settings", page: "devices" })),
  ];
}

/** All of them: what is unread first, then rooms, people, actions. */
export function entries(): Entry[] {
  const known = [...rooms(), ...people()];
  return [...known.filter((entry) => entry.unread > 0), ...known.filter((entry) => entry.unread === 0), ...actions()];
}
