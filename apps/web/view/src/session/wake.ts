// Tells the engine when page, machine or network have woken: a connection that slept is looked at now, not at its next time.
import { on } from "svelte/events";
import { ask } from "../engine/engine";

/** Tells of it until what is returned is called. */
export function tellOfWaking(): () => void {
  // Who is logged out meanwhile needs no connection.
  const wake = () => document.visibilityState === "visible" && void ask("wake").catch(() => undefined);
  const stops = [
    on(window, "online", wake),
    on(window, "pageshow", wake),
    on(document, "visibilitychange", wake),
    on(document, "resume", wake),
  ];
  return () => stops.forEach((stop) => stop());
}
