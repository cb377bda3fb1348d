// Strips of the last five minutes, drawn from the catalog: a signal never heard of appears by itself.
import { element } from "./dom";
import { SignalRow } from "./signal_row";
import { TOGETHER, type Store } from "./store";
import type { Group, SignalSpec } from "./wire";
import { nameOf } from "./words";

const GROUPS: [title: string, groups: Group[]][] = [
  ["voice", ["voice"]],
  ["face and movement", ["face", "body"]],
  ["together", ["together"]],
  ["connection", ["link"]],
  ["inferred", ["inferred"]],
];

export class Details {
  readonly element: HTMLElement;
  readonly #who = element("div", { class: "who", role: "radiogroup", "aria-label": "whose" });
  readonly #groups = element("div", { class: "groups" });
  #rows: SignalRow[] = [];
  #key = ""; // of what the rows were built from
  #person: string | null = null;
  #inferred = false;
  readonly #unfolded = new Set<string>(); // titles of groups whose expert signals are shown

  constructor(
    private readonly store: Store,
    private readonly changed: () => void,
  ) {
    const head = element(
      "div",
      { class: "head" },
      this.#who,
      element("span", {}, "last 5 minutes"),
    );
    this.element = element(
      "section",
      { class: "details", "aria-label": "details" },
      head,
      this.#groups,
    );
    this.element.tabIndex = 0; // it scrolls, so the keyboard must reach it
    this.element.hidden = true;
  }

  render(stale: boolean): void {
    if (this.element.hidden) return;
    this.#build();
    for (const row of this.#rows) {
      if (row.element.closest("details:not([open])") === null) row.render(stale);
    }
  }

  /** Close any open card. Returns whether there was one. */
  back(): boolean {
    const open = this.element.querySelector(".card") !== null;
    for (const row of this.#rows) row.closeCard();
    return open;
  }

  destroy(): void {
    for (const row of this.#rows) row.destroy();
    this.#rows = [];
    this.#key = "";
  }

  #build(): void {
    const { people, catalog, policy } = this.store;
    const ids = [...this.store.peopleWho("patient"), ...this.store.peopleWho("therapist")];
    if (this.#person === null || !(this.#person in people)) this.#person = ids[0] ?? null;
    const names = catalog.map((spec) => spec.name).join();
    const key = [this.#person, ids, policy?.mode, this.#inferred, names].join("|");
    if (key === this.#key) return;
    this.destroy();
    this.#key = key;
    this.#who.replaceChildren(...ids.map((id) => this.#choice(id)));
    this.#groups.replaceChildren(...GROUPS.map(([title, groups]) => this.#group(title, groups)));
  }

  #choice(id: string): HTMLElement {
    const role = this.store.people[id];
    const chosen = id === this.#person;
    const name = role === "therapist" ? "you" : nameOf(id, role);
    const button = element(
      "button",
      { type: "button", role: "radio", "aria-checked": String(chosen), class: role },
      name,
    );
    button.tabIndex = chosen ? 0 : -1;
    button.addEventListener("click", () => this.#choose(id));
    button.addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const ids = [...this.#who.children];
      const step = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : -1;
      const next = ids[(ids.indexOf(button) + step + ids.length) % ids.length] as HTMLElement;
      next.click();
    });
    return button;
  }

  #choose(id: string): void {
    this.#person = id;
    this.changed();
    this.render(false);
    this.#who.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
  }

  #group(title: string, groups: Group[]): HTMLElement {
    const specs = this.store.catalog.filter((spec) => groups.includes(spec.group));
    const section = element("section", { class: `group ${groups[0]}` });
    const heading = element("h2", {}, title);
    section.append(heading);
    if (groups[0] === "inferred") this.#inferredHead(section, heading, specs.length);
    else section.hidden = specs.length === 0;
    const shown = groups[0] !== "inferred" || this.#inferredShown(specs.length);
    if (!shown) return section;
    const [expert, plain] = [specs.filter((spec) => spec.expert), specs.filter((s) => !s.expert)];
    section.append(this.#list(plain));
    if (expert.length > 0) section.append(this.#folded(title, expert));
    return section;
  }

  #list(specs: SignalSpec[]): HTMLElement {
    return element("ul", {}, ...specs.flatMap((spec) => this.#row(spec)));
  }

  /** Signals for those who know the field: a line that opens. */
  #folded(title: string, specs: SignalSpec[]): HTMLElement {
    const line = element("summary", {}, `${specs.length} more, for experts`);
    const fold = element("details", {}, line, this.#list(specs));
    fold.open = this.#unfolded.has(title);
    fold.addEventListener("toggle", () => {
      if (fold.open) this.#unfolded.add(title);
      else this.#unfolded.delete(title);
      this.render(false);
    });
    return fold;
  }

  #row(spec: SignalSpec): Node[] {
    if (spec.scope === "person" && this.#person === null) return [];
    const owner = spec.scope === "session" ? TOGETHER : this.#person!;
    const hue = spec.scope === "session" ? "both" : this.store.people[owner];
    const row = new SignalRow(this.store, spec, owner, hue);
    this.#rows.push(row);
    return [row.element];
  }

  #inferredShown(count: number): boolean {
    return this.store.policy?.mode === "inference" && this.#inferred && count > 0;
  }

  /** What is inferred stands apart: said to be so, and off until it is asked for. */
  #inferredHead(section: HTMLElement, heading: HTMLElement, count: number): void {
    if (this.store.policy?.mode !== "inference" || count === 0) {
      section.append(element("p", {}, "off: this session measures only"));
      return;
    }
    const shown = this.#inferred;
    const button = element("button", { type: "button", "aria-pressed": String(shown) });
    button.textContent = shown ? "hide" : "show";
    button.addEventListener("click", () => {
      this.#inferred = !this.#inferred;
      this.changed();
      this.render(false);
    });
    heading.append(button);
    section.append(element("p", {}, "guessed by a model from what was measured, not observed"));
  }
}
