import test from "ava";

import { Counter, Rights, run, Signals } from "../index.js";
import { throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const { COUNTER_POSITIVE, COUNTER_NON_POSITIVE } = Signals;

test("a counter counts, and its signals tell the sign", async (t) => {
  const counter = nullKernel(t).createCounter();
  t.is(counter.read(), 0n);
  const positive = counter.waitOne(COUNTER_POSITIVE);
  counter.add(5n);
  t.is(await positive, COUNTER_POSITIVE);
  const not = counter.waitOne(COUNTER_NON_POSITIVE);
  counter.add(-6n);
  t.is(await not, COUNTER_NON_POSITIVE);
  t.is(counter.read(), -1n);
  counter.write(-(2n ** 63n));
  throwsStatus(t, "OUT_OF_RANGE", () => counter.add(-1n));
  t.is(counter.read(), -(2n ** 63n));
  t.throws(() => counter.write(2n ** 63n), { code: "ERR_OUT_OF_RANGE" });
});

test("rights are needed, and messages carry counters", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const counter = kernel.createCounter();
  throwsStatus(t, "ACCESS_DENIED", () => counter.duplicate(Rights.READ).add(1n));
  throwsStatus(t, "ACCESS_DENIED", () => counter.duplicate(Rights.WRITE).read());
  const [a, b] = kernel.createChannel();
  a.write(new Uint8Array(), [counter]);
  const [received] = b.read().handles;
  t.true(received instanceof Counter);
  t.is(kernel.stats().types.Counter?.objects, 1);
  for (const handle of [a, b, received!]) handle.close();
  t.is(kernel.stats().objects, before.objects + 1, "two weak duplicates keep it");
});

nativeTest("programs count", async (t) => {
  t.is((await run(guest("probe"), ["--counter"], { abi: "2026" })).stdout, "counter: ok\n");
});
