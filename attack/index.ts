/**
 * Attacks from within guests and from outside, each with the promise that it must not break:
 * `npm run attack -- [--json] [NAME]…`. Prints a table in Markdown, or JSON, and fails if a promise
 * is broken.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Kernel, run } from "../index.js";
import { holdings } from "../__test__/support/holdings.js";
import { type Attack, broken, type Outcome } from "./attack.js";
import { Bystander } from "./bystander.js";
import { compile, ROOT } from "./compile.js";
import { EventLoopWatch } from "./event-loop.js";
import { ESCAPE_ATTACKS } from "./escapes.js";
import { KILL_ATTACKS } from "./kills.js";
import { LIMIT_ATTACKS } from "./limits.js";
import { peakMemory, resetPeakMemory } from "./memory.js";
import { WORK_ATTACKS } from "./work.js";

const ATTACKS = [...WORK_ATTACKS, ...LIMIT_ATTACKS, ...ESCAPE_ATTACKS, ...KILL_ATTACKS];
const MEBIBYTE = 1 << 20;

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

const directory = mkdtempSync(join(tmpdir(), "zirconia-attack-"));
const rows: Row[] = [];
try {
  const program = compiler();
  const chosen = ATTACKS.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  );
  if (!values.json) {
    console.log(
      "| attack | promise | what the guest got | event loop, at most | memory | bystander, at most | |",
    );
    console.log("|---|---|---|--:|--:|--:|---|");
  }
  for (const attack of [IDLE, ...chosen]) {
    const row = await attempt(attack, program);
    rows.push(row);
    if (attack === IDLE) {
      // On a computer that is busy with other things, waiting says less.
      maxWait = Math.max(maxDelay, 3 * row.bystanderMs);
    }
    if (!values.json) console.log(line(row));
  }
} finally {
  rmSync(directory, { recursive: true });
}
if (values.json) console.log(JSON.stringify(rows, undefined, 2));
process.exit(rows.every((row) => row.broken === undefined) ? 0 : 1);

async function attempt(attack: Attack, program: (name: string) => string): Promise<Row> {
  const { name, what, promise, memory = 256, keepsNodeBusy = false } = attack;
  await using bystanders = new Kernel();
  await using bystander = new Bystander(bystanders, program("bystander"));
  await bystander.begin();
  const before = holdings();
  let outcome: Outcome;
  let memoryMiB = 0;
  let delayMs = 0;
  {
    await using kernel = new Kernel();
    // What the first launch of a kernel costs is another matter.
    await run(program("attacks"), ["nothing"], { kernel });
    const memoryBefore = resetPeakMemory();
    const watch = new EventLoopWatch();
    try {
      outcome = await attack.attempt({ kernel, program });
    } catch (error) {
      outcome = { got: "nothing", broken: String(error) };
    }
    delayMs = watch.end();
    memoryMiB = Math.max(0, Math.round((peakMemory() - memoryBefore) / MEBIBYTE));
  }
  const bystanderMs = await bystander.end();
  const after = await settled(before);
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
      attack !== IDLE && !keepsNodeBusy && delayMs > maxDelay && "the event loop was held up",
      attack !== IDLE &&
        bystanderMs > maxWait &&
        (Number.isFinite(bystanderMs) ? "a bystander was held up" : "a bystander got no answer"),
      memoryMiB > memory && `more than ${memory} MiB of memory`,
      after.descriptors > before.descriptors &&
        `${after.descriptors - before.descriptors} descriptors are left`,
      after.processes > before.processes &&
        `${after.processes - before.processes} processes are left`,
    ),
  };
}

/** What is held once all that was begun has ended, which may take a moment. */
async function settled(before: ReturnType<typeof holdings>): Promise<ReturnType<typeof holdings>> {
  for (let tries = 0; tries < 200; tries++) {
    const { descriptors, processes } = holdings();
    if (descriptors <= before.descriptors && processes <= before.processes) break;
    await sleep(10);
  }
  return holdings();
}

/** Compiles programs of this directory when they are first asked for. */
function compiler(): (name: string) => string {
  const compiled = new Map<string, string>();
  return (name) => {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const path = join(directory, name);
    compile(join(ROOT, "attack", `${name}.c`), path);
    compiled.set(name, path);
    return path;
  };
}

function line(row: Row): string {
  const state = row.broken === undefined ? "kept" : `**broken**: ${row.broken}`;
  const what = row.name === "idle" ? row.what : `${row.name}: ${row.what}`;
  return `| ${what} | ${row.promise} | ${row.got} | ${row.delayMs} ms | +${row.memoryMiB} MiB | ${row.bystanderMs === Infinity ? "never" : `${row.bystanderMs} ms`} | ${state} |`;
}
