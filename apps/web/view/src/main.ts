// Starts the engine's worker and mounts the view.
import { mount } from "svelte";
import App from "./App.svelte";
import { sentence, start } from "./engine/engine";
import { server } from "./engine/local";
import "./styles/tokens.css";
import "./styles/base.css";
import { words } from "./words/english";

// An invite's code is read once and taken out of the address, so that it stays in no history.
const invite = location.pathname === "/i" && location.hash.length > 1 ? location.href : null;
if (invite) history.replaceState(null, "", "/");

const target = document.getElementById("app");
/** Why the tunnel on loopback does not let this page in. */
let outside: string | null = null;
try {
  const behind = await server();
  if (behind === "no token") outside = words.outside;
  else start(behind.server);
} catch (thrown) {
  outside = sentence(thrown);
}
if (target) mount(App, { target, props: { invite, outside } });
