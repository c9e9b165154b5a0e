import { Readable, Writable } from "node:stream";
import { isDeepStrictEqual } from "node:util";

import test from "ava";

import {
  HandleInfo,
  HandleType,
  Kernel,
  Rights,
  run,
  RunError,
  type RunOptions,
} from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { holdings, until, untilHolding } from "./support/holdings.js";
import { untilHelperKept } from "./support/kept-helper.js";
import { nullKernel } from "./support/kernel.js";
import { guest, guestBytes, nativeTest, serialNativeTest } from "./support/native.js";

const PROBE = guest("probe");

test("a program cannot run on the null machine", async (t) => {
  const kernel = nullKernel(t);
  await t.throwsAsync(run(staticPie(), [], { kernel }), {
    name: "ProcessBuilderError",
    code: "ZX_ERR_NOT_SUPPORTED",
  });
  t.is(kernel.stats().types.Socket, undefined);
});

test("unknown and impossible options are refused before anything is done", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const refused: [options: object, code: string][] = [
    [{ stdIn: "ignore" }, "ERR_INVALID_ARG_VALUE"],
    [{ stdin: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ stdout: "pipe" }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: "ignore", input: "" }, "ERR_INCOMPATIBLE_OPTION_PAIR"],
    [{ timeout: -1 }, "ERR_OUT_OF_RANGE"],
    [{ encoding: "utf16" }, "ERR_INVALID_ARG_VALUE"],
    [{ reject: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ requireSandbox: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ requireSandbox: true }, "ERR_INCOMPATIBLE_OPTION_PAIR"],
    [{ traceBuffer: { capacity: 4096 } }, "ERR_INCOMPATIBLE_OPTION_PAIR"],
  ];
  for (const [options, code] of refused) {
    await t.throwsAsync(run(staticPie(), [], { kernel, ...options } as RunOptions), { code });
  }
  for (const args of ["one", { timeout: 1 }]) {
    const misplaced = run(staticPie(), args as never, { kernel });
    await t.throwsAsync(misplaced, { code: "ERR_INVALID_ARG_TYPE", message: /"args"/ });
  }
  const ended = run(staticPie(), ["one", "t\0wo"], { kernel });
  await t.throwsAsync(ended, { code: "ERR_INVALID_ARG_VALUE", message: /args\[1\]/ });
  t.deepEqual(kernel.stats(), before);
});

test("a file that is not there gives Node's error", async (t) => {
  await t.throwsAsync(run("no/such/file"), { code: "ENOENT" });
});

test("what fails before there is a process leaves nothing, and consumes handles", async (t) => {
  const kernel = nullKernel(t);
  const unnamed = kernel.vmoFromBytes(staticPie(), { rights: Rights.DUPLICATE });
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const given = () => [{ handle: kernel.createEvent(), info: new HandleInfo(HandleType.User0) }];
  await t.throwsAsync(run(unnamed, [], { handles: given() }), { code: "ZX_ERR_ACCESS_DENIED" });
  t.deepEqual(kernel.stats(), before);
  await t.throwsAsync(run("no/such/file", [], { kernel, handles: given() }), { code: "ENOENT" });
  t.deepEqual(kernel.stats(), before);
});

nativeTest("a program gets its name, arguments and environment", async (t) => {
  const result = await run(guest("hello"), ["a b", "c"], { env: { KEY: "value" } });
  t.is(result.exitCode, 0);
  t.is(result.returnCode, 0n);
  t.false(result.failed);
  t.is(result.command, "hello a b c");
  t.regex(result.stdout, /^arg 0: hello\narg 1: a b\narg 2: c\nenv: KEY=value$/m);
  t.is(result.stderr, "");
  t.is(result.crashReport, undefined);
});

nativeTest("a program from bytes and from a VMO", async (t) => {
  t.is((await run(guestBytes("probe"), ["--stdout=x"])).stdout, "x\n");
  await using kernel = new Kernel();
  const vmo = kernel.vmoFromBytes(guestBytes("probe"), { name: "twice" });
  t.is((await run(vmo, ["--stdout=1"])).stdout, "1\n");
  t.is((await run(vmo, ["--stdout=2"])).command, "twice --stdout=2");
});

nativeTest("standard output and error are kept apart", async (t) => {
  const { stdout, stderr } = await run(PROBE, ["--stdout=out", "--stderr=err"]);
  t.deepEqual({ stdout, stderr }, { stdout: "out\n", stderr: "err\n" });
});

nativeTest("output can be bytes", async (t) => {
  const { stdout } = await run(PROBE, ["--stdout=x"], { encoding: "buffer" });
  t.deepEqual(stdout, new Uint8Array([120, 10]));
});

nativeTest("input of any size comes back", async (t) => {
  const input = "0123456789abcdef".repeat(100_000);
  const { stdout } = await run(PROBE, ["--echo"], { input });
  t.true(stdout === input);
});

nativeTest("a stream is input, and a slow stream takes output at its own pace", async (t) => {
  const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(20_000, index));
  let received = Buffer.alloc(0);
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      received = Buffer.concat([received, chunk]);
      setImmediate(done);
    },
  });
  const result = await run(PROBE, ["--echo"], { stdin: Readable.from(chunks), stdout: slow });
  t.is(result.stdout, "");
  t.true(received.equals(Buffer.concat(chunks)));
});

nativeTest("a stream that never ends does not hold a program that has", async (t) => {
  const stdin = new Readable({ read() {} });
  const { exitCode } = await run(PROBE, ["--exit=0"], { stdin });
  t.is(exitCode, 0);
  t.false(stdin.destroyed);
  t.is(stdin.listenerCount("data"), 0);
  t.is(stdin.listenerCount("close"), 0);
});

