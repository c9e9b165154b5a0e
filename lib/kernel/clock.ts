import { checkStatus } from "../base/errors.js";
import { checkI64, outOfRange } from "../base/validate.js";
import type { EventLoop } from "../native/event-loop.js";

/** A kernel's monotonic clock, which also drives deadlines. */
export class KernelClock {
  /** Whether it runs as the host's does, or moves only when told. */
  readonly kind: "system" | "virtual";
  readonly #loop: EventLoop;

  /** @internal */
  constructor(kind: "system" | "virtual", loop: EventLoop) {
    this.kind = kind;
    this.#loop = loop;
  }

  /** The time in nanoseconds, above 0 from the start. */
  now(): bigint {
    return this.#loop.native.now();
  }

  /**
   * Moves a virtual clock on, and lets deadlines pass.
   *
   * @param nanoseconds 0 or more
   * @throws {@link ZxError} `NOT_SUPPORTED` for the system's clock
   */
  advance(nanoseconds: bigint): void {
    if (checkI64("nanoseconds", nanoseconds) < 0n) {
      throw outOfRange("nanoseconds", "an integer >= 0", nanoseconds);
    }
    checkStatus("clock advance", this.#loop.native.advance(nanoseconds));
  }
}
