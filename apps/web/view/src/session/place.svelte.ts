// Where in the app somebody is: a path in the fragment, so that back, forward and reload work and no server hears of it.

export type Place =
  | { is: "room"; room: string; seq: number | null }
  | { is: "inbox" }
  | { is: "search"; words: string }
  | { is: "dashboard" }
  | { is: "settings"; page: string };

function read(): Place {
  const [, name = "", first = "", second = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  switch (name) {
    case "room":
      return { is: "room", room: first, seq: second ? Number(second) : null };
    case "inbox":
      return { is: "inbox" };
    case "search":
      return { is: "search", words: first };
    case "settings":
      return { is: "settings", page: first || "profile" };
    default:
      return { is: "dashboard" };
  }
}

/** The path of a place, for links. */
export function path(to: Place): string {
  switch (to.is) {
    case "room":
      return `#/room/${to.room}${to.seq === null ? "" : `/${to.seq}`}`;
    case "search":
      return `#/search/${encodeURIComponent(to.words)}`;
    case "settings":
      return `#/settings/${to.page}`;
    default:
      return `#/${to.is}`;
  }
}

class Here {
  place = $state.raw<Place>(read());
  constructor() {
    addEventListener("hashchange", () => (this.place = read()));
  }
}

export const here = new Here();

/** Goes to a place. */
export function go(to: Place, replace = false): void {
  if (replace) {
    history.replaceState(null, "", path(to));
    here.place = to;
  } else {
    location.hash = path(to);
  }
}
