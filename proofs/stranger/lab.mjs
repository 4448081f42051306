// The real parts beside the stranger: the binary as a server, and people at its terminal commands.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);
const BINARY = process.env.SECURECHAT_BIN ?? new URL("../../target/debug/securechat", import.meta.url).pathname;
export const PASSWORD = "kettle-vivid-organ-plaza";

/** A team in a folder of its own. `close` ends all of it. */
export class Lab {
  static async open() {
    const lab = new Lab();
    lab.dir = await mkdtemp(join(tmpdir(), "securechat-stranger-"));
    lab.password = join(lab.dir, "password");
    await writeFile(lab.password, PASSWORD, { mode: 0o600 });
    const args = ["serve", "--data", join(lab.dir, "server"), "--listen", "127.0.0.1:0", "--json"];
    lab.server = spawn(BINARY, args, { stdio: ["ignore", "pipe", "pipe"] });
    lab.log = [];
    createInterface({ input: lab.server.stderr }).on("line", (line) => lab.log.push(line));
    const ready = await new Promise((resolve, reject) => {
      createInterface({ input: lab.server.stdout }).once("line", (line) => resolve(JSON.parse(line)));
      lab.server.once("error", reject);
      lab.server.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${lab.log.join("\n")}`)));
    });
    lab.ownerLink = ready.owner_link;
    return lab;
  }

  /** Runs a command of somebody with a home of their own; gives its standard output. */
  async terminal(who, ...args) {
    const env = { ...process.env, SECURECHAT_KEYRING: "off" };
    const { stdout } = await run(BINARY, ["--home", join(this.dir, `home-${who}`), ...args], { env });
    return stdout;
  }

  async json(who, ...args) {
    const out = await this.terminal(who, ...args, "--json");
    return out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** Everything that somebody can read of a room, read back as far as the server has it. */
  async exported(who, room) {
    const dir = await mkdtemp(join(this.dir, "export-"));
    await this.terminal(who, "export", join(dir, "all"), "--room", room, "--all", "--format", "json");
    const { rooms } = JSON.parse(await readFile(join(dir, "all", "manifest.json"), "utf8"));
    const lines = await readFile(join(dir, "all", rooms[0].lines), "utf8");
    return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  register(who, link) {
    return this.terminal(who, "register", link, "--username", who, "--password-file", this.password);
  }

  /** An invite link for one person. */
  async invite(who) {
    const [{ link }] = await this.json(who, "invite");
    return link;
  }

  async close() {
    this.server.kill("SIGKILL");
    await rm(this.dir, { recursive: true, force: true });
  }
}
