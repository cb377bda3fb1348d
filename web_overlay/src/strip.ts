// One signal over the last five minutes: quality as opacity, what is missing as a gap with its reason.
import uPlot from "uplot";
import { SECONDS, TOGETHER, type Store, type Track } from "./store";
import { gaps, range, type Gap } from "./strip_shape";
import { LOST, reason } from "./words";
import type { SignalSpec } from "./wire";

const HEIGHT = 34; // px
const LEAST_FOR_WORDS = 84; // px of gap before its reason is written into it
const FAINTEST = 0.25; // opacity of quality 0

export class Strip {
  readonly element = document.createElement("div");
  #plot: uPlot | null = null;
  #first = 0; // seq at the left edge
  #width = 0;
  readonly #x: number[] = Array.from({ length: SECONDS }, (_, i) => i);
  readonly #y: (number | null)[] = new Array<number | null>(SECONDS).fill(null);

  constructor(
    private readonly store: Store,
    private readonly spec: SignalSpec,
    readonly owner: string,
  ) {
    this.element.className = "strip";
    this.element.setAttribute("aria-hidden", "true");
  }

  render(): void {
    const newest = this.store.newest?.seq;
    const width = this.element.clientWidth;
    if (newest === undefined || width === 0) return;
    this.#first = newest - SECONDS + 1;
    this.#fill(this.store.track(this.owner, this.spec.name));
    if (!this.#plot) this.#plot = this.#make(width);
    else {
      if (width !== this.#width) this.#plot.setSize({ width, height: HEIGHT });
      this.#plot.setData([this.#x, this.#y]);
    }
    this.#width = width;
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** Of the window the strip is in now, which may be a popped out one. */
  #style(): CSSStyleDeclaration {
    return (this.element.ownerDocument.defaultView ?? window).getComputedStyle(this.element);
  }

  #fill(track: Track | undefined): void {
    for (let i = 0; i < SECONDS; i++) {
      const seq = this.#first + i;
      const v = track && this.store.has(seq) ? track.v[this.store.slot(seq)] : NaN;
      this.#y[i] = Number.isNaN(v) ? null : v;
    }
  }

  #make(width: number): uPlot {
    const options: uPlot.Options = {
      width,
      height: HEIGHT,
      padding: [3, 2, 3, 2],
      legend: { show: false },
      cursor: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: [0, SECONDS - 1] },
        y: { range: (_, least, most) => range(this.spec, least ?? NaN, most ?? NaN) },
      },
      series: [
        {},
        {
          stroke: (plot) => this.#inked(plot),
          width: 1.5,
          spanGaps: false,
          points: { show: false },
        },
      ],
      hooks: {
        drawClear: [(plot) => this.#drawGaps(plot)],
        draw: [
          (plot) => this.#drawAlone(plot),
          (plot) => this.#drawMarks(plot),
          (plot) => this.#drawBreaks(plot),
        ],
      },
    };
    return new uPlot(options, [this.#x, this.#y], this.element);
  }

  /** The person's hue along the strip, as opaque as each second's quality. */
  #inked(plot: uPlot): CanvasGradient | string {
    const hue = this.#style().color;
    const track = this.store.track(this.owner, this.spec.name);
    const { left, width } = plot.bbox;
    if (!track || !(width > 0)) return hue;
    const gradient = plot.ctx.createLinearGradient(left, 0, left + width, 0);
    let last = -1;
    for (let i = 0; i < SECONDS; i++) {
      const q = track.q[this.store.slot(this.#first + i + SECONDS)];
      const alpha = Number.isNaN(q) ? last : Math.round((FAINTEST + (1 - FAINTEST) * q) * 20) / 20;
      if (alpha === last || alpha < 0) continue;
      const at = i / (SECONDS - 1);
      if (last >= 0) gradient.addColorStop(at, veiled(hue, last));
      gradient.addColorStop(at, veiled(hue, alpha));
      last = alpha;
    }
    return last < 0 ? hue : gradient;
  }

  #drawGaps(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const style = this.#style();
    const ratio = bbox.width / Math.max(1, this.#width);
    ctx.save();
    ctx.font = `${12 * ratio}px ${style.fontFamily}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    const newest = this.#first + SECONDS - 1;
    for (const gap of gaps(this.store, this.owner, this.spec.name, this.#first, newest)) {
      const { left, width } = this.#span(plot, gap);
      if (this.#before(gap)) continue; // nothing was there to be missed
      ctx.fillStyle = style.borderTopColor;
      for (let x = left; x < left + width; x += 4 * ratio) {
        ctx.fillRect(x, bbox.top + bbox.height / 2 - ratio / 2, 1.5 * ratio, ratio);
      }
      if (width < LEAST_FOR_WORDS * ratio) continue;
      const away = gap.why === "no_media" && this.store.wasAway(this.owner, gap.from, gap.to);
      const words = away ? LOST : reason(gap.why, this.spec.group);
      if (ctx.measureText(words).width > width - 12 * ratio) continue;
      const { width: worded } = ctx.measureText(words);
      const middle = left + width / 2;
      ctx.clearRect(middle - worded / 2 - 5 * ratio, bbox.top, worded + 10 * ratio, bbox.height);
      ctx.fillStyle = style.outlineColor;
      ctx.fillText(words, middle, bbox.top + bbox.height / 2);
    }
    ctx.restore();
  }

  /** Is the gap the time before anything came? */
  #before(gap: Gap): boolean {
    return gap.from === this.#first && !this.store.has(gap.from) && !this.store.has(gap.to);
  }

  #span(plot: uPlot, gap: Gap): { left: number; width: number } {
    const left = plot.valToPos(gap.from - this.#first - 0.5, "x", true);
    const right = plot.valToPos(gap.to - this.#first + 0.5, "x", true);
    return { left: Math.max(left, plot.bbox.left), width: right - Math.max(left, plot.bbox.left) };
  }

  /** A second between two gaps is a dot: a line needs two. */
  #drawAlone(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    ctx.fillStyle = this.#style().color;
    this.#y.forEach((v, i) => {
      if (v === null || (this.#y[i - 1] ?? null) !== null || (this.#y[i + 1] ?? null) !== null)
        return;
      const size = 2 * devicePixelRatio;
      const [x, y] = [plot.valToPos(i, "x", true), plot.valToPos(v, "y", true)];
      ctx.fillRect(x - size / 2, y - size / 2, size, size);
    });
    ctx.restore();
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { newest } = this.store;
    if (!newest) return;
    ctx.save();
    ctx.fillStyle = this.#style().outlineColor;
    for (const mark of this.store.marks) {
      const i = SECONDS - 1 - (newest.t1_ms - mark.t_ms) / 1000;
      if (i < 0 || i > SECONDS - 1) continue;
      const x = Math.round(plot.valToPos(i, "x", true));
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
      ctx.fillRect(x - 2 * devicePixelRatio, bbox.top, 5 * devicePixelRatio, 2 * devicePixelRatio);
    }
    ctx.restore();
  }

  /** Where somebody was back after a break: a short tick at the foot, quieter than a mark. */
  #drawBreaks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const { newest } = this.store;
    if (!newest) return;
    ctx.save();
    ctx.fillStyle = this.#style().outlineColor;
    for (const { participant, t_ms, gap_ms } of this.store.breaks) {
      if (this.owner !== TOGETHER && this.owner !== participant) continue;
      for (const t of [t_ms - gap_ms, t_ms]) {
        const i = SECONDS - 1 - (newest.t1_ms - t) / 1000;
        if (i < 0 || i > SECONDS - 1) continue;
        const x = Math.round(plot.valToPos(i, "x", true));
        ctx.fillRect(x, bbox.top + (bbox.height * 2) / 3, devicePixelRatio, bbox.height / 3);
      }
    }
    ctx.restore();
  }
}

/** A computed colour, "rgb(r, g, b)", less opaque. */
function veiled(colour: string, alpha: number): string {
  return colour.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
}
