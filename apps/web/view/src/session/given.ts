// The link of a new device that was opened or scanned in this browser: it is let in under Settings, Devices.

/** The link, until it was used. */
export const given: { link: string } = { link: "" };

/** Takes the link out of the address, where it would stay in the history, and leads to where it is used. */
export function takeGiven(): void {
  if (location.pathname !== "/l") return;
  const code = location.hash.length > 1 && !location.hash.startsWith("#/");
  if (code) given.link = location.href;
  history.replaceState(null, "", code ? "/" : `/${location.hash}`);
  if (code) location.hash = "#/settings/devices";
}
