// Shows how loud the sound is that goes out.
const EVERY = 100; // ms
const FLOOR = -60; // dBFS at the left end

export class Meter {
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly element: HTMLMeterElement) {}

  start(stream: MediaStream): void {
    this.stop();
    if (stream.getAudioTracks().length === 0) return;
    const context = (this.#context = new AudioContext());
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.element.value = 1 - Math.max(FLOOR, level(samples)) / FLOOR;
    }, EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.element.value = 0;
    void this.#context?.close();
    this.#context = null;
  }
}

/** Root mean square in dB re full scale; -Infinity for exact silence. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return 10 * Math.log10(sum / samples.length);
}
