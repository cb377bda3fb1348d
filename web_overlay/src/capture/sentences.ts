// Errors of the capture page as sentences: what is wrong, and what to do about it.

const ANSWERS: Record<number, string> = {
  401: "This link is no longer valid. Ask for a new one.",
  403: "This link does not allow sending as this person. Ask for the right one.",
  404: "There is no such session. It may have ended, or the link is mistyped.",
  409: "The session has ended.",
  410: "The session has ended.",
  413: "The browser's offer was too large for the gateway. Reload the page and try again.",
  415: "The gateway takes none of the formats this browser offers (it takes VP8, H.264 and Opus).",
  429: "Too many tries in a short time. It goes on by itself in a moment.",
  503: "The gateway is full or going down. It tries again by itself.",
};

/** The gateway answered a request with this HTTP status. */
export function answered(status: number): string {
  return ANSWERS[status] ?? `The gateway answered with an error (${status}).`;
}

const DEVICE: Record<string, string> = {
  NotAllowedError:
    "The browser was not allowed to use the camera or microphone. Allow both next to the address, then start again.",
  SecurityError:
    "The browser gives cameras to secure pages only. Open this page through https or localhost.",
  NotFoundError: "No camera or microphone was found. Connect one, then start again.",
  OverconstrainedError: "The chosen device is gone. Choose another one.",
  NotReadableError:
    "The camera or microphone is in use by another program. Close it, then start again.",
  AbortError: "The camera or microphone did not start. Unplug it, plug it in, then start again.",
};
const SHARE: Record<string, string> = {
  NotAllowedError: "No tab or window was shared. Start again and choose the one with the call.",
  NotReadableError: "The system does not let the browser record that window. Choose another one.",
};

/** Getting pictures and sound failed. */
export function failedToGet(source: "camera" | "tab", error: unknown): string {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const known = source === "tab" ? { ...DEVICE, ...SHARE }[name] : DEVICE[name];
  return known ?? `The browser gave no picture or sound (${name || "unknown reason"}).`;
}

export const UNREACHABLE = "The gateway cannot be reached. It tries again by itself.";
export const NO_SOUND =
  "The tab came without sound. Start again and tick “share sound” to measure the voice too.";
export const NO_LINK = "This page needs a link with a session, a person and a token.";
export const SHARE_ENDED = "Sharing was stopped in the browser.";
