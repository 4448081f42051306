// Starts the engine's worker and mounts the view.
import { mount } from "svelte";
import App from "./App.svelte";
import { start } from "./engine/engine";
import { registered } from "./engine/shell";
import "./styles/tokens.css";
import "./styles/base.css";

// An invite's code is read once and taken out of the address, so that it stays in no history.
const invite = location.pathname === "/i" && location.hash.length > 1 ? location.href : null;
if (invite) history.replaceState(null, "", "/");

start(location.origin);
const target = document.getElementById("app");
if (target) mount(App, { target, props: { invite } });
void registered();
