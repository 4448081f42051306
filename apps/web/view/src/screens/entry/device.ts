// A name for this device, as people would say it, from what the browser says of itself.
import { words } from "../../words/english";

/** Tried in this order: many browsers also claim to be those after them. */
const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bVivaldi\//, "Vivaldi"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "Mac"],
  [/\bWindows\b/, "Windows"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

/** For example “Firefox on Linux”. */
export function deviceName(agent: string): string {
  const find = (among: [RegExp, string][]) => among.find(([pattern]) => pattern.test(agent))?.[1];
  return words.entry.browserOn(find(BROWSERS) ?? words.entry.someBrowser, find(SYSTEMS) ?? words.entry.someSystem);
}
