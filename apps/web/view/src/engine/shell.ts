// The service worker that keeps the app's own files, where the browser allows one: not under a certificate it does not trust.
import { script } from "./trusted";

/** Where it stands; `failed` is nothing to worry people with, only to tell those who look. */
export type Shell = { is: "none" } | { is: "registered" } | { is: "failed"; why: string };

let shell: Promise<Shell> | undefined;

/** Registers it once the page has what it needs; asked again, tells what came of it. */
export function registered(): Promise<Shell> {
  shell ??= register();
  return shell;
}

async function register(): Promise<Shell> {
  // The built app alone has it: a development server's files change under it.
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return { is: "none" };
  if (document.readyState !== "complete") {
    await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  }
  try {
    await navigator.serviceWorker.register(script("/sw.js"));
    return { is: "registered" };
  } catch (thrown) {
    return { is: "failed", why: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
