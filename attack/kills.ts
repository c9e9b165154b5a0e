import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { HostError, Kernel, run } from "../index.js";
import { guest } from "../bench/paths.js";
import { children, runs } from "../__test__/support/holdings.js";
import { type Attack, broken } from "./attack.js";
import { ROOT } from "./compile.js";

const NODES = 50;
const HELPERS = 50;
/** Nodes that run at once. */
const AT_ONCE = 5;
/** Milliseconds in which what is killed must be gone. */
const PATIENCE = 5_000;
/** Milliseconds that a program spins. */
const TIMEOUT = 100;

/** What launches guests until it is killed. */
const LAUNCHES = `
  import { Kernel, run } from "./index.ts";
  const kernel = new Kernel();
  console.log("ready");
  for (;;) {
    await Promise.all(["--exit=0", "--spin", "--sleep-forever"].map((flag) =>
      run("guest/out/probe", [flag], { kernel, timeout: 5, reject: false })));
  }`;

/** The processes of a session that can still run. */
function survivors(session: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        return Number(stat.slice(stat.lastIndexOf(")")).split(" ")[4]) === session && runs(pid);
      } catch {
        return false;
      }
    });
}

async function goneWithin(patience: number, left: () => number): Promise<number> {
  const deadline = performance.now() + patience;
  while (left() > 0 && performance.now() < deadline) await sleep(5);
  return left();
}

/** How many processes survive a Node that is killed after some milliseconds of launches. */
async function survivorsOfKill(delay: number): Promise<number> {
  const args = ["--import=tsx", "--input-type=module", "--eval", LAUNCHES];
  const node = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
    // A session of its own, by which what comes of it is known.
    detached: true,
  });
  const exit = once(node, "exit");
  await Promise.race([once(node.stdout, "data"), exit]);
  await sleep(delay);
  node.kill("SIGKILL");
  await exit;
  return goneWithin(PATIENCE, () => survivors(node.pid!).length);
}

/** Ends that come from outside, at any moment. */
export const KILL_ATTACKS: readonly Attack[] = [
  {
    name: "kill-node",
    what: `Node is killed ${NODES} times while guests begin and end`,
    promise: "nothing survives it",
    keepsNodeBusy: true,
    async attempt() {
      let left = 0;
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < NODES) {
          const found = await survivorsOfKill(2 * next++);
          left += found;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return {
        got: `${NODES} kills, ${left} survivors`,
        broken: broken(left > 0 && `${left} survived`),
      };
    },
  },
  {
    name: "kill-helper",
    what: `the helper process is killed ${HELPERS} times while a guest runs`,
    promise: "runs end with a result, and the next one works",
    async attempt({ kernel }) {
      const faults: string[] = [];
      const before = new Set(children("self"));
      await using own = new Kernel();
      for (let index = 0; index < HELPERS; index++) {
        await run(guest("hello"), [], { kernel: own });
        const helper = children("self").find((pid) => !before.has(pid) && runs(pid));
        // One that begins after the kill has another helper, and ends by its time-out.
        const options = { kernel: own, reject: false, timeout: TIMEOUT } as const;
        const begun = performance.now();
        // The host's word is a result, too.
        const spinning = run(guest("probe"), ["--spin"], options).catch((error: unknown) => {
          if (!(error instanceof HostError)) throw error;
        });
        await sleep(index % 10);
        if (helper !== undefined) process.kill(helper, "SIGKILL");
        await spinning;
        const late = performance.now() - begun - TIMEOUT;
        if (late > PATIENCE) faults.push(`run ${index} ended ${Math.round(late)} ms late`);
        const other = await run(guest("hello"), [], { kernel, reject: false });
        if (other.returnCode !== 0n) faults.push(`another kernel's returned ${other.returnCode}`);
      }
      const last = await run(guest("hello"), [], { kernel: own, reject: false });
      if (last.returnCode !== 0n) faults.push(`the next returned ${last.returnCode}`);
      return { got: `${HELPERS} kills`, broken: broken(...faults.slice(0, 5)) };
    },
  },
];
