import { execFileSync, spawn as spawnNode } from "node:child_process";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { WritableStream } from "node:stream/web";

import test, { type ExecutionContext } from "ava";

import {
  HandleInfo,
  HandleType,
  Kernel,
  run,
  RunError,
  type RunFile,
  type RunOptions,
} from "../index.js";
import type { TraceRecord } from "../lib/trace/index.js";
import { directoryWith } from "./support/directory.js";
import { guest, guestBytes, nativeTest, serialNativeTest } from "./support/native.js";
import { runNode } from "./support/node.js";

const PROBE = guest("probe");

/** A run that does not end by itself, by what it is about when it is interrupted. */
type Phase = (
  t: ExecutionContext,
  kernel: Kernel,
) => [file: RunFile, args: string[], options: RunOptions, end?: () => void];

function never(): Promise<never> {
  return new Promise<never>(() => {});
}

function fifo(t: ExecutionContext): string {
  const path = join(directoryWith(t, {}), "program");
  execFileSync("mkfifo", [path]);
  return path;
}

const PHASES: Readonly<Record<string, Phase>> = {
  "the executable is read": (t) => [fifo(t), [], {}],
  "the process is built": (_t, kernel) => {
    // Nobody answers to the dynamic linker's loader.
    const [handle, silent] = kernel.createChannel();
    const info = new HandleInfo(HandleType.LdsvcLoader);
    return [guest("hello_dynamic"), [], { handles: [{ handle, info }] }, () => silent.close()];
  },
  "the program runs": () => [PROBE, ["--spin"], {}],
  "the program waits for input": () => [PROBE, ["--echo"], { stdin: new Readable({ read() {} }) }],
  "input is waited for": () => [
    PROBE,
    ["--echo"],
    { stdin: { [Symbol.asyncIterator]: () => ({ next: never }) } },
  ],
  "output is not taken": () => [
    PROBE,
    ["--stdout=x", "--sleep-forever"],
    { stdout: new Writable({ write() {} }) },
  ],
  "output that the program has left is not taken": () => [
    PROBE,
    ["--stdout=x"],
    { stdout: new Writable({ write() {} }) },
  ],
  "a stream of the web's does not take output": () => [
    PROBE,
    ["--stdout=x"],
    { stdout: new WritableStream({ write: never }) },
  ],
};

for (const [phase, begin] of Object.entries(PHASES)) {
  serialNativeTest(`a time-out counts while ${phase}`, async (t) => {
    await using kernel = new Kernel();
    await run(PROBE, [], { kernel });
    const before = kernel.stats();
    const [file, args, options, end] = begin(t, kernel);
    const error = await t.throwsAsync(run(file, args, { kernel, timeout: 50, ...options }), {
      instanceOf: RunError,
      code: "ETIMEDOUT",
      message: / timed out$/,
    });
    t.like(error, { timedOut: true, isCanceled: false, isMaxBuffer: false, failed: true });
    t.is(error?.cause, undefined);
    t.is(typeof error?.returnCode, "bigint");
    end?.();
    t.deepEqual(kernel.stats(), before);
    const again = begin(t, kernel);
    const result = await run(again[0], again[1], {
      kernel,
      timeout: 1,
      reject: false,
      ...again[2],
    });
    t.true(result.timedOut);
  });

  serialNativeTest(`an abort counts while ${phase}`, async (t) => {
    await using kernel = new Kernel();
    await run(PROBE, [], { kernel });
    const reason = new Error("enough");
    const controller = new AbortController();
    const before = kernel.stats();
    const [file, args, options, end] = begin(t, kernel);
    setTimeout(() => controller.abort(reason), 50);
    const { signal } = controller;
    const error = await t.throwsAsync(run(file, args, { kernel, signal, ...options }), {
      instanceOf: RunError,
      code: "ABORT_ERR",
      message: / was canceled$/,
    });
    t.like(error, { timedOut: false, isCanceled: true });
    t.is(error?.cause, reason);
    end?.();
    t.deepEqual(kernel.stats(), before);
  });

  serialNativeTest(`disposing of the kernel is told while ${phase}`, async (t) => {
    for (const dispose of ["dispose", Symbol.asyncDispose] as const) {
      const kernel = new Kernel();
      const [file, args, options] = begin(t, kernel);
      const running = run(file, args, { kernel, reject: false, ...options });
      setTimeout(() => void kernel[dispose](), 50);
      const error = await t.throwsAsync(running, {
        instanceOf: RunError,
        code: "ZX_ERR_CANCELED",
        message: /: its kernel was disposed of$/,
      });
      t.regex(String(error?.cause), /The kernel was disposed of/);
    }
  });
}

