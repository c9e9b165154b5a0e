import test, { type ExecutionContext } from "ava";

import {
  HandleInfo,
  HandleType,
  Kernel,
  ObjectType,
  type Pager,
  type PageRequestPacket,
  type Port,
  type Process,
  ProcessBuilder,
  Rights,
  run,
  type Vmo,
  VmoChildOptions,
  VmoOp,
  VmoOptions,
  ZxStatus,
} from "../index.js";
import { formatTrace, type TraceRecord } from "../lib/trace/index.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";

const PAGE = 4096n;
const KEY = 0x1234n;

/** A pager, its port, and a VMO of so many pages. */
function paged(kernel: Kernel, pages: bigint, options = 0): { pager: Pager; port: Port; vmo: Vmo } {
  const [pager, port] = [kernel.createPager(), kernel.createPort()];
  return { pager, port, vmo: pager.createVmo(port, KEY, pages * PAGE, options) };
}

/** What a pager is asked for next. */
async function request(port: Port): Promise<PageRequestPacket> {
  const packet = await port.wait();
  if (packet.type !== "pageRequest") throw new Error(packet.type);
  return packet;
}

/** Supplies a range: all bytes of each page are its number, and one more. */
function supply(kernel: Kernel, pager: Pager, vmo: Vmo, offset: bigint, length: bigint): void {
  const pages = kernel.createVmo(length);
  for (let at = 0n; at < length; at += PAGE) {
    pages.write(at, new Uint8Array(Number(PAGE)).fill(Number((offset + at) / PAGE) + 1));
  }
  pager.supplyPages(vmo, offset, length, pages, 0n);
  pages.close();
}

const read = (offset: bigint, length: bigint) => ({
  type: "pageRequest",
  key: KEY,
  status: 0,
  command: "read",
  offset,
  length,
});

test("pages are asked for, supplied and read", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const { pager, port, vmo } = paged(kernel, 4n);
  t.is(pager.objectType, ObjectType.Pager);
  t.is(pager.rights, Rights.TRANSFER | Rights.INSPECT | Rights.ATTACH_VMO | Rights.MANAGE_VMO);
  throwsStatus(t, "SHOULD_WAIT", () => vmo.read(0n, 1));
  throwsStatus(t, "SHOULD_WAIT", () => vmo.opRange(VmoOp.Commit, 0n, PAGE));
  const fetched = vmo.prefetch(PAGE, 2n * PAGE);
  t.deepEqual(await request(port), read(PAGE, 2n * PAGE) as PageRequestPacket);
  supply(kernel, pager, vmo, PAGE, 2n * PAGE);
  await fetched;
  t.deepEqual([...vmo.read(2n * PAGE - 1n, 2)], [2, 3]);
  await vmo.prefetch(PAGE, 1n);
  pager.detachVmo(vmo);
  t.like(await request(port), { command: "complete", key: KEY, offset: 0n, length: 0n });
  await rejectsStatus(t, "BAD_STATE", vmo.prefetch(0n, 1n));
  for (const handle of [pager, port, vmo]) handle.close();
  t.deepEqual(kernel.stats(), before);
});

test("who waits for pages learns that they fail, may give up, and does not wait for ever", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const { pager, port, vmo } = paged(kernel, 2n);
  for (const failure of ["IO", "IO_DATA_INTEGRITY", "BAD_STATE", "NO_SPACE"] as const) {
    const fetched = vmo.prefetch(0n, PAGE);
    await request(port);
    pager.failPages(vmo, 0n, 2n * PAGE, failure);
    await rejectsStatus(t, failure, fetched);
  }
  t.throws(() => pager.failPages(vmo, 0n, PAGE, "INTERNAL" as never), {
    code: "ERR_INVALID_ARG_VALUE",
  });
  const controller = new AbortController();
  const aborted = vmo.prefetch(0n, PAGE, { signal: controller.signal });
  controller.abort();
  await t.throwsAsync(aborted, { code: "ABORT_ERR" });
  const late = vmo.prefetch(0n, PAGE, { timeout: 10 });
  kernel.clock.advance(10_000_000n);
  await rejectsStatus(t, "TIMED_OUT", late);
  const endless = vmo.prefetch(0n, PAGE);
  kernel.clock.advance(300_000_000_000n);
  await rejectsStatus(t, "TIMED_OUT", endless);
  const closed = vmo.prefetch(0n, PAGE);
  pager.close();
  await rejectsStatus(t, "BAD_STATE", closed);
});

