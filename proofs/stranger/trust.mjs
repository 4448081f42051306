// Who one talks to: the invite link, the pinned certificate, and HTTP over nothing else (§3, §10).
import { X509Certificate } from "node:crypto";
import { request } from "node:https";
import { connect } from "node:tls";
import { base64url, must, sha256 } from "./bytes.mjs";

/** The parts of an invite link; one that was cut at or after the `#` is refused. */
export function readLink(link) {
  const url = new URL(link);
  must(url.protocol === "https:" && url.pathname === "/i", "this is not an invite link");
  const parts = /^#([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})$/.exec(url.hash);
  must(parts, "the link was cut off");
  return { host: url.hostname, port: Number(url.port || 443), code: parts[1], pin: parts[2] };
}

/** The pin of a certificate's key. */
export function pinOf(certificate) {
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  return base64url(sha256(spki).slice(0, 16));
}

/** The certificates that a server shows, its own first. Nothing is sent to it. */
function shown(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: "TLSv1.2" }, () => {
      const chain = [];
      let at = socket.getPeerCertificate(true);
      while (at?.raw && !chain.some((before) => before.raw.equals(at.raw))) {
        chain.push(new X509Certificate(at.raw));
        at = at.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.once("error", reject);
  });
}

/** A server that was found to have the pinned identity; everything later goes through TLS that demands it again. */
export class Server {
  /** Looks for the pinned key in the chain that the server shows, and stops where it is not there. */
  static async pinned({ host, port, pin }) {
    const chain = await shown(host, port);
    const ca = chain.find((certificate) => pinOf(certificate) === pin);
    if (!ca) throw new Error("this is not the server that the link names");
    const server = new Server();
    // The name on the certificate does not matter (§10): the key does, and TLS checks the chain that ends at it.
    server.tls = { ca: ca.toString(), checkServerIdentity: () => undefined, minVersion: "TLSv1.2" };
    server.host = host;
    server.port = port;
    return server;
  }

  /** One request to the API; what it answers, or a `Refusal`. */
  call(method, path, body, token) {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...(sent && { "content-type": "application/json" }), ...(token && { authorization: `Bearer ${token}` }) };
    const { host, port } = this;
    return new Promise((resolve, reject) => {
      const asked = request({ ...this.tls, host, port, path: `/api/v1${path}`, method, headers }, async (answer) => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        const said = Buffer.concat(chunks).toString();
        try {
          must(answer.headers["x-securechat-protocol"] === "1", "the server speaks another protocol");
          const json = said ? JSON.parse(said) : undefined;
          if (answer.statusCode >= 300) throw new Refusal(json);
          resolve(json);
        } catch (error) {
          reject(error);
        }
      });
      asked.once("error", reject);
      asked.end(sent);
    });
  }
}

/** A server's no, from HTTP or a frame. */
export class Refusal extends Error {
  constructor(refused) {
    super(`${refused.code}: ${refused.message}`);
    Object.assign(this, { ...refused, message: this.message });
  }
}
