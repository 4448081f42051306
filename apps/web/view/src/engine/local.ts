// Which server is behind this page: its own origin, or, on plain loopback, the one that `securechat web` tunnels to.

const TOKEN = "#t=";
let behind = location.host;

/** How people know the server: not by this page's address where that is only the tunnel's. */
export function host(): string {
  return behind;
}

/** How the server is called towards the engine; "no token" if this browser was not let into the tunnel. */
export async function server(): Promise<{ server: string } | "no token"> {
  if (location.protocol !== "http:") return { server: location.origin };
  if (location.hash.startsWith(TOKEN)) await enter(location.hash.slice(TOKEN.length));
  const answer = await fetch("/local", { cache: "no-store" });
  if (answer.ok) {
    const local = (await answer.json()) as { server: string };
    behind = new URL(local.server).host;
    return local;
  }
  // A development server has no tunnel.
  return answer.status === 404 ? { server: location.origin } : "no token";
}

/** Changes the token for a cookie and takes it out of the address, so that it stays in no history. */
async function enter(token: string): Promise<void> {
  try {
    await fetch("/local/enter", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } finally {
    history.replaceState(null, "", location.pathname + location.search);
  }
}