test("what is written is dirty until it is written back", async (t) => {
  const kernel = nullKernel(t);
  const { pager, port, vmo } = paged(kernel, 300n, VmoOptions.RESIZABLE | VmoOptions.TRAP_DIRTY);
  supply(kernel, pager, vmo, 0n, 300n * PAGE);
  throwsStatus(t, "SHOULD_WAIT", () => vmo.write(0n, Buffer.of(9)));
  t.false(pager.isModified(vmo));
  for (let page = 0n; page < 300n; page += 2n) pager.allowWrites(vmo, page * PAGE, PAGE);
  vmo.write(2n * PAGE, Buffer.of(9));
  t.true(pager.isModified(vmo, true));
  t.false(pager.isModified(vmo));
  // More than one call tells.
  const all = Array.from({ length: 150 }, (_, index) => BigInt(2 * index) * PAGE);
  const ranges = pager.dirtyRanges(vmo);
  t.deepEqual(
    ranges,
    all.map((offset) => ({ offset, length: PAGE, zero: false })),
  );
  t.deepEqual(pager.dirtyRanges(vmo, PAGE, 2n * PAGE), [
    { offset: 2n * PAGE, length: PAGE, zero: false },
  ]);
  pager.beginWriteback(vmo, 0n, 300n * PAGE);
  throwsStatus(t, "SHOULD_WAIT", () => vmo.write(2n * PAGE, Buffer.of(9)));
  pager.endWriteback(vmo, 0n, 300n * PAGE);
  t.deepEqual(pager.dirtyRanges(vmo), []);
  vmo.setSize(302n * PAGE);
  t.deepEqual(pager.dirtyRanges(vmo), [{ offset: 300n * PAGE, length: 2n * PAGE, zero: true }]);
  pager.beginWriteback(vmo, 300n * PAGE, 2n * PAGE, true);
  pager.endWriteback(vmo, 300n * PAGE, 2n * PAGE);
  t.deepEqual(pager.dirtyRanges(vmo), []);
  throwsStatus(t, "NOT_FOUND", () => pager.allowWrites(vmo, 301n * PAGE, PAGE));
  await rejectsStatus(t, "TIMED_OUT", port.wait({ timeout: 0 }));
});

