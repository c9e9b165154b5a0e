import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { HostError, Kernel, run, type RunResult } from "../index.js";
import { guest, root } from "../bench/paths.js";
import { children, runs } from "../__test__/support/holdings.js";
import { type Attack, broken } from "./attack.js";
import { within } from "./settled.js";

const NODES = 50;
const HELPERS = 50;
/** Nodes that run at once. */
const AT_ONCE = 5;
/** Milliseconds in which what is killed must be gone. */
const PATIENCE = 5_000;
/** Milliseconds that a program spins. */
const TIMEOUT = 100;

/** What launches guests until it is killed, or nobody is left to kill it. */
const LAUNCHES = `
  import { Kernel, run } from "./index.ts";
  process.stdin.on("end", () => process.exit()).resume();
  const kernel = new Kernel();
  await run("guest/out/hello", [], { kernel });
  console.log("ready");
  for (;;) {
    await Promise.all(["--exit=0", "--spin", "--sleep-forever"].map((flag) =>
      run("guest/out/probe", [flag], { kernel, timeout: 20, reject: false })));
  }`;

/** The state and the process group of a process; nothing once it is gone. */
function stateOf(pid: number | string): { state: string; group: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}

/** How many processes of these groups can still run. */
function running(groups: ReadonlySet<number | undefined>): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => groups.has(stateOf(pid)?.group) && runs(Number(pid))).length;
}

/** Kills a Node after some milliseconds of launches: how many it had begun, and how many are left. */
async function killNode(delay: number): Promise<{ begun: number; left: number }> {
  const args = ["--import=tsx", "--input-type=module", "--eval", LAUNCHES];
  const node = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
    // So that its group is not ours, whatever its children do.
    detached: true,
  });
  const exit = once(node, "exit");
  const isReady = await Promise.race([
    once(node.stdout, "data").then(() => true),
    exit.then(() => false),
  ]);
  if (!isReady) throw new Error("Node has ended by itself");
  await sleep(delay);
  // It begins nothing while what it has begun is looked at.
  node.kill("SIGSTOP");
  await within(PATIENCE, () => stateOf(node.pid!)?.state === "T");
  // Helpers have process groups of their own, with all their guests.
  const groups = new Set(children(node.pid!).map((pid) => stateOf(pid)?.group));
  const begun = running(groups);
  node.kill("SIGKILL");
  await exit;
  await within(PATIENCE, () => running(groups) === 0);
  return { begun, left: running(groups) };
}

/**
 * Runs a program in a kernel whose helper was killed. The first time it may have been given a process
 * of that helper, which the host's word tells.
 */
async function runAgain(kernel: Kernel): Promise<RunResult> {
  try {
    return await run(guest("hello"), [], { kernel });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return await run(guest("hello"), [], { kernel });
  }
}

/** Ends that come from outside, at any moment. */
export const KILL_ATTACKS: readonly Attack[] = [
  {
    name: "kill-node",
    what: `Node is killed ${NODES} times while guests begin and end`,
    promise: "nothing survives it",
    keepsNodeBusy: true,
    async attempt() {
      let [begun, left, empty] = [0, 0, 0];
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < NODES) {
          const found = await killNode(2 * next++);
          begun += found.begun;
          left += found.left;
          empty += found.begun === 0 ? 1 : 0;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return {
        got: `${NODES} kills, ${begun} processes then, ${left} afterwards`,
        broken: broken(
          left > 0 && `${left} survived`,
          empty > 0 && `${empty} had no helper to be seen`,
        ),
      };
    },
  },
  {
    name: "kill-helper",
    what: `the helper process is killed ${HELPERS} times while a guest runs`,
    promise: "runs end, with a result or the host's word, and the second one after it works",
    async attempt({ kernel }) {
      const faults: string[] = [];
      const before = new Set(children("self"));
      await using own = new Kernel();
      for (let index = 0; index < HELPERS; index++) {
        await runAgain(own);
        const helper = children("self").find((pid) => !before.has(pid) && runs(pid));
        if (helper === undefined) throw new Error(`kill ${index}: there is no helper to be seen`);
        const options = { kernel: own, reject: false, timeout: TIMEOUT } as const;
        const begun = performance.now();
        const spinning = run(guest("probe"), ["--spin"], options).catch((error: unknown) => {
          if (!(error instanceof HostError)) throw error;
        });
        await sleep(index % 10);
        process.kill(helper, "SIGKILL");
        await spinning;
        // One that begins after the kill has another helper, and ends by its time-out.
        const late = performance.now() - begun - TIMEOUT;
        if (late > PATIENCE) faults.push(`run ${index} ended ${Math.round(late)} ms late`);
        const other = await run(guest("hello"), [], { kernel, reject: false });
        if (other.returnCode !== 0n) faults.push(`another kernel's returned ${other.returnCode}`);
      }
      await runAgain(own);
      return { got: `${HELPERS} kills`, broken: broken(...faults.slice(0, 5)) };
    },
  },
];