nativeTest("a stream that breaks ends the program with its error", async (t) => {
  const stdout = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => done(new Error("broken")),
  });
  const error = await t.throwsAsync(run(PROBE, ["--stdout=x", "--sleep-forever"], { stdout }), {
    instanceOf: RunError,
    code: "ERR_ZIRCONIA_STREAM",
    message: "probe --stdout=x --sleep-forever: stdout failed: broken",
  });
  t.is((error!.cause as Error).message, "broken");
});

nativeTest(
  "a stream that is gone, or goes without a word, does not hold the program",
  async (t) => {
    const gone = new Writable().destroy();
    await t.throwsAsync(run(PROBE, ["--stdout=x", "--sleep-forever"], { stdout: gone }), {
      code: "ERR_STREAM_PREMATURE_CLOSE",
    });
    const going = new Writable({ write: () => void going.destroy() });
    await t.throwsAsync(run(PROBE, ["--stdout=x", "--sleep-forever"], { stdout: going }), {
      code: "ERR_STREAM_PREMATURE_CLOSE",
    });
  },
);

nativeTest(
  "input that breaks while the program does not read ends it with its error",
  async (t) => {
    const stdin = new Readable({
      read() {
        this.push(Buffer.alloc(1 << 20));
        setImmediate(() => this.destroy(new Error("broken")));
      },
    });
    const message = /: stdin failed: broken$/;
    await t.throwsAsync(run(PROBE, ["--sleep-forever"], { stdin }), { message });
    await t.throwsAsync(run(PROBE, ["--echo"], { stdin }), { message });
  },
);

nativeTest("a return code other than 0 rejects, with the shape of a result", async (t) => {
  const error = await t.throwsAsync(run(PROBE, ["--stdout=x", "--exit=3"]), {
    instanceOf: RunError,
    code: "ERR_ZIRCONIA_RUN",
    message: "probe --stdout=x --exit=3: failed with return code 3",
  });
  t.is(error?.exitCode, 3);
  t.is(error?.stdout, "x\n");
  const result = await run(PROBE, ["--stdout=x", "--exit=3"], { reject: false });
  t.deepEqual(
    Object.keys(result).filter((key) => !(key in error!)),
    [],
  );
  t.true(result.failed);
});

nativeTest("a timeout kills", async (t) => {
  for (const argument of ["--sleep-forever", "--spin"]) {
    const error = await t.throwsAsync(run(PROBE, [argument], { timeout: 20 }), {
      instanceOf: RunError,
      code: "ETIMEDOUT",
    });
    t.true(error?.timedOut);
    t.is(error?.returnCode, -1024n);
  }
});

nativeTest("an abort kills, and its reason is the cause", async (t) => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const running = run(PROBE, ["--spin"], { signal: controller.signal });
  setImmediate(() => controller.abort(reason));
  const error = await t.throwsAsync(running, { instanceOf: RunError, code: "ABORT_ERR" });
  t.true(error?.isCanceled);
  t.is(error?.cause, reason);
  await t.throwsAsync(run(PROBE, ["--spin"], { signal: AbortSignal.abort(reason) }), {
    instanceOf: RunError,
  });
});

nativeTest("a fault leaves a crash report", async (t) => {
  const error = await t.throwsAsync(run(guest("fault"), ["null-read"]), { instanceOf: RunError });
  const report = error?.crashReport;
  t.is(error?.returnCode, -1028n);
  t.is(report?.exceptionName, "FATAL_PAGE_FAULT");
  t.is(report?.faultAddress, 0n);
  t.is(report?.processName, "fault");
  t.is(report?.threadName, "initial-thread");
  const code = report?.maps.find(
    ({ type, base, size }) =>
      type === "mapping" && base <= report.registers.rip && report.registers.rip < base + size,
  );
  t.truthy(code);
  t.regex(error!.message, /^fault null-read: crashed: FATAL_PAGE_FAULT in fault\/initial-thread/);
});

nativeTest("many programs at once stay apart", async (t) => {
  const runs = Array.from({ length: 8 }, (_, index) => run(PROBE, [`--stdout=${index}`]));
  const outputs = (await Promise.all(runs)).map(({ stdout }) => stdout);
  t.deepEqual(
    outputs,
    runs.map((_, index) => `${index}\n`),
  );
});

serialNativeTest("a run in a kernel of the caller's leaves nothing in it", async (t) => {
  await using kernel = new Kernel();
  t.is((await run(PROBE, ["--exit=0"], { kernel })).exitCode, 0);
  const before = kernel.stats();
  await run(PROBE, ["--stdout=x"], { kernel, input: "y" });
  await run(guest("fault"), ["null-read"], { kernel, reject: false });
  await run(PROBE, ["--spin"], { kernel, reject: false, timeout: 1 });
  // Where the time was up before the file was read, the VMO goes when it is.
  await until(() => isDeepStrictEqual(kernel.stats(), before));
  t.deepEqual(kernel.stats(), before);
});

serialNativeTest("a run in a kernel of its own leaves nothing in Node", async (t) => {
  await untilHelperKept();
  const before = holdings();
  for (let repeat = 0; repeat < 5; repeat++) {
    await run(PROBE, ["--stdout=x"]);
  }
  await untilHolding(before);
  t.pass();
});

nativeTest("a trace tells of system calls, and of the end", async (t) => {
  const names = new Set<string>();
  {
    await using kernel = new Kernel({
      trace: (records) =>
        records.forEach((record) => {
          names.add(record.type === "syscallEnter" ? `zx_${record.name}` : record.type);
        }),
    });
    await run(PROBE, ["--stdout=x"], { kernel });
  }
  for (const name of ["processStart", "zx_socket_write", "syscallExit", "processExit"]) {
    t.true(names.has(name), name);
  }
});
