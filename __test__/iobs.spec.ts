import test from "ava";

import {
  ClockOptions,
  Iob,
  IobAccess,
  IobSharedRegion,
  run,
  Signals,
  VmOptions,
} from "../index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const PAGE = 4096n;
const { EP0_CAN_MAP_READ, EP0_CAN_MAP_WRITE, EP1_CAN_MAP_READ } = IobAccess;
const { EP0_CAN_MEDIATED_WRITE, EP1_CAN_MEDIATED_WRITE } = IobAccess;
const { PERM_READ, PERM_WRITE } = VmOptions;
const RW = PERM_READ | PERM_WRITE;

test("each end maps what the regions allow it", async (t) => {
  const kernel = nullKernel(t);
  const access = EP0_CAN_MAP_READ | EP0_CAN_MAP_WRITE | EP1_CAN_MAP_READ;
  const [a, b] = kernel.createIob([{ access, size: PAGE }]);
  const { koid, ...region } = a.regions()[0]!;
  t.deepEqual(region, { access, size: PAGE, discipline: "none" });
  const swapped = EP0_CAN_MAP_READ | (access << 4);
  t.like(b.regions()[0], { access: swapped & 0xff, koid });
  const { rootVmar: root } = kernel.rootJob.createProcess("maps");
  const { vmar } = root.allocate(VmOptions.CAN_MAP_RXW, 0n, 4n * PAGE);
  t.true(vmar.mapIob(RW, 0n, a, 0, 0n, PAGE) > 0n);
  t.true(vmar.mapIob(PERM_READ, 0n, b, 0, 0n, PAGE) > 0n);
  throwsStatus(t, "ACCESS_DENIED", () => vmar.mapIob(RW, 0n, b, 0, 0n, PAGE));
  throwsStatus(t, "OUT_OF_RANGE", () => vmar.mapIob(RW, 0n, a, 1, 0n, PAGE));
  // An end lasts as long as its mappings.
  a.close();
  await rejectsStatus(t, "TIMED_OUT", b.waitOne(Signals.PEER_CLOSED, { deadline: 0n }));
  vmar.destroy();
  t.is(await b.waitOne(Signals.PEER_CLOSED), Signals.PEER_CLOSED);
});

test("the kernel writes tables and rings", async (t) => {
  const kernel = nullKernel(t);
  const shared = kernel.createIobSharedRegion(2n * PAGE);
  const [a, b] = kernel.createIob([
    { access: EP0_CAN_MEDIATED_WRITE, size: PAGE, discipline: "idAllocator" },
    { access: EP1_CAN_MEDIATED_WRITE, discipline: "ringBuffer", shared, tag: 7n },
  ]);
  t.deepEqual([a.allocateId(0, Buffer.from("a")), a.allocateId(0, new Uint8Array())], [0, 1]);
  throwsStatus(t, "NO_MEMORY", () => a.allocateId(0, new Uint8Array(4096)));
  throwsStatus(t, "ACCESS_DENIED", () => b.allocateId(0, new Uint8Array()));
  const updated = shared.waitOne(Signals.IOB_SHARED_REGION_UPDATED);
  b.write(1, Buffer.from("record"));
  t.is(await updated, Signals.IOB_SHARED_REGION_UPDATED);
  throwsStatus(t, "WRONG_TYPE", () => b.write(0, new Uint8Array()));
  throwsStatus(t, "INVALID_ARGS", () => b.write(1, new Uint8Array(65_520)));
  for (let size = 24; size <= 4072; size += 24) b.write(1, new Uint8Array(8));
  throwsStatus(t, "NO_SPACE", () => b.write(1, new Uint8Array(8)));
});

test("arguments are checked, and messages carry both kinds", (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const access = EP0_CAN_MAP_READ | EP0_CAN_MAP_WRITE;
  throwsStatus(t, "INVALID_ARGS", () => kernel.createIob([]));
  t.throws(() => kernel.createIob([{ access, discipline: "other" as never }]), {
    code: "ERR_INVALID_ARG_VALUE",
    message: /regions\[0\]\.discipline/,
  });
  const shared = kernel.createIobSharedRegion(2n * PAGE);
  const [iob, other] = kernel.createIob([{ access, size: PAGE }]);
  const [a, b] = kernel.createChannel();
  a.write(new Uint8Array(), [iob, shared]);
  const { handles } = b.read();
  t.true(handles[0] instanceof Iob && handles[1] instanceof IobSharedRegion);
  t.like(kernel.stats().types, { Iob: { objects: 2 }, IobSharedRegion: { objects: 1 } });
  for (const handle of [a, b, other, ...handles]) handle.close();
  t.is(kernel.stats().objects, before.objects);
});

test("a clock that can be mapped is", (t) => {
  const kernel = nullKernel(t);
  const { rootVmar } = kernel.rootJob.createProcess("maps");
  const clock = kernel.createClock(ClockOptions.MAPPABLE);
  t.true(rootVmar.mapClock(PERM_READ, 0n, clock) > 0n);
  throwsStatus(t, "INVALID_ARGS", () => rootVmar.mapClock(RW, 0n, clock));
  throwsStatus(t, "INVALID_ARGS", () => rootVmar.mapClock(PERM_READ, 0n, kernel.createClock()));
});

nativeTest("a program reads a clock where it is mapped", async (t) => {
  t.is((await run(guest("probe"), ["--clock"], { abi: "2026" })).stdout, "clock: ok\n");
});

nativeTest("programs share an IOBuffer", async (t) => {
  t.is((await run(guest("probe"), ["--iob"], { abi: "2026" })).stdout, "iob: ok\n");
});
