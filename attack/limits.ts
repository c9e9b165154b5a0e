import { closeSync, openSync, readdirSync } from "node:fs";
import { PassThrough } from "node:stream";

import { Kernel, run, type RunOptions, type RunResult, ZxStatus } from "../index.js";
import { guest } from "../bench/paths.js";
import { type Attack, broken, type Outcome, type Stage } from "./attack.js";
import { within } from "./settled.js";

/** Milliseconds in which a program takes all that it can. */
const PATIENCE = 30_000;
const PAGE = 4096;

/** What a program takes, and what must still be there for others then. */
interface Hoard extends Pick<Attack, "name" | "what" | "promise" | "memory"> {
  /** Who takes it, and whatever it has to be told: `hold.c`, or the guest `hoard`. */
  command(stage: Stage): readonly [program: string, ...args: string[]];
  /** How many it is after. */
  readonly most: number;
  readonly options?: RunOptions;
  /** Looks while the program holds all that it got; says what is wrong. */
  look?(stage: Stage): string | undefined | Promise<string | undefined>;
  /** Judges what it got and how it ended, if it has ended by itself; says what is wrong. */
  judge?(count: number, result: RunResult): string | undefined;
}

const HANDLES = 262_000;
const VMOS = 25_000;
const MEMORY = 2 ** 28;
const PAGES = 2 ** 31 / PAGE;
const MESSAGES = 16_384;
const LINES = 1_000_000;

const HOARDS: readonly Hoard[] = [
  {
    name: "hold-handles",
    what: "takes 262,000 handles, and keeps them",
    promise: "the embedder's own calls do not run out",
    command: ({ program }) => [program("hold"), "handles", `${HANDLES}`],
    most: HANDLES,
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
    name: "hold-descriptors",
    what: "maps 25,000 VMOs, and keeps them",
    promise: "Node and other kernels have descriptors",
    command: () => [guest("hoard"), "map", `${VMOS}`, "stay"],
    most: VMOS,
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
    name: "hold-memory",
    what: "writes to 2 GiB of mapped pages, of which it may have 256 MiB",
    promise: "it gets no more than its limit, and ends there",
    command: () => [guest("hoard"), "touch", `${PAGES}`, "tell"],
    most: PAGES,
    options: { limits: { memory: MEMORY } },
    judge: (count, { crashReport, message }) =>
      broken(
        count * PAGE > MEMORY && `it got ${count} pages`,
        crashReport?.synthCode !== ZxStatus.NO_MEMORY >>> 0 && message,
      ),
  },
  {
    name: "hold-messages",
    what: "writes 1 GiB of messages that nobody reads",
    promise: "Node's memory is bounded",
    command: ({ program }) => [program("hold"), "messages", `${MESSAGES}`],
    most: MESSAGES,
    memory: 640,
  },
  {
    name: "hold-log",
    what: "writes 200 MB to the debug log",
    promise: "Node's memory is bounded",
    command: ({ program }) => [program("hold"), "log", `${LINES}`],
    most: LINES,
    // What the embedder asks to be kept is its own.
    options: { log: "ignore" },
  },
];

/** What one guest could take from all others. */
export const LIMIT_ATTACKS: readonly Attack[] = HOARDS.map(holding);

function holding(hoard: Hoard): Attack {
  return { ...hoard, attempt: (stage) => attempt(stage, hoard) };
}

async function attempt(stage: Stage, hoard: Hoard): Promise<Outcome> {
  const [stdout, killer] = [new PassThrough(), new AbortController()];
  const [program, ...args] = hoard.command(stage);
  const { kernel } = stage;
  const { signal } = killer;
  const state = { told: "", hasEnded: false };
  stdout.on("data", (text: Buffer) => (state.told += text.toString()));
  const options = { ...hoard.options, kernel, stdout, reject: false, signal };
  const ended = run(program, args, options).finally(() => (state.hasEnded = true));
  // It is waited for below, where it may have failed long since.
  ended.catch(() => {});
  await within(PATIENCE, () => /, then -?\d+\n$/.test(state.told) || state.hasEnded);
  const { hasEnded } = state;
  const wrong = hasEnded ? undefined : await hoard.look?.(stage);
  killer.abort();
  const result = await ended;
  // The last number, which a status may follow.
  const [, count = "", status] = /(?:^|\n)(\d+)(?:, then (-?\d+))?\n$/.exec(state.told) ?? [];
  const end = hasEnded ? (result.crashReport?.exceptionName ?? result.message) : (status ?? "?");
  return {
    got: `${count || "an unknown part"} of ${hoard.most}, then ${end}`,
    broken: broken(
      wrong,
      hasEnded && hoard.judge === undefined && "it ended by itself",
      count === "" ? "it did not tell what it got" : hoard.judge?.(Number(count), result),
    ),
  };
}
