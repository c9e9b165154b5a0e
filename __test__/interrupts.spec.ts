import test from "ava";

import { Interrupt, run } from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

test("whoever waits gets the moment of the first trigger", async (t) => {
  const interrupt = nullKernel(t).createInterrupt();
  const waits = interrupt.wait();
  await rejectsStatus(t, "BAD_STATE", interrupt.wait());
  interrupt.trigger(-5n);
  t.is(await waits, -5n);
  interrupt.trigger(6n);
  interrupt.trigger(7n);
  t.is(await interrupt.wait(), 6n);
  const ended = interrupt.wait();
  interrupt.destroy();
  await rejectsStatus(t, "CANCELED", ended);
  throwsStatus(t, "CANCELED", () => interrupt.trigger(1n));
});

test("a wait can be given up", async (t) => {
  const kernel = nullKernel(t);
  const interrupt = kernel.createInterrupt();
  const abort = new AbortController();
  const wait = interrupt.wait({ signal: abort.signal });
  abort.abort();
  await t.throwsAsync(wait, { code: "ABORT_ERR" });
  t.is(kernel.stats().waits, 0);
  interrupt.trigger(1n);
  t.is(await interrupt.wait(), 1n);
});

test("a bound interrupt puts a packet into its port for each trigger that is acknowledged", async (t) => {
  const kernel = nullKernel(t);
  const interrupt = kernel.createInterrupt();
  const port = kernel.createPort({ interrupts: true });
  throwsStatus(t, "WRONG_TYPE", () => interrupt.bind(kernel.createPort(), 1n));
  interrupt.bind(port, 9n);
  throwsStatus(t, "ALREADY_BOUND", () => interrupt.bind(port, 9n));
  port.queue(1n);
  interrupt.trigger(3n);
  interrupt.trigger(4n);
  const packet = await port.wait();
  t.deepEqual({ ...packet }, { type: "interrupt", key: 9n, status: 0, timestamp: 3n });
  interrupt.acknowledge();
  const again = await port.wait();
  t.is(again.type === "interrupt" && again.timestamp, 4n);
  t.is((await port.wait()).type, "user");
  interrupt.acknowledge();
  interrupt.unbind(port);
  throwsStatus(t, "NOT_FOUND", () => interrupt.unbind(port));
  t.is(kernel.stats().packets, 0);
  t.true(interrupt instanceof Interrupt);
});

nativeTest("programs wait for interrupts in either ABI", async (t) => {
  for (const abi of ["2020", "2026"] as const) {
    t.is((await run(guest("probe"), ["--interrupt"], { abi })).stdout, "interrupt: ok\n", abi);
  }
});
