import { abortError } from "./errors.js";

type Listener = () => void;

/**
 * What an AbortController is, for signals that this library alone looks at: Node takes as long to load
 * its own as a program to start.
 */
export class Abort {
  readonly #signal = new Signal();

  /**
   * As much of an AbortSignal as waits, and what the library does besides, need of one. A listener
   * must not throw.
   */
  get signal(): AbortSignal {
    return this.#signal as unknown as AbortSignal;
  }

  /** @param reason an AbortError, unless it is given */
  abort(reason?: unknown): void {
    this.#signal.abort(() => (reason === undefined ? abortError(undefined) : reason));
  }
}

/** Aborts with the first of some signals that does. */
export function abortWithAny(signals: readonly AbortSignal[]): AbortSignal {
  const any = new Signal();
  for (const signal of signals) {
    const abort = () => any.abort(() => signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return any as unknown as AbortSignal;
}

class Signal {
  aborted = false;
  /** Makes the reason for whoever asks: an error takes long to make, and hardly anybody does. */
  #reasonOf: (() => unknown) | undefined;
  #reason: unknown;
  readonly #listeners = new Set<Listener>();

  get reason(): unknown {
    this.#reason ??= this.#reasonOf?.();
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason as Error;
  }

  addEventListener(_type: "abort", listener: Listener): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: Listener): void {
    this.#listeners.delete(listener);
  }

  abort(reasonOf: () => unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#reasonOf = reasonOf;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
