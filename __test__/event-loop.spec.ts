import test from "ava";

import { guest, nativeTest } from "./support/native.js";
import { script } from "./support/script.js";

const KERNEL = `const kernel = new zirconia.Kernel({ machine: "null" });`;

test("a pending wait keeps Node alive until it settles", async (t) => {
  const result = await script(`${KERNEL}
    const event = kernel.createEvent();
    event.waitOne(zirconia.Signals.SIGNALED, { timeout: 50 }).catch((error) => {
      console.log(error.code);
    });`);
  t.deepEqual(result, { code: 0, stdout: "ZX_ERR_TIMED_OUT\n", stderr: "" });
});

test("a kernel whose waits have settled does not keep Node alive", async (t) => {
  const result = await script(`${KERNEL}
    const event = kernel.createEvent();
    const wait = event.waitOne(zirconia.Signals.SIGNALED);
    event.signal(0, zirconia.Signals.SIGNALED);
    console.log(await wait);`);
  t.deepEqual(result, { code: 0, stdout: "8\n", stderr: "" });
});

test("an aborted wait does not keep Node alive", async (t) => {
  const result = await script(`${KERNEL}
    const signal = AbortSignal.timeout(10);
    const keep = setTimeout(() => {}, 1000);
    await kernel.createEvent().waitOne(8, { signal }).catch((error) => console.log(error.name));
    clearTimeout(keep);`);
  t.deepEqual(result, { code: 0, stdout: "AbortError\n", stderr: "" });
});

nativeTest("a running guest keeps Node alive until it ends", async (t) => {
  const result = await script(`
    const kernel = new zirconia.Kernel();
    const executable = await kernel.vmoFromFile(${JSON.stringify(guest("probe"))});
    const builder = new zirconia.ProcessBuilder({ name: "probe", job: kernel.rootJob, executable });
    builder.addArguments(["probe", "--sleep=50000000"]);
    const program = (await builder.build()).start();
    process.on("exit", () => console.log(program.info().exited));`);
  t.deepEqual(result, { code: 0, stdout: "true\n", stderr: "" });
});

nativeTest("an idle kernel with a live zygote does not keep Node alive", async (t) => {
  const result = await script(`
    const kernel = new zirconia.Kernel();
    const { exitCode } = await zirconia.run(${JSON.stringify(guest("probe"))}, ["--exit=0"], { kernel });
    globalThis.kernel = kernel;
    console.log(exitCode);`);
  t.deepEqual(result, { code: 0, stdout: "0\n", stderr: "" });
});

test("pending waits of every kind keep Node alive", async (t) => {
  const calls = [
    `kernel.createPort().wait({ timeout: 50 })`,
    `kernel.waitMany([], { timeout: 50 })`,
    `client.call(new Uint8Array(4), [], { timeout: 50 })`,
  ];
  for (const call of calls) {
    const result = await script(`${KERNEL}
      const [client, server] = kernel.createChannel();
      ${call}.catch((error) => console.log(error.code));`);
    t.deepEqual(result, { code: 0, stdout: "ZX_ERR_TIMED_OUT\n", stderr: "" }, call);
  }
});

test("timers that are set and ports that watch do not keep Node alive", async (t) => {
  const result = await script(`${KERNEL}
    const timer = kernel.createTimer();
    timer.set(kernel.now() + 3_600_000_000_000n);
    timer.waitAsync(kernel.createPort(), 0n, zirconia.Signals.SIGNALED);
    console.log(kernel.stats().observers);`);
  t.deepEqual(result, { code: 0, stdout: "1\n", stderr: "" });
});

test("waits that have ended when a kernel ends are told so, however many", async (t) => {
  const result = await script(`${KERNEL}
    const event = kernel.createEvent();
    const waits = Array.from({ length: 3_000 }, () => event.waitOne(zirconia.Signals.SIGNALED));
    event.signal(0, zirconia.Signals.SIGNALED);
    await kernel[Symbol.asyncDispose]();
    console.log(new Set(await Promise.all(waits)));`);
  t.deepEqual(result, { code: 0, stdout: "Set(1) { 8 }\n", stderr: "" });
});
