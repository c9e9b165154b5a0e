import { closeSync, openSync, readdirSync } from "node:fs";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { Kernel, run, type RunOptions } from "../index.js";
import { guest } from "../bench/paths.js";
import { type Attack, broken, type Outcome, type Stage } from "./attack.js";

/** Milliseconds in which a program takes all that it can. */
const PATIENCE = 30_000;

/** What `hold.c` takes, and what must still be there for others then. */
interface Hoard {
  readonly name: string;
  readonly what: string;
  readonly promise: string;
  readonly most: number;
  readonly memory?: number;
  /** Limits that the program is run with. */
  readonly limits?: Readonly<Record<string, number>>;
  /** More than this is too much. */
  readonly enough?: number;
  /** Looks while the program holds all that it got; says what is wrong. */
  look?(stage: Stage): string | undefined | Promise<string | undefined>;
}

const HOARDS: readonly Hoard[] = [
  {
    name: "handles",
    what: "takes 262,000 handles, and keeps them",
    promise: "the embedder's own calls do not run out",
    most: 262_000,
    memory: 512,
    look({ kernel }) {
      try {
        kernel.createEvent().close();
        return undefined;
      } catch (error) {
        return `createEvent: ${String(error)}`;
      }
    },
  },
  {
    name: "descriptors",
    what: "maps 25,000 VMOs, and keeps them",
    promise: "Node and other kernels have descriptors",
    most: 25_000,
    memory: 512,
    async look() {
      const count = readdirSync("/proc/self/fd").length;
      try {
        closeSync(openSync("/proc/self/stat", "r"));
        await using other = new Kernel();
        const { returnCode } = await run(guest("hello"), [], { kernel: other });
        return broken(returnCode !== 0n && `another kernel's program returned ${returnCode}`);
      } catch (error) {
        return `with ${count} descriptors: ${String(error)}`;
      }
    },
  },
  {
    name: "memory",
    what: "writes 2 GiB of mapped memory, of which it may have 256 MiB",
    promise: "it gets no more than its limit",
    most: 2048,
    limits: { memory: 256 << 20 },
    enough: 272,
  },
  {
    name: "messages",
    what: "writes 1 GiB of messages that nobody reads",
    promise: "Node's memory is bounded",
    most: 16_384,
    memory: 640,
  },
  {
    name: "log",
    what: "writes 200 MB to the debug log",
    promise: "Node's memory is bounded",
    most: 1_000_000,
    memory: 512,
  },
];

/** What one guest could take from all others. */
export const LIMIT_ATTACKS: readonly Attack[] = HOARDS.map((hoard) => ({
  name: `hold-${hoard.name}`,
  what: hoard.what,
  promise: hoard.promise,
  memory: hoard.memory ?? 256,
  attempt: (stage) => attempt(stage, hoard),
}));

async function attempt({ kernel, program }: Stage, hoard: Hoard): Promise<Outcome> {
  const [stdout, killer] = [new PassThrough(), new AbortController()];
  const options: RunOptions = { kernel, stdout, reject: false, signal: killer.signal };
  const letter = hoard.name === "messages" ? "c" : hoard.name.charAt(0);
  const state = { got: "", hasEnded: false };
  stdout.on("data", (text: Buffer) => (state.got += text.toString()));
  const ended = run(program("hold"), [letter, `${hoard.most}`], {
    ...options,
    ...(hoard.limits && { limits: hoard.limits }),
  }).finally(() => (state.hasEnded = true));
  // It is waited for below, where it may have failed long since.
  ended.catch(() => {});
  const deadline = performance.now() + PATIENCE;
  while (!state.got.endsWith("\n") && !state.hasEnded && performance.now() < deadline) {
    await sleep(10);
  }
  const { got, hasEnded } = state;
  const wrong = hasEnded ? undefined : await hoard.look?.({ kernel, program });
  killer.abort();
  const { returnCode } = await ended;
  const count = Number(got);
  const amount = got === "" ? "an unknown part" : got.trim();
  return {
    got: hasEnded ? `returned ${returnCode}` : `${amount} of ${hoard.most}`,
    broken: broken(wrong, count > (hoard.enough ?? Infinity) && `it got ${count}`),
  };
}