nativeTest("a time-out of 0 is none", async (t) => {
  const { stdout } = await run(PROBE, ["--sleep=1000000", "--stdout=x"], { timeout: 0 });
  t.is(stdout, "x\n");
});

nativeTest("what a time-out is too late for is well", async (t) => {
  t.is((await run(PROBE, [], { timeout: Number.MAX_SAFE_INTEGER })).exitCode, 0);
  t.is((await run(PROBE, [], { timeout: Number.POSITIVE_INFINITY })).exitCode, 0);
});

nativeTest("what is aborted already is not begun", async (t) => {
  const records: TraceRecord[] = [];
  const trace = (some: TraceRecord[]) => void records.push(...some);
  const reason = { any: "thing" };
  const signal = AbortSignal.abort(reason);
  let pulled = false;
  const stdin = new Readable({ read: () => void (pulled = true) });
  const error = await t.throwsAsync(run("no/such/file", [], { signal, stdin, trace }), {
    instanceOf: RunError,
    code: "ABORT_ERR",
  });
  t.is(error?.cause, reason);
  t.deepEqual(records, []);
  t.false(pulled);
  await using kernel = new Kernel();
  await run(PROBE, [], { kernel });
  const before = kernel.stats();
  const handles = [{ handle: kernel.createEvent(), info: new HandleInfo(HandleType.User0) }];
  const result = await run(PROBE, [], { kernel, signal, handles, reject: false });
  t.like(result, { isCanceled: true, returnCode: -1024n, exitCode: -1024, stdout: "" });
  t.deepEqual(kernel.stats(), before);
});

nativeTest("a kernel that was disposed of before is told of as well", async (t) => {
  const kernel = new Kernel();
  kernel.dispose();
  t.true(kernel.isDisposed);
  await t.throwsAsync(run(PROBE, [], { kernel }), { name: "RunError", code: "ZX_ERR_CANCELED" });
});

nativeTest("what a program has written when it is killed is kept, or passed on", async (t) => {
  const args = ["--stdout=x", "--stderr=y", "--sleep-forever"];
  let controller = new AbortController();
  const onFirst = () =>
    new Writable({
      write(_chunk, _encoding, done) {
        controller.abort();
        done();
      },
    });
  const kept = await run(PROBE, args, {
    stderr: onFirst(),
    signal: controller.signal,
    reject: false,
  });
  t.is(kept.stdout, "x\n");
  controller = new AbortController();
  let text = "";
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  await run(PROBE, args, { stdout, stderr: onFirst(), signal: controller.signal, reject: false });
  t.is(text, "x\n");
});

nativeTest("an executable can come through a pipe", async (t) => {
  const path = fifo(t);
  const writer = spawnNode("sh", ["-c", 'cat "$0" > "$1"', PROBE, path]);
  t.teardown(() => writer.kill());
  t.is((await run(path, ["--stdout=x"])).stdout, "x\n");
  t.is((await run(new URL(`file://${PROBE}`), ["--stdout=x"])).stdout, "x\n");
});

nativeTest("a pipe that nobody writes to does not keep Node alive after a time-out", async (t) => {
  const index = new URL("../index.ts", import.meta.url).href;
  const script = `
    const { run } = await import(${JSON.stringify(index)});
    await run(process.argv[1], [], { timeout: 1 }).catch(({ code }) => console.log(code));`;
  const args = ["--input-type=module", "--eval", script, fifo(t)];
  t.deepEqual(await runNode(args), { code: 0, stdout: "ETIMEDOUT\n", stderr: "" });
});

// maxBuffer

const OVER = {
  instanceOf: RunError,
  code: "ERR_CHILD_PROCESS_STDIO_MAXBUFFER",
} as const;

