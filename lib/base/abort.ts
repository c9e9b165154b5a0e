import { abortError } from "./errors.js";

type Listener = () => void;

/**
 * What an AbortController is, for signals that this library alone looks at: Node takes as long to load
 * its own as a program to start.
 */
export class Abort {
  readonly #signal = new Signal();

  /** As much of an AbortSignal as waits, and what the library does besides, need of one. */
  get signal(): AbortSignal {
    return this.#signal as unknown as AbortSignal;
  }

  /** @param reason an AbortError, unless it is given */
  abort(reason?: unknown): void {
    this.#signal.abort(reason);
  }
}

/** Aborts with the first of some signals that does. */
export function abortWithAny(signals: readonly AbortSignal[]): AbortSignal {
  const any = new Abort();
  for (const signal of signals) {
    const abort = () => any.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return any.signal;
}

class Signal {
  aborted = false;
  #reason: unknown;
  readonly #listeners = new Set<Listener>();

  get reason(): unknown {
    // To make an error takes long, and hardly anybody looks.
    if (this.aborted) this.#reason ??= abortError(undefined);
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

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.#reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
