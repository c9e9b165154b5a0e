import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { Kernel, ProcessBuilder, type Vmo } from "../index.js";
import { children, holdings, runs, until, untilHolding, untilRunning } from "./support/holdings.js";
import { guest, serialNativeTest } from "./support/native.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const LAUNCHES = 1_000;

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
  // Descriptors of the helper, its threads and its spare are there from the second launch on.
  await launch(kernel, executable);
  await launch(kernel, executable);
  const objects = kernel.stats();
  await untilRunning(2);
  const host = holdings();
  for (let count = 0; count < LAUNCHES; count++) {
    t.is(await launch(kernel, executable), 0n);
  }
  t.deepEqual(kernel.stats(), objects);
  await untilHolding(host);
  t.pass();
});

serialNativeTest("a disposed kernel leaves no process, thread or descriptor", async (t) => {
  const before = holdings();
  {
    await using kernel = new Kernel();
    await launch(kernel, await kernel.vmoFromFile(guest("hello")));
  }
  await untilHolding(before);
  t.pass();
});

serialNativeTest("a helper that does not end after a run is told of by a warning", async (t) => {
  const kernel = new Kernel();
  const { loop } = kernel;
  const end = loop.end.bind(loop);
  const failure = new Error("it stays");
  loop.end = async () => {
    await end();
    throw failure;
  };
  const warned = once(process, "warning");
  await kernel.retire();
  const [{ message, name }] = (await warned) as [Error];
  t.deepEqual([message, name], [failure.message, failure.name]);
  t.true(kernel.isDisposed);
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

serialNativeTest("a kernel whose trace throws at its end leaves nothing", async (t) => {
  const host = holdings();
  const failure = new Error("full");
  let isFull = false;
  const kernel = new Kernel({
    trace() {
      if (isFull) throw failure;
    },
  });
  await launch(kernel, await kernel.vmoFromFile(guest("hello")));
  kernel.flushTrace();
  isFull = true;
  kernel.createEvent().signal(0, 8);
  t.is(await t.throwsAsync(kernel[Symbol.asyncDispose]()), failure);
  await untilHolding(host);
});