for (const output of ["stdout", "stderr"] as const) {
  nativeTest(`maxBuffer bounds ${output}: at the limit, and one over`, async (t) => {
    const args = [`--${output}=0123456`];
    for (const encoding of ["utf8", "latin1", "buffer"] as const) {
      const options = { encoding, stdin: "ignore" } as RunOptions;
      const whole = await run(PROBE, args, { ...options, maxBuffer: 8 });
      t.is(Buffer.from(whole[output]).toString(), "0123456\n", encoding);
      t.false(whole.isMaxBuffer);
      const error = await t.throwsAsync(run(PROBE, args, { ...options, maxBuffer: 7 }), {
        ...OVER,
        message: `probe ${args[0]}: wrote more to ${output} than maxBuffer allows`,
      });
      t.is(Buffer.from(error![output]).toString(), "0123456", encoding);
      t.is(typeof error![output], encoding === "buffer" ? "object" : "string");
      t.like(error, { isMaxBuffer: true, timedOut: false, isCanceled: false, failed: true });
    }
  });
}

nativeTest("a program that writes too much is ended", async (t) => {
  const error = await t.throwsAsync(
    run(PROBE, ["--stdout=0123456789", "--sleep-forever"], { maxBuffer: 4 }),
    OVER,
  );
  t.is(error?.stdout, "0123");
  t.is(error?.returnCode, -1024n);
  const result = await run(PROBE, ["--stdout=x", "--spin"], { maxBuffer: 0, reject: false });
  t.like(result, { isMaxBuffer: true, stdout: "" });
});

nativeTest("each output has its own limit, and one that is not kept has none", async (t) => {
  const args = ["--stdout=0123456", "--stderr=0123456"];
  t.is((await run(PROBE, args, { maxBuffer: 8 })).stderr, "0123456\n");
  const ignored = await run(PROBE, args, { maxBuffer: 0, stdout: "ignore", stderr: "ignore" });
  t.false(ignored.isMaxBuffer);
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const streamed = await run(PROBE, args, { maxBuffer: 8, stdout });
  t.false(streamed.isMaxBuffer);
  t.is((await run(PROBE, args, { maxBuffer: Infinity })).stdout, "0123456\n");
});

nativeTest("text is cut between characters, bytes where the limit is", async (t) => {
  const args = ["--stdout=ab€"];
  const cut = async (maxBuffer: number, encoding: "utf8" | "latin1" = "utf8") =>
    (await run(PROBE, args, { maxBuffer, encoding, reject: false })).stdout;
  t.is(await cut(6), "ab€\n");
  t.is(await cut(5), "ab€");
  for (const size of [4, 3, 2]) t.is(await cut(size), "ab");
  t.is(await cut(4, "latin1"), "ab\u00e2\u0082");
  const bytes = await run(PROBE, args, { maxBuffer: 4, encoding: "buffer", reject: false });
  t.deepEqual(bytes.stdout, new Uint8Array([97, 98, 0xe2, 0x82]));
});

nativeTest("what comes in many pieces is counted together", async (t) => {
  const input = "x".repeat(300_000);
  t.is((await run(PROBE, ["--echo"], { input, maxBuffer: 300_000 })).stdout.length, 300_000);
  const error = await t.throwsAsync(run(PROBE, ["--echo"], { input, maxBuffer: 299_999 }), OVER);
  t.is(error?.stdout, input.slice(1));
});

serialNativeTest("100,000,000 bytes are kept unless told otherwise", async (t) => {
  const input = Buffer.alloc(100_000_000, "x");
  const { stdout } = await run(guestBytes("probe"), ["--echo"], { input });
  t.is(stdout.length, input.length);
  const error = await t.throwsAsync(
    run(guestBytes("probe"), ["--echo"], { input: Buffer.concat([input, Buffer.from("y")]) }),
    OVER,
  );
  t.true(error?.stdout === stdout);
});

test("what interrupts first counts", async (t) => {
  const kernel = new Kernel({ machine: "null" });
  kernel.dispose();
  const stdin = new Readable().destroy();
  const running = run(PROBE, [], { kernel, stdin, signal: AbortSignal.abort() });
  await t.throwsAsync(running, { code: "ZX_ERR_CANCELED" });
  const aborted = run(PROBE, [], { stdin, signal: AbortSignal.abort() });
  await t.throwsAsync(aborted, { code: "ABORT_ERR" });
});
