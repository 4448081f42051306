// The WebSocket: one session, requests with their answers, and news (§4).
import WebSocket from "ws";
import { equal, must } from "./bytes.mjs";
import { Refusal } from "./trust.mjs";
import { ANSWERS, REQUESTS, frame, readFrame } from "./wire.mjs";

export const CODES = [
  "internal", "bad_request", "unauthenticated", "wrong_credentials", "forbidden", "not_found", "name_taken", "invite_invalid",
  "rate_limited", "too_large", "stale_epoch", "must_commit", "rejected", "not_member", "storage_full", "busy", "conflict",
  "unsupported_version", "limit_reached", "deactivated",
];

/** How long an answer may take. A server that stays silent is a failure, not something to wait for. */
const LIMIT_MS = 30_000;

const refusal = (values) => new Refusal({ ...values, code: CODES[values.code - 1] ?? "internal" });

export class Session {
  #waiting = new Map();
  #next = 1;
  #listeners = new Set();
  /** News that came and were not asked for, oldest first. */
  news = [];

  /** Says hello; `Ready` is in `ready`. */
  static async open({ server, token, serverId }) {
    const session = new Session();
    const socket = new WebSocket(`wss://${server.host}:${server.port}/ws`, { ...server.tls, perMessageDeflate: false });
    session.socket = socket;
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("message", (data) => session.#read(new Uint8Array(data)));
    socket.on("close", () => session.#end(new Error("the connection ended")));
    socket.on("error", (error) => session.#end(error));
    session.ready = await session.ask("Hello", { version: 1, token }, "Ready");
    must(equal(session.ready.server_id, serverId), "another server answers");
    return session;
  }

  /** One request; its answer must be `wanted`. A refusal is thrown. */
  ask(name, values, wanted) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => this.#end(new Error(`no answer to ${name} within ${LIMIT_MS} ms`)), LIMIT_MS);
      this.#waiting.set(id, { resolve, reject, wanted, late });
      this.socket.send(frame(REQUESTS, id, name, values));
    });
  }

  /** A frame that cannot be read ends the session: thrown in here, it would only stop the socket from handing on. */
  #read(bytes) {
    try {
      this.#take(readFrame(ANSWERS, bytes));
    } catch (error) {
      this.#end(error);
      this.close();
    }
  }

  #take({ id, name, values }) {
    if (id === 0) {
      // News of a later version (§4).
      if (!name) return;
      this.news.push({ name, values });
      if (name === "Bye") this.#end(refusal(values));
      for (const listener of [...this.#listeners]) listener();
      return;
    }
    const { resolve, reject, wanted, late } = this.#waiting.get(id) ?? {};
    clearTimeout(late);
    this.#waiting.delete(id);
    if (name === wanted) resolve?.(values);
    else reject?.(name === "Refused" ? refusal(values) : new Error(`the server answers ${name} and not ${wanted}`));
  }

  #end(error) {
    for (const { reject, late } of this.#waiting.values()) {
      clearTimeout(late);
      reject(error);
    }
    this.#waiting.clear();
  }

  /** Waits until `ask` gives something true, asking again at every piece of news. */
  async until(what, ask, limitMs = 30_000) {
    const end = Date.now() + limitMs;
    for (;;) {
      const seen = this.news.length;
      const got = await ask();
      if (got) return got;
      must(Date.now() < end, `waited ${limitMs} ms for ${what}`);
      if (this.news.length > seen) continue;
      await new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.#listeners.delete(done);
          resolve();
        };
        const timer = setTimeout(done, Math.max(1, end - Date.now()));
        this.#listeners.add(done);
      });
    }
  }

  close() {
    this.socket.terminate();
  }
}
