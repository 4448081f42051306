// The real parts that every proof stands on: the binary as a server and as terminals, Chromium with the server's CA in its
// store, folders that go away. Nothing here is a stand-in.
import { spawn, execFile } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
const BINARY = process.env.SECURECHAT_BIN ?? new URL("../../../target/debug/securechat", import.meta.url).pathname;
const CHROMIUM = process.env.SECURECHAT_CHROMIUM ?? "/usr/bin/chromium";
/** Longest wait for anything: far more than it takes, because a machine may be busy. */
const LIMIT_MS = 60_000;
export const PASSWORD = "kettle-vivid-organ-plaza";

/** A team in a folder of its own: a server, terminals and browsers. `close` ends all of it. */
export class Lab {
  #browsers = [];
  #children = [];

  /** `config` is the text of a server's configuration file, if it is to have one. */
  static async open(config) {
    const lab = new Lab();
    lab.dir = await mkdtemp(join(tmpdir(), "securechat-proof-"));
    if (config) {
      lab.config = join(lab.dir, "server.toml");
      await writeFile(lab.config, config);
    }
    await lab.start();
    return lab;
  }

  /** Starts the server, again on the same port if it has run before. */
  async start() {
    const listen = this.port ? `127.0.0.1:${this.port}` : "127.0.0.1:0";
    const args = ["serve", "--data", join(this.dir, "server"), "--listen", listen, "--json"];
    if (this.config) args.push("--config", this.config);
    this.server = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.log = [];
    createInterface({ input: this.server.stderr }).on("line", (line) => this.log.push(line));
    const lines = createInterface({ input: this.server.stdout });
    const ready = await new Promise((resolve, reject) => {
      lines.once("line", (line) => resolve(JSON.parse(line)));
      this.server.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${this.log.join("\n")}`)));
    });
    this.url = ready.listening[0];
    this.port = new URL(this.url).port;
    this.ownerLink ??= ready.owner_link;
    this.words = ready.server_code;
    return ready;
  }

  /** Kills the server as a power cut would. */
  async kill() {
    const gone = new Promise((resolve) => this.server.once("exit", resolve));
    this.server.kill("SIGKILL");
    await gone;
  }

  /** Runs a terminal command of somebody with a home of their own; gives its standard output. */
  async terminal(who, ...args) {
    const home = join(this.dir, `home-${who}`);
    const { stdout } = await run(BINARY, ["--home", home, ...args], {
      env: { ...process.env, SECURECHAT_KEYRING: "off" },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  /** What somebody's terminal has of a room, oldest first. */
  async told(who, room) {
    const out = await this.terminal(who, "tail", room, "--json");
    const lines = out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    return lines.filter((line) => line.kind === "text");
  }

  /** As {@link terminal}, with something on its standard input. */
  async pipe(who, input, ...args) {
    const child = spawn(BINARY, ["--home", join(this.dir, `home-${who}`), ...args], {
      env: { ...process.env, SECURECHAT_KEYRING: "off" },
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${said}`);
  }

  /** As {@link pipe}; gives what it said. */
  async asked(who, input, ...args) {
    const child = spawn(BINARY, ["--home", join(this.dir, `home-${who}`), ...args], {
      env: { ...process.env, SECURECHAT_KEYRING: "off" },
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    child.stdin.end(input);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${said}`);
    return said;
  }

  /** A terminal command that goes on meanwhile: its first lines, what it says, and how it ends. */
  begin(who, ...args) {
    const child = spawn(BINARY, ["--home", join(this.dir, `home-${who}`), ...args], {
      env: { ...process.env, SECURECHAT_KEYRING: "off" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#children.push(child);
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    const printed = [];
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const reader = createInterface({ input: child.stdout });
    reader.on("line", (line) => printed.push(line));
    return {
      said: () => said,
      ended: () => ended,
      lines: (count) =>
        new Promise((resolve, reject) => {
          const look = () => printed.length >= count && resolve(printed.slice(0, count));
          reader.on("line", look);
          ended.then((code) => reject(new Error(`${args.join(" ")} ended with ${code}: ${said}`)));
          look();
        }),
    };
  }

  /** Somebody registers from a terminal. */
  async register(who, link) {
    const file = join(this.dir, `password-${who}`);
    await writeFile(file, PASSWORD, { mode: 0o600 });
    await this.terminal(who, "register", link, "--username", who, "--password-file", file);
  }

  /** Somebody logs in from a terminal on a further device. */
  async login(who, home, password = PASSWORD) {
    const file = join(this.dir, `password-${home}`);
    await writeFile(file, password, { mode: 0o600 });
    await this.terminal(home, "login", this.pinnedUrl, "--username", who, "--password-file", file, "--device", home);
  }

  /** The server's address with its pin. */
  get pinnedUrl() {
    return `${this.url}/i#.${this.ownerLink.split(".").at(-1)}`;
  }

  /** Somebody's `securechat web`, on a port of its own; gives what it prints. */
  async web(who) {
    const port = 20_000 + Math.floor(Math.random() * 30_000);
    const args = ["--home", join(this.dir, `home-${who}`), "web", "--port", String(port), "--json"];
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, SECURECHAT_KEYRING: "off" } });
    this.#children.push(child);
    let said = "";
    child.stderr.on("data", (chunk) => (said += chunk));
    return new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
      child.once("exit", (code) => reject(new Error(`web ended with ${code}: ${said}`)));
    });
  }

  /** A browser of somebody's: a profile that survives closing, and the server's CA trusted as a person would install it. */
  async browser(who, { url = this.url, ...options } = {}) {
    const home = join(this.dir, `browser-${who}`);
    const store = join(home, ".pki", "nssdb");
    await mkdir(store, { recursive: true });
    await run("certutil", ["-d", `sql:${store}`, "-N", "--empty-password"]).catch(() => undefined);
    const ca = join(this.dir, "server", "tls", "ca.pem");
    await run("certutil", ["-d", `sql:${store}`, "-A", "-t", "C,,", "-n", "team", "-i", ca]);
    const context = await chromium.launchPersistentContext(join(home, "profile"), {
      executablePath: CHROMIUM,
      args: ["--no-sandbox"],
      env: { ...process.env, HOME: home },
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      ...options,
    });
    context.setDefaultTimeout(LIMIT_MS);
    const watched = watch(context, url);
    this.#browsers.push(context);
    return { context, watched, page: context.pages()[0] ?? (await context.newPage()) };
  }

  async close() {
    for (const context of this.#browsers) await context.close().catch(() => undefined);
    for (const child of this.#children) child.kill("SIGKILL");
    this.server.kill("SIGKILL");
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Counts what must never happen in any page: errors, refusals by the policy, requests to elsewhere. */
function watch(context, url) {
  const watched = { errors: [], outside: [], violations: [] };
  const origin = new URL(url).origin;
  context.on("request", (request) => {
    const to = new URL(request.url());
    if (/^https?:|^wss?:/.test(to.protocol) && to.host !== new URL(origin).host) watched.outside.push(request.url());
  });
  const see = (page) => {
    page.on("pageerror", (error) => watched.errors.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      if (/Content Security Policy|TrustedScript|TrustedHTML/.test(text)) watched.violations.push(text);
    });
  };
  context.pages().forEach(see);
  context.on("page", see);
  return watched;
}

/** Waits until `ask` gives something true; says what for if it never does. */
export async function until(what, ask, limitMs = LIMIT_MS) {
  const end = Date.now() + limitMs;
  for (;;) {
    const got = await ask().catch(() => undefined);
    if (got) return got;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
