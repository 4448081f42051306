// The present second, for countdowns: it ticks only while something on the screen reads it.
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Milliseconds since 1970; whoever reads it in a component is run again each second. */
export function now(): number {
  subscribe();
  return Date.now();
}

/** Whole seconds until a time, never less than zero. */
export function secondsUntil(time: number): number {
  return Math.max(0, Math.ceil((time - now()) / 1000));
}
