import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Kernel, ProcessBuilder, type Vmo } from "../index.js";
import { guest, serialNativeTest } from "./support/native.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LAUNCHES = 1_000;

/** Those children of a process that are ours: what compiles these files may be another. */
function children(pid: number | "self"): number[] {
  const all = readdirSync(`/proc/${pid}/task`).flatMap((task) => {
    const list = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  });
  return all.filter((child) => {
    try {
      return readFileSync(`/proc/${child}/comm`, "utf8").startsWith("zirconia");
    } catch {
      return false;
    }
  });
}

/** Whether any code of a process can still run. One that nobody has reaped cannot. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits for what other processes are about to do; the test's own time-out is the limit. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setImmediate();
}

/** What this process holds of the host. */
function holdings() {
  const zygotes = children("self").filter(runs);
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    processes: zygotes.length + zygotes.flatMap(children).filter(runs).length,
  };
}

async function launch(kernel: Kernel, executable: Vmo): Promise<bigint> {
  const builder = new ProcessBuilder({
    name: "hello",
    job: kernel.rootJob,
    executable: executable.duplicate(),
  });
  builder.addArguments(["hello"]);
  const built = await builder.build();
  using process = built.start();
  return (await process.exited()).returnCode;
}

serialNativeTest(`${LAUNCHES} launches leave nothing`, async (t) => {
  await using kernel = new Kernel();
  const executable = await kernel.vmoFromFile(guest("hello"));
  // Descriptors of the helper, its threads and its spare are there from the first launch on.
  await launch(kernel, executable);
  const objects = kernel.stats();
  await until(() => holdings().processes === 2);
  const host = holdings();
  for (let count = 0; count < LAUNCHES; count++) {
    t.is(await launch(kernel, executable), 0n);
  }
  t.deepEqual(kernel.stats(), objects);
  await until(() => JSON.stringify(holdings()) === JSON.stringify(host));
  t.pass();
});

serialNativeTest("a disposed kernel leaves no process, thread or descriptor", async (t) => {
  const before = holdings();
  {
    await using kernel = new Kernel();
    await launch(kernel, await kernel.vmoFromFile(guest("hello")));
  }
  await until(() => JSON.stringify(holdings()) === JSON.stringify(before));
  t.pass();
});

serialNativeTest("kill -9 of Node leaves no process", async (t) => {
  const script = `
    import { run } from "./index.ts";
    const stdout = process.stdout;
    for (const flag of ["--spin", "--sleep-forever"]) {
      run("guest/out/probe", ["--stdout=ready", flag], { stdout }).catch(() => {});
    }`;
  const node = spawn(process.execPath, ["--import=tsx", "--input-type=module", "--eval", script], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const text of node.stdout.setEncoding("utf8") as AsyncIterable<string>) {
    output += text;
    if (output.split("ready").length > 2) break;
  }
  const zygotes = children(node.pid!);
  const guests = zygotes.flatMap(children);
  // Each of the two kernels has a helper; each helper has its guest.
  t.is(zygotes.length, 2);
  t.true(guests.length >= 2);
  t.true([...zygotes, ...guests].every(runs));
  node.kill("SIGKILL");
  await once(node, "exit");
  await until(() => ![...zygotes, ...guests].some(runs));
  t.pass();
});
