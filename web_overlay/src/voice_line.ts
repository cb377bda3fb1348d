// The patient's pitch as a line: height against their own usual, width for level, a gap for silence.
import { VOICE_SECONDS, type VoicePoint } from "./cues";

export const EASE = 200; // ms
const REACH = 2.5; // SDs from the middle to the edge
const THIN = 1; // px
const THICK = 4.5;

export class VoiceLine {
  readonly element = document.createElement("canvas");

  constructor() {
    this.element.className = "voice-line";
    this.element.setAttribute("aria-hidden", "true");
  }

  /** Draw once; `moved` seconds have passed since the last drawing and are eased over. */
  render(points: (VoicePoint | null)[], moved: number, still: boolean): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const view = this.element.ownerDocument.defaultView;
    if (!view || width === 0) return;
    const ctx = fit(this.element, width, height, view.devicePixelRatio);
    if (!ctx) return;
    const style = view.getComputedStyle(this.element);
    ctx.clearRect(0, 0, width, height);
    usual(ctx, width, height, style.borderTopColor);
    ctx.strokeStyle = ctx.fillStyle = style.color;
    stretches(points).forEach(([from, to]) => stroke(ctx, points, from, to, width, height));
    const step = width / (VOICE_SECONDS - 1);
    if (!still && moved > 0 && moved <= 3) {
      const from = { transform: `translateX(${step * moved}px)` };
      this.element.animate([from, { transform: "none" }], { duration: EASE, easing: "ease-out" });
    }
  }
}

/** Match the bitmap to the screen, and give a context in CSS pixels. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number, ratio: number) {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const ctx = canvas.getContext("2d");
  ctx?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ctx;
}

/** The person's usual, as a faint dotted line in the middle. */
function usual(ctx: CanvasRenderingContext2D, width: number, height: number, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1;
  ctx.setLineDash([1, 3]);
  ctx.beginPath();
  ctx.moveTo(0, Math.round(height / 2) + 0.5);
  ctx.lineTo(width, Math.round(height / 2) + 0.5);
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Where there are points without a gap: [first, last] of each stretch. */
export function stretches(points: (unknown | null)[]): [number, number][] {
  const found: [number, number][] = [];
  points.forEach((point, i) => {
    if (point === null) return;
    const last = found.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else found.push([i, i]);
  });
  return found;
}

/** One stretch as a filled ribbon: smooth along the points, as wide as the level. */
function stroke(
  ctx: CanvasRenderingContext2D,
  points: (VoicePoint | null)[],
  from: number,
  to: number,
  width: number,
  height: number,
): void {
  const at = (i: number): [x: number, y: number, half: number] => {
    const point = points[Math.min(to, Math.max(from, i))]!;
    const half = (THIN + (THICK - THIN) * point.width) / 2;
    const reach = height / 2 - THICK / 2;
    const rise = Math.min(1, Math.max(-1, point.height / REACH));
    return [((i + 0.5) * width) / VOICE_SECONDS, height / 2 - rise * reach, half];
  };
  if (from === to) {
    const [x, y, half] = at(from);
    ctx.beginPath();
    ctx.arc(x, y, Math.max(half, 1), 0, 2 * Math.PI);
    ctx.fill();
    return;
  }
  ctx.beginPath();
  edge(ctx, at, from, to, -1);
  edge(ctx, at, from, to, 1);
  ctx.closePath();
  for (const end of [from, to]) {
    const [x, y, half] = at(end);
    ctx.moveTo(x + half, y);
    ctx.arc(x, y, half, 0, 2 * Math.PI);
  }
  ctx.fill();
}

type At = (i: number) => [x: number, y: number, half: number];

/** One edge of the ribbon, through the points with horizontal tangents: never beyond them. */
function edge(ctx: CanvasRenderingContext2D, at: At, from: number, to: number, side: 1 | -1): void {
  const step = side === -1 ? 1 : -1;
  const [start, end] = side === -1 ? [from, to] : [to, from];
  let [x, y] = at(start);
  y += side * at(start)[2];
  if (side === -1) ctx.moveTo(x, y);
  else ctx.lineTo(x, y);
  for (let i = start + step; i !== end + step; i += step) {
    const [nextX, middle, nextHalf] = at(i);
    const nextY = middle + side * nextHalf;
    const bend = (x + nextX) / 2;
    ctx.bezierCurveTo(bend, y, bend, nextY, nextX, nextY);
    [x, y] = [nextX, nextY];
  }
}
