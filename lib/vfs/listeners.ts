import type { VfsEvent } from "./node.js";

/** Who wants to know what comes and goes in a directory. */
export class Listeners {
  readonly #all = new Set<(event: VfsEvent) => void>();

  /** Tells a listener of what happens from now on, until the result is called. */
  add(listener: (event: VfsEvent) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(event: VfsEvent): void {
    this.#all.forEach((listener) => listener(event));
  }
}
