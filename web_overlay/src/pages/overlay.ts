// The overlay as a page of its own, or in a frame.
import "../element";
import { fragment, gateway, keepToken } from "./fragment";

const given = fragment("overlay");
const session = given.get("session") ?? "";
const problem = document.querySelector<HTMLElement>("#problem")!;

function say(text: string): void {
  problem.textContent = text;
  problem.hidden = text === "";
}

function show(token: string): void {
  const overlay = document.createElement("attunement-overlay");
  const theme = given.get("theme") ?? "auto";
  document.documentElement.dataset.theme = theme;
  const attributes = {
    src: gateway(`signals/${encodeURIComponent(session)}`, "ws"),
    token,
    theme,
    density: given.get("density") ?? "ribbon",
    keys: "page",
  };
  for (const [name, value] of Object.entries(attributes)) overlay.setAttribute(name, value);
  overlay.addEventListener("token", (event) => {
    keepToken("overlay", session, (event as CustomEvent<{ token: string }>).detail.token);
  });
  overlay.addEventListener("state", (event) => {
    const { state } = (event as CustomEvent<{ state: string }>).detail;
    const refused = "This link no longer lets you in. Ask for a new one where you got it.";
    say(state === "unauthorised" ? refused : "");
  });
  document.querySelector("main")!.append(overlay);
}

const token = given.get("token");
if (session && token) show(token);
else
  say(
    "This page needs a link with a session and a token, as the gateway or your platform gives it.",
  );
