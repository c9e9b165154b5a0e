import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Kernel, run } from "../index.js";
import { root } from "./paths.js";
import type { Measurement } from "./sample.js";

/** Milliseconds after which a program is killed. */
const TIMEOUT = 2_000;

/** What `attacks.c` does, by its argument. */
const ATTACKS: [string, string][] = [
  ["copy", "64 GiB are read into a VMO that is mapped 64 times"],
  ["watch", "250,000 watches on an event end with their process"],
  ["tell", "250,000 watches on an event are told of 20 signals"],
  ["handles", "250,000 handles end with their process"],
  ["threads", "250,000 threads that never started end with their process"],
  ["stats", "300 mappings of a fragmented VMO are counted 20 times"],
  ["vmos", "20,000 handles to a fragmented VMO are listed 20 times"],
  ["commit", "2 GiB are committed on the heap"],
  ["move", "1 GiB is committed on the heap, and mapped"],
  ["snapshot", "a fragmented VMO of 512 MiB is copied 4 times"],
  ["unmap", "30,000 mappings are removed at once"],
];

/**
 * The greatest delay of Node's event loop while a program does what keeps the kernel busy for long,
 * beside the delay while none runs; and how late those are over that are killed for it.
 */
export async function* attacks(): AsyncGenerator<Measurement> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const program = compile(join(directory, "attacks"));
    const idle = await delayDuring(() => sleep(500));
    for (const [attack, what] of ATTACKS) {
      await using kernel = new Kernel();
      // What the first launch of a kernel costs is another matter.
      await run(program, ["nothing"], { kernel });
      let late: number | undefined;
      const greatest = await delayDuring(async () => {
        const begun = performance.now();
        const { timedOut } = await run(program, [attack], {
          kernel,
          timeout: TIMEOUT,
          reject: false,
        });
        if (timedOut) late = performance.now() - begun - TIMEOUT;
      });
      const name = `greatest event-loop delay while ${what}`;
      yield { name, ns: greatest.delay, beside: "idle", besideNs: idle.delay };
      yield { name: "  of which Node's thread waited for a processor", ns: greatest.queued };
      if (late !== undefined) {
        yield { name: "  from its time-out to its result", ns: late * 1e6 };
      }
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The longest time in which Node's event loop did not turn, in nanoseconds. */
interface Delay {
  readonly delay: number;
  /** How much of it its thread could have run, but others had the processors. */
  readonly queued: number;
}

/** The greatest delay of the event loop during something. */
async function delayDuring(work: () => Promise<unknown>): Promise<Delay> {
  let greatest: Delay = { delay: 0, queued: 0 };
  let [last, queuedBefore] = [performance.now(), queuedNs()];
  const timer = setInterval(() => {
    const [now, queued] = [performance.now(), queuedNs()];
    // A timer of a millisecond is that late at best.
    const delay = (now - last - 1) * 1e6;
    if (delay > greatest.delay) greatest = { delay, queued: queued - queuedBefore };
    [last, queuedBefore] = [now, queued];
  }, 1);
  await work();
  // What is late now is seen by the next look.
  await sleep(20);
  clearInterval(timer);
  return greatest;
}

/** Nanoseconds that this thread has been ready to run, and did not. */
function queuedNs(): number {
  const [, queued] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(queued);
}

/** Compiles the attacks against the sysroot, and returns the program's path. */
function compile(program: string): string {
  const lib = join(root, "sysroot/x86_64-unknown-fuchsia/lib");
  const link = ["-nostdlib", "-pie", `-Wl,--dynamic-linker=ld.so.1,-rpath-link,${lib}`];
  const inputs = [
    join(lib, "Scrt1.o"),
    "attacks.c",
    join(lib, "libc.so"),
    join(lib, "libzircon.so"),
  ];
  const options = ["-O2", "-ffreestanding", "-fno-stack-protector", "-fPIE", ...link];
  execFileSync("cc", [...options, "-o", program, ...inputs], { cwd: join(root, "bench") });
  return program;
}
