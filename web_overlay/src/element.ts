// The web component: <attunement-overlay src token theme density>.
import { mount, type Density, type Overlay, type Theme } from "./overlay";

const THEMES = ["auto", "light", "dark", "translucent"];

export class AttunementOverlay extends HTMLElement {
  static readonly observedAttributes = ["src", "token", "theme", "density"];

  #overlay: Overlay | null = null;

  connectedCallback(): void {
    this.#mount();
    this.ownerDocument.addEventListener("keydown", this.#pageKey);
  }

  disconnectedCallback(): void {
    this.ownerDocument.removeEventListener("keydown", this.#pageKey);
    this.#unmount();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    if (name === "theme" && this.#overlay) this.#overlay.theme = this.#theme;
    else if (name === "density" && this.#overlay) this.#overlay.density = this.#density;
    else if (name === "token" && this.#overlay && after) this.#overlay.authorise(after);
    else this.#mount();
  }

  /** Do what a key does: "m" mark, "q" quiet, "d" details, "p" pop out. */
  press(key: "m" | "q" | "d" | "p"): void {
    this.#overlay?.press(key);
  }

  get #theme(): Theme {
    const theme = this.getAttribute("theme") ?? "auto";
    return (THEMES.includes(theme) ? theme : "auto") as Theme;
  }

  get #density(): Density {
    return this.getAttribute("density") === "details" ? "details" : "ribbon";
  }

  #mount(): void {
    this.#unmount();
    const src = this.getAttribute("src");
    const token = this.getAttribute("token");
    if (!src || !token) return;
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open", delegatesFocus: false });
    this.#overlay = mount(root, {
      src,
      token,
      theme: this.#theme,
      density: this.#density,
      emit: (event, detail) =>
        this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true })),
    });
  }

  #unmount(): void {
    this.#overlay?.unmount();
    this.#overlay = null;
  }

  /** Keys pressed anywhere on the page count only where the page is all overlay: keys="page". */
  readonly #pageKey = (event: KeyboardEvent): void => {
    const from = event.composedPath()[0];
    const typing = from instanceof HTMLInputElement || from instanceof HTMLTextAreaElement;
    if (this.getAttribute("keys") === "page" && !typing) this.#overlay?.handle(event);
  };
}

if (!customElements.get("attunement-overlay")) {
  customElements.define("attunement-overlay", AttunementOverlay);
}
