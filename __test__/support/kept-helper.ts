import { Kernel, run } from "../../index.js";
import { EventLoop } from "../../lib/native/event-loop.js";
import { holdings, untilHolding } from "./holdings.js";
import { guest } from "./native.js";

/**
 * Runs what it takes for a helper to be kept, with the thread that has started it, if nothing has run
 * in a kernel of its own before: from the second run on both are in all counts.
 */
export async function untilHelperKept(): Promise<void> {
  {
    // With all that Node itself takes for it.
    await using kernel = new Kernel();
    await run(guest("hello"), [], { kernel });
  }
  const { descriptors, pidfds, threads, processes } = holdings();
  await ended(async () => {
    await run(guest("hello"));
    await run(guest("hello"));
  });
  await untilHolding({
    descriptors: descriptors + 2,
    pidfds: pidfds + 1,
    threads: threads + 1,
    processes: processes + 1,
  });
}

/** Waits for some work, and for the ends of its kernels, which no run waits for. */
async function ended(work: () => Promise<void>): Promise<void> {
  const ends: Promise<void>[] = [];
  const { prototype } = EventLoop;
  const end = Reflect.get(prototype, "end") as (this: EventLoop) => Promise<void>;
  prototype.end = function (this: EventLoop) {
    ends.push(end.call(this));
    return ends.at(-1)!;
  };
  try {
    await work();
  } finally {
    prototype.end = end;
  }
  await Promise.all(ends);
}
