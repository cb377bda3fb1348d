// What a page was opened with: everything travels in the address's fragment, which no server sees.

/** The parameters; a token is taken out of the address bar and kept for a reload of this tab. */
export function fragment(kind: string): URLSearchParams {
  const given = new URLSearchParams(location.hash.slice(1));
  const session = given.get("session") ?? "";
  const token = given.get("token");
  if (token) keepToken(kind, session, token);
  else {
    const kept = keptToken(kind, session);
    if (kept) given.set("token", kept);
  }
  const shown = new URLSearchParams(given);
  shown.delete("token");
  history.replaceState(null, "", `#${shown}`);
  return given;
}

export function keepToken(kind: string, session: string, token: string): void {
  try {
    sessionStorage.setItem(`attunement:${kind}:${session}`, token);
  } catch {
    // A sandboxed frame has no storage; a reload then asks its host again.
  }
}

function keptToken(kind: string, session: string): string | null {
  try {
    return sessionStorage.getItem(`attunement:${kind}:${session}`);
  } catch {
    return null;
  }
}

/** The address of the gateway's `path`, whatever prefix this page is served under. */
export function gateway(path: string, scheme: "http" | "ws" = "http"): string {
  const url = new URL(path, location.href);
  url.hash = url.search = "";
  if (scheme === "ws") url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}
