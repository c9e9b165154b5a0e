/**
 * Attacks from within guests and from outside, each with the promise that it must not break:
 * `npm run attack -- [--json] [NAME]…`. Prints a table in Markdown, or JSON, and fails if a promise
 * is broken.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Kernel, run } from "../index.js";
import { children, holdings, runs } from "../__test__/support/holdings.js";
import { COMPILER } from "../bench/compile.js";
import { guest } from "../bench/paths.js";
import { type Attack, broken, type Outcome } from "./attack.js";
import { Bystander } from "./bystander.js";
import { compilePrograms } from "./compile.js";
import { EventLoopWatch } from "./event-loop.js";
import { ESCAPE_ATTACKS } from "./escapes.js";
import { KILL_ATTACKS } from "./kills.js";
import { LIMIT_ATTACKS } from "./limits.js";
import { peakMemory, resetPeakMemory } from "./memory.js";
import { leftovers } from "./settled.js";
import { requireHost } from "./unavailable.js";
import { WORK_ATTACKS } from "./work.js";

const ATTACKS = [...WORK_ATTACKS, ...LIMIT_ATTACKS, ...ESCAPE_ATTACKS, ...KILL_ATTACKS];
const MEBIBYTE = 1 << 20;
/** Milliseconds in which a program runs that does next to nothing. */
const PATIENCE = 10_000;

/** A line of the table. */
interface Row {
  readonly name: string;
  readonly what: string;
  readonly promise: string;
  readonly got: string;
  /** The greatest delay of the event loop in milliseconds, waits for a processor apart. */
  readonly delayMs: number;
  /** By how many mebibytes Node's resident memory has grown at most. */
  readonly memoryMiB: number;
  /** The longest that a guest of another kernel waited for an answer, in milliseconds. */
  readonly bystanderMs: number;
  readonly broken: string | undefined;
}

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    /** Milliseconds that the event loop may be held up, and a bystander if it never waits as long. */
    "max-delay": { type: "string", default: "250" },
  },
  allowPositionals: true,
});
const maxDelay = Number(values["max-delay"]);
let maxWait = maxDelay;
const unknown = positionals.filter((name) => ATTACKS.every((attack) => attack.name !== name));
if (unknown.length > 0) {
  console.error(`attacks: ${ATTACKS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const IDLE: Attack = {
  name: "idle",
  what: "nothing",
  promise: "",
  async attempt() {
    await sleep(2_000);
    return { got: "" };
  },
};

requireHost("attack", COMPILER);
const program = compilePrograms();
const rows: Row[] = [];
const chosen = ATTACKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (!values.json) {
  console.log(
    "| attack | promise | what the guest got | event loop, at most | memory | bystander, at most | |",
  );
  console.log("|---|---|---|--:|--:|--:|---|");
}
for (const attack of [IDLE, ...chosen]) {
  const row = await attempt(attack);
  rows.push(row);
  if (attack === IDLE) {
    // On a computer that is busy with other things, waiting says less.
    maxWait = Math.max(maxDelay, 3 * row.bystanderMs);
  }
  if (!values.json) console.log(line(row));
}
if (values.json) console.log(JSON.stringify(rows, undefined, 2));
process.exit(rows.every((row) => row.broken === undefined) ? 0 : 1);

async function attempt(attack: Attack): Promise<Row> {
  const { name, what, promise, memory = 256, keepsNodeBusy = false } = attack;
  await using bystanders = new Kernel();
  await using bystander = new Bystander(bystanders, program("bystander"));
  await bystander.begin();
  const before = holdings();
  let outcome: Outcome;
  let harmed: string | undefined;
  let memoryMiB = 0;
  let delayMs = 0;
  {
    await using kernel = new Kernel();
    // What the first launch of a kernel costs is another matter.
    await run(program("attacks"), ["nothing"], { kernel });
    const helpers = children("self").filter(runs);
    const memoryBefore = resetPeakMemory();
    const watch = new EventLoopWatch();
    try {
      outcome = await attack.attempt({ kernel, program });
    } catch (error) {
      outcome = { got: "nothing", broken: String(error) };
    }
    delayMs = watch.end();
    memoryMiB = Math.max(0, Math.round((peakMemory() - memoryBefore) / MEBIBYTE));
    harmed = await harm(kernel, helpers).catch(String);
  }
  const bystanderMs = await bystander.end();
  const left = await leftovers(before);
  return {
    name,
    what,
    promise,
    got: outcome.got,
    delayMs: Math.round(delayMs),
    memoryMiB,
    bystanderMs: Math.round(bystanderMs),
    broken: broken(
      outcome.broken,
      harmed,
      attack !== IDLE && !keepsNodeBusy && delayMs > maxDelay && "the event loop was held up",
      attack !== IDLE &&
        bystanderMs > maxWait &&
        (Number.isFinite(bystanderMs) ? "a bystander was held up" : "a bystander got no answer"),
      memoryMiB > memory && `more than ${memory} MiB of memory`,
      left,
    ),
  };
}

/** What is wrong with a kernel after an attack: another helper has come, or programs do not run. */
async function harm(kernel: Kernel, helpers: readonly number[]): Promise<string | undefined> {
  const options = { kernel, reject: false, timeout: PATIENCE } as const;
  const { returnCode, message } = await run(guest("hello"), [], options);
  const now = children("self").filter(runs);
  return broken(
    returnCode !== 0n && `afterwards ${message}`,
    `${now}` !== `${helpers}` && `the helpers are ${now}, and were ${helpers}`,
  );
}

function line(row: Row): string {
  const state = row.broken === undefined ? "kept" : `**broken**: ${row.broken}`;
  const what = row.name === "idle" ? row.what : `${row.name}: ${row.what}`;
  return `| ${what} | ${row.promise} | ${row.got} | ${row.delayMs} ms | +${row.memoryMiB} MiB | ${row.bystanderMs === Infinity ? "never" : `${row.bystanderMs} ms`} | ${state} |`;
}
