import { ZxStatus } from "../base/status.js";
import type { Handle } from "../handles/handle.js";

/** What is read by one call, or a status: errors take long to make, and each program's output ends. */
interface Readable<T> extends Handle {
  tryRead(): T | number;
}

/**
 * What comes next out of something, of which `signals` tell; `undefined` if nothing can come any more,
 * or, after `ended`, if nothing is there.
 */
export async function readNext<T>(
  from: Readable<T>,
  signals: number,
  ended: AbortSignal,
): Promise<T | undefined> {
  for (;;) {
    const isOver = ended.aborted;
    if (!isOver) await from.waitUnless(ended, signals);
    const read = from.tryRead();
    if (typeof read !== "number") return read;
    if (read !== ZxStatus.SHOULD_WAIT || isOver) return undefined;
  }
}
