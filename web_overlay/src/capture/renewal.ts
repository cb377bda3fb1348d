// Keeps the page's token fresh for as long as the page is open.
const EVERY = 240_000; // ms

export class Renewal {
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(
    private readonly address: string,
    public token: string,
    private readonly renewed: (token: string) => void,
  ) {
    this.#timer = setInterval(() => void this.#renew(), EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.token}` };
    try {
      const response = await fetch(this.address, { method: "POST", headers });
      if (response.status === 401 || response.status === 403) return this.stop();
      const { token } = (await response.json()) as { token?: string };
      if (!token) return;
      this.token = token;
      this.renewed(token);
    } catch {
      // Offline for a moment: the token lives longer than one interval.
    }
  }
}
