// Moves the overlay into an always-on-top window, or a side window where the browser has none.
const RIBBON = { width: 356, height: 104 };
const DETAILS = { width: 420, height: 620 };

interface PictureInPicture {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

export class PopOut {
  #window: Window | null = null;

  constructor(
    private readonly content: HTMLElement,
    private readonly home: ShadowRoot,
    private readonly dress: (root: ShadowRoot, window: Window) => void,
    private readonly changed: (out: boolean) => void,
  ) {}

  get open(): boolean {
    return this.#window !== null;
  }

  /** Returns false where the browser lets no window open. */
  async out(details: boolean): Promise<boolean> {
    const made = await open(details ? DETAILS : RIBBON);
    if (!made) return false;
    this.#window = made;
    const { document } = made;
    document.title = "attunement";
    document.documentElement.lang = "en";
    document.body.style.margin = "0";
    const host = document.createElement("div");
    document.body.append(host);
    const root = host.attachShadow({ mode: "open" });
    this.dress(root, made);
    root.append(this.content);
    this.content.classList.add("out");
    made.addEventListener("pagehide", () => this.back());
    window.addEventListener("pagehide", this.#leave);
    this.changed(true);
    return true;
  }

  back(): void {
    const out = this.#window;
    if (!out) return;
    this.#window = null;
    window.removeEventListener("pagehide", this.#leave);
    this.content.classList.remove("out");
    this.home.append(this.content);
    this.changed(false);
    out.close();
  }

  #leave = (): void => this.#window?.close();
}

async function open(size: { width: number; height: number }): Promise<Window | null> {
  const pip = (window as { documentPictureInPicture?: PictureInPicture }).documentPictureInPicture;
  try {
    if (pip) return await pip.requestWindow(size);
  } catch {
    // An embedded page may not ask for one; a side window will do.
  }
  return window.open("", "", `popup,width=${size.width},height=${size.height}`);
}
