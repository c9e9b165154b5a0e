/** Why a program is killed. */
type Interruption = "timeout" | "signal";

/** Milliseconds that a timer of Node's can wait; beyond 24 days there is no hurry. */
const MAX_TIMER = 2 ** 31 - 1;

/** Kills something at a timeout or an abort. */
export class Interrupter implements Disposable {
  /** What killed it. */
  interruption: Interruption | undefined;
  readonly #victim: { kill(): unknown };
  readonly #signal: AbortSignal | undefined;
  readonly #timeout: number | undefined;
  readonly #abort = () => this.#interrupt("signal");
  #timer: NodeJS.Timeout | undefined;

  constructor(
    victim: { kill(): unknown },
    { signal, timeout }: { signal?: AbortSignal; timeout?: number },
  ) {
    this.#victim = victim;
    this.#signal = signal;
    this.#timeout = timeout;
  }

  watch(): void {
    if (this.#signal?.aborted === true) {
      this.#abort();
    }
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
    if (this.#timeout !== undefined && this.#timeout <= MAX_TIMER) {
      this.#timer = setTimeout(() => this.#interrupt("timeout"), this.#timeout);
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }

  #interrupt(interruption: Interruption): void {
    this.interruption ??= interruption;
    this.#victim.kill();
  }
}
