// Starts the engine's worker and mounts the view.
import { mount } from "svelte";
import App from "./App.svelte";
import { sentence, start } from "./engine/engine";
import { server } from "./engine/local";
import { registered } from "./engine/shell";
import { takeGiven } from "./session/given";
import "./styles/tokens.css";
import "./styles/base.css";

takeGiven();
// An invite's code is read once and taken out of the address, so that it stays in no history.
const invite = location.pathname === "/i" && location.hash.length > 1 ? location.href : null;
if (invite) history.replaceState(null, "", "/");

const target = document.getElementById("app");
/** What keeps this page out of the tunnel on loopback, as far as the browser says it. */
let outside: string | null = null;
try {
  const behind = await server();
  if (behind === "no token") outside = "";
  else start(behind.server);
} catch (thrown) {
  outside = sentence(thrown);
}
// The printed address differs only in its fragment: opened in this tab, it would otherwise change nothing.
if (outside === "") addEventListener("hashchange", () => location.reload());
if (target) mount(App, { target, props: { invite, outside } });
void registered();
