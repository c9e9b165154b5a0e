import { Abort } from "../base/abort.js";
import { DISPOSE } from "../base/dispose.js";
import { kernelDisposed, type ZirconiaError } from "../base/errors.js";
import type { Kernel } from "../kernel/kernel.js";

/** Why a program ends before its time. */
export type Interruption =
  | { readonly kind: "timeout" }
  | { readonly kind: "signal"; readonly reason: unknown }
  /** A stream of the caller's has broken, or a directory cannot be had. */
  | { readonly kind: "stream"; readonly name: string; readonly error: unknown }
  /** More has been written to this descriptor than is kept. */
  | { readonly kind: "maxBuffer"; readonly name: string }
  | { readonly kind: "disposed"; readonly error: ZirconiaError };

/** Milliseconds that a timer of Node's can wait; beyond 24 days there is no hurry. */
const MAX_TIMER = 2 ** 31 - 1;

/** What may end a program. */
export interface Limits {
  readonly signal?: AbortSignal;
  /** Milliseconds from now on; 0 is none. */
  readonly timeout?: number;
}

/** Watches for what ends a program before its time. The first thing that does counts. */
export class Interrupter implements Disposable {
  readonly #interrupted = new Abort();
  readonly #limits: Limits;
  readonly #kernel: Kernel | undefined;
  readonly #abort = () => this.interrupt({ kind: "signal", reason: this.#limits.signal?.reason });
  readonly #end = () => {
    this.interrupt({ kind: "disposed", error: kernelDisposed() });
  };
  #interruption: Interruption | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param kernel one that somebody else may dispose of */
  constructor(limits: Limits, kernel: Kernel | undefined) {
    this.#limits = limits;
    this.#kernel = kernel;
    const { signal, timeout = 0 } = limits;
    if (kernel?.isDisposed === true) {
      this.#end();
    }
    if (signal?.aborted === true) {
      this.#abort();
    }
    kernel?.endings.add(this.#end);
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (timeout > 0 && timeout <= MAX_TIMER) {
      this.#timer = setTimeout(() => this.interrupt({ kind: "timeout" }), timeout);
    }
  }

  /** What has interrupted it. */
  get interruption(): Interruption | undefined {
    return this.#interruption;
  }

  /** Aborts at the interruption. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Ends the program, unless something has ended it already. */
  interrupt(interruption: Interruption): void {
    this.#interruption ??= interruption;
    this.#interrupted.abort();
  }

  /**
   * What comes of some work, if that comes before the interruption.
   *
   * @throws the signal's reason at the interruption; the work is left to itself then
   */
  async before<T>(work: Promise<T>): Promise<T> {
    const first = await firstOf(work, this.signal);
    this.signal.throwIfAborted();
    return first as T;
  }

  /** Watches no longer. */
  [DISPOSE](): void {
    clearTimeout(this.#timer);
    this.#kernel?.endings.delete(this.#end);
    this.#limits.signal?.removeEventListener("abort", this.#abort);
  }
}

/** What comes of some work; `undefined` if a signal aborts first. What comes later is nobody's. */
export async function firstOf<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop!: () => void;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  if (signal.aborted) {
    stop();
  }
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