test("arguments are checked, and handles of others refused", (t) => {
  const kernel = nullKernel(t);
  const { pager, port, vmo } = paged(kernel, 1n);
  const other = kernel.createVmo(PAGE);
  t.throws(() => pager.createVmo(vmo as never, 0n, PAGE), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => pager.createVmo(port, -1n, PAGE), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => pager.detachVmo(port as never), { code: "ERR_INVALID_ARG_TYPE" });
  t.throws(() => pager.supplyPages(vmo, 0n, PAGE, port as never, 0n), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  throwsStatus(t, "INVALID_ARGS", () => pager.createVmo(port, 0n, PAGE, VmoOptions.DISCARDABLE));
  throwsStatus(t, "INVALID_ARGS", () => pager.detachVmo(other));
  throwsStatus(t, "INVALID_ARGS", () => pager.supplyPages(vmo, 1n, PAGE, other, 0n));
  throwsStatus(t, "OUT_OF_RANGE", () => pager.supplyPages(vmo, PAGE, PAGE, other, 0n));
  throwsStatus(t, "NOT_SUPPORTED", () => pager.allowWrites(vmo, 0n, PAGE));
  throwsStatus(t, "NOT_SUPPORTED", () => vmo.createChild(VmoChildOptions.SNAPSHOT, 0n, PAGE));
  t.true((vmo.info().flags & 32) !== 0);
});

/** Starts a program with the VMO as USER0, and with what else it is given. */
async function start(
  kernel: Kernel,
  args: string[],
  vmo: Vmo,
  more: { channel?: ReturnType<Kernel["createChannel"]>[0] } = {},
): Promise<{ process: Process; output: () => string }> {
  const executable = await kernel.vmoFromFile(guest("paged"));
  const builder = new ProcessBuilder({ name: "paged", job: kernel.rootJob, executable });
  const [output, theirs] = kernel.createSocket();
  builder.addArguments(["paged", ...args]);
  builder.addHandles([
    { handle: theirs, info: new HandleInfo(HandleType.FileDescriptor, 1) },
    { handle: vmo.duplicate(), info: new HandleInfo(HandleType.User0, 0) },
  ]);
  if (more.channel !== undefined) {
    builder.addHandles([{ handle: more.channel, info: new HandleInfo(HandleType.User1, 0) }]);
  }
  const built = await builder.build();
  return { process: built.start(), output: () => Buffer.from(output.read()).toString() };
}

function nativeKernel(t: ExecutionContext): Kernel {
  const kernel = new Kernel();
  t.teardown(() => kernel.dispose());
  return kernel;
}

nativeTest("JavaScript supplies the pages that a program touches, reads and sends", async (t) => {
  const kernel = nativeKernel(t);
  for (const how of ["touch", "read"]) {
    const { pager, port, vmo } = paged(kernel, 8n);
    const { process, output } = await start(kernel, [how, "8"], vmo);
    let asked = 0n;
    while (asked < 8n * PAGE) {
      const { command, offset, length } = await request(port);
      t.deepEqual([command, offset], ["read", asked]);
      supply(kernel, pager, vmo, offset, length);
      asked += length;
    }
    t.is((await process.exited()).returnCode, 0n, how);
    t.is(output(), "36\n");
  }
  const { pager, port, vmo } = paged(kernel, 2n);
  const [ours, theirs] = kernel.createChannel();
  const { process } = await start(kernel, ["send", "4100"], vmo, { channel: theirs });
  for (const page of [0n, 1n]) {
    t.like(await request(port), { command: "read", offset: page * PAGE, length: PAGE });
    supply(kernel, pager, vmo, page * PAGE, PAGE);
  }
  t.is((await process.exited()).returnCode, 0n);
  const { bytes } = ours.read();
  t.deepEqual([bytes.length, bytes[0], bytes[4095], bytes[4096]], [4100, 1, 1, 2]);
});

nativeTest("what a program writes comes back by way of its dirty pages", async (t) => {
  const kernel = nativeKernel(t);
  const { pager, port, vmo } = paged(kernel, 3n, VmoOptions.TRAP_DIRTY);
  supply(kernel, pager, vmo, 0n, 3n * PAGE);
  const { process } = await start(kernel, ["fill", "3"], vmo);
  for (const page of [0n, 1n, 2n]) {
    t.like(await request(port), { command: "dirty", offset: page * PAGE, length: PAGE });
    pager.allowWrites(vmo, page * PAGE, PAGE);
  }
  t.is((await process.exited()).returnCode, 0n);
  t.deepEqual(pager.dirtyRanges(vmo), [{ offset: 0n, length: 3n * PAGE, zero: false }]);
  pager.beginWriteback(vmo, 0n, 3n * PAGE);
  t.deepEqual(
    [0n, 1n, 2n].map((page) => vmo.read(page * PAGE, 1)[0]),
    [1, 2, 3],
  );
  pager.endWriteback(vmo, 0n, 3n * PAGE);
  t.deepEqual(pager.dirtyRanges(vmo), []);
});

nativeTest(
  "a program whose page fails ends, as does one that is killed or suspended for it",
  async (t) => {
    const kernel = nativeKernel(t);
    const { pager, port, vmo } = paged(kernel, 2n);
    const failed = await start(kernel, ["touch", "1"], vmo);
    await request(port);
    pager.failPages(vmo, 0n, PAGE, "IO_DATA_INTEGRITY");
    await failed.process.exited();
    t.is(failed.process.crashReport()?.synthCode, ZxStatus.IO_DATA_INTEGRITY >>> 0);
    const killed = await start(kernel, ["read", "1"], vmo);
    await request(port);
    killed.process.kill();
    t.is((await killed.process.exited()).returnCode, -1024n);
    for (const how of ["touch", "read"]) {
      const fresh = paged(kernel, 1n);
      const it = await start(kernel, [how, "1"], fresh.vmo);
      await request(fresh.port);
      const token = it.process.suspend();
      token.close();
      // It may have gone on before it was stopped; then nothing was taken back.
      supply(kernel, fresh.pager, fresh.vmo, 0n, PAGE);
      t.is((await it.process.exited()).returnCode, 0n, how);
      t.is(it.output(), "1\n");
    }
  },
);

nativeTest(
  "a program is its own pager in either ABI, and the trace shows what it does",
  async (t) => {
    for (const abi of ["2020", "2026"] as const) {
      const records: TraceRecord[] = [];
      const trace = (batch: TraceRecord[]) => void records.push(...batch);
      const { stdout } = await run(guest("threads"), ["pager", "40"], { abi, trace });
      t.regex(stdout, /^pager: \d+ ns a page\n$/, abi);
      const text = formatTrace(records).join("\n");
      for (const line of [
        String.raw`zx_pager_create\(options=0, out=\[Pager:\d+\]\) += ZX_OK`,
        String.raw`zx_pager_create_vmo\(pager=Pager:\d+, .*, port=Port:\d+, .*\) = ZX_OK`,
        String.raw`zx_port_wait.*PAGE_REQUEST, ZX_OK, READ, offset=0x1000, length=0x1000\}\]?\) = ZX_OK`,
        String.raw`zx_pager_supply_pages\(pager=Pager:\d+, pager_vmo=Vmo:\d+, .*\) = ZX_OK`,
      ]) {
        t.true(new RegExp(line).test(text), `${abi}: ${line}`);
      }
    }
  },
);
