import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";

import test from "ava";

import { Kernel, ProcessBuilder, run, type RunOptions, VmOptions } from "../index.js";
import {
  chromeTrace,
  type ChromeTrace,
  formatTrace,
  type TraceRecord,
} from "../lib/trace/index.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";
import { matchesSchema } from "./support/schema.js";
import { arrows, callsMatch, normalised } from "./support/trace.js";

const PROBE = guest("probe");

/** The trace of a run, whatever comes of the run. */
async function traced(
  program: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<TraceRecord[]> {
  const records: TraceRecord[] = [];
  const trace = (batch: TraceRecord[]) => void records.push(...batch);
  await run(guest(program), args, { reject: false, ...options, trace });
  return records;
}

/** Keeps a trace, and tells when the first call waits. */
function recorder() {
  const records: TraceRecord[] = [];
  let tell: (() => void) | undefined;
  const blocked = new Promise<void>((resolve) => (tell = resolve));
  const trace = (batch: TraceRecord[]) => {
    records.push(...batch);
    if (batch.some(({ type }) => type === "syscallBlocked")) tell?.();
  };
  return { records, trace, blocked };
}

async function* onceDone(promise: Promise<void>, text: string): AsyncGenerator<string> {
  await promise;
  yield text;
}

test("a trace is of a kernel of its own", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(staticPie());
  const code = "ERR_INCOMPATIBLE_OPTION_PAIR";
  const { trace } = recorder();
  await t.throwsAsync(run(staticPie(), [], { kernel, trace }), { code });
  await t.throwsAsync(run(vmo, [], { trace }), { code });
  const options = { trace: true } as unknown as RunOptions;
  await t.throwsAsync(run(staticPie(), [], options), { code: "ERR_INVALID_ARG_TYPE" });
});

nativeTest("the trace of a small program", async (t) => {
  const lines = normalised(formatTrace(await traced("hello", [], { bare: true })));
  const maps = lines.filter((line) => /^-- hello:\d+ map /.test(line));
  t.true(maps.length >= 5);
  t.deepEqual(maps.slice(0, 2), [
    '-- hello:1 map     0x*..0x* r-- "hello" Vmo:2',
    '-- hello:1 map     0x*..0x* r-x "hello" + 0x* Vmo:2',
  ]);
  t.regex(maps.at(-1)!, /^-- hello:1 map {5}0x\*\.\.0x\* rw- "stack: default 0x\*" Vmo:6$/);
  t.deepEqual(lines.slice(maps.length, maps.length + 6), [
    '-- host:7 message Channel:8 -> Channel:9 processargs, 74 bytes: args ["hello"], handles ' +
      "[ProcessSelf(0)=Process:1, ThreadSelf(0)=Thread:10, RootVmar(0)=Vmar:11, " +
      "FileDescriptor(1)=Socket:12, FileDescriptor(2)=Socket:13, LoadedVmar(0)=Vmar:14, " +
      "VdsoVmo(0)=Vmo:5, StackVmo(0)=Vmo:6]",
    "-- hello:1 start   entry 0x*, stack 0x*",
    "zx_channel_read(handle=Channel:9, options=0, " +
      "bytes=<5d 58 50 41 00 10 00 00 24 00 00 00 44 00 00 00 ...>, " +
      "handles=[Process:1, Thread:10, Vmar:11, Socket:12, Socket:13, Vmar:14, Vmo:5, Vmo:6], " +
      "num_bytes=65536, num_handles=64, actual_bytes=[74], actual_handles=[8]) = ZX_OK <time>",
    "zx_handle_close(handle=Channel:9) = ZX_OK <time>",
    "zx_object_get_info(handle=Socket:12, topic=INFO_HANDLE_BASIC, buffer=0x*, " +
      "buffer_size=32, actual=null, avail=null) = ZX_OK <time>",
    "zx_object_get_info(handle=Socket:13, topic=INFO_HANDLE_BASIC, buffer=0x*, " +
      "buffer_size=32, actual=null, avail=null) = ZX_OK <time>",
  ]);
  const write =
    /^zx_socket_write\(handle=Socket:12, options=0, buffer="Hello from hello\\narg 0: hello/;
  t.true(lines.some((line) => write.test(line)));
  t.deepEqual(lines.slice(-2), ["zx_process_exit(retcode=0) = ? <time>", "-- hello:1 exit    0"]);
});

nativeTest("what a call does to memory comes after the call", async (t) => {
  const lines = normalised(formatTrace(await traced("probe", ["--memory"])));
  const call = lines.findIndex((line) => line.startsWith("zx_vmar_unmap("));
  t.regex(lines[call]!, /^zx_vmar_unmap\(handle=Vmar:\d+, addr=0x\*, len=4096\) = ZX_OK <time>$/);
  t.is(lines[call + 1], '-- probe:1 unmap   0x*..0x* ""');
});

nativeTest("a call that waits is told before it returns", async (t) => {
  const { records, trace, blocked } = recorder();
  const stdin = Readable.from(onceDone(blocked, "x"));
  t.is((await run(PROBE, ["--echo"], { stdin, trace })).stdout, "x");
  const lines = normalised(formatTrace(records));
  const call = lines.findIndex((line) => line.endsWith(" <unfinished ...>"));
  t.regex(
    lines[call]!,
    /^zx_object_wait_one\(handle=Socket:\d+, signals=READABLE\|.*, deadline=INFINITE, observed=0x\* </,
  );
  t.regex(
    lines[call + 1]!,
    /^<\.\.\. zx_object_wait_one resumed> observed=\[READABLE\|.*\]\) += ZX_OK <time>$/,
  );
});

nativeTest("a crash is told, and how the process ended", async (t) => {
  const lines = normalised(formatTrace(await traced("fault", ["null-read"])));
  t.deepEqual(lines.slice(-2), [
    "-- fault:1 crash   FATAL_PAGE_FAULT in fault/initial-thread:10 at pc 0x*, address 0x*",
    "-- fault:1 exit    -1028",
  ]);
});

nativeTest("a dynamic program's talk with its loader is told by name", async (t) => {
  const records = await traced("hello_dynamic", [], { libraryPath: [guest("lib")] });
  const lines = normalised(formatTrace(records));
  const call = lines.findIndex((line) => line.startsWith("zx_channel_call_noretry("));
  const heads = lines.slice(call, call + 4).map((line) => line.replace(/, \d+ bytes.*/, ""));
  t.regex(heads[0]!, / <unfinished \.\.\.>$/);
  t.regex(heads[1]!, /^-- hello_dynamic:\d+ message .* fuchsia.ldsvc\/Loader.LoadObject request /);
  t.regex(heads[2]!, /^-- host:\d+ message .* fuchsia.ldsvc\/Loader.LoadObject reply /);
  t.regex(heads[3]!, /resumed> actual_bytes=\[24\], actual_handles=\[1\]\) += ZX_OK/);
});

nativeTest(
  "what is read has been written: messages by their ids, bytes by their positions",
  async (t) => {
    const records = await traced("hello_dynamic", [], { libraryPath: [guest("lib")] });
    const [ids, read] = [new Map<bigint, bigint>(), new Set<bigint>()];
    const written = new Map<bigint, bigint>();
    let bytes = 0n;
    for (const record of records) {
      if (record.type === "message") ids.set(record.id, record.to);
      if (record.type === "messageRead") {
        t.is(ids.get(record.id), record.channel);
        t.false(read.has(record.id));
        read.add(record.id);
      }
      if (record.type === "bytesWritten") {
        t.is(record.position, written.get(record.to) ?? 0n);
        written.set(record.to, record.position + record.length);
      }
      if (record.type === "bytesRead") {
        t.true(record.position + record.length <= written.get(record.object)!);
        bytes += record.length;
      }
    }
    // Both bootstrap messages, and what is asked of the loader, with the answers.
    t.true(read.size >= 6);
    t.true(bytes > 0n);
  },
);

nativeTest("what a call does to the address space has the name of its thread", async (t) => {
  const records = await traced("hello_dynamic", [], { libraryPath: [guest("lib")] });
  const start = records.find(({ type }) => type === "processStart");
  const thread = start?.type === "processStart" ? start.thread : 0n;
  const maps = records.filter(({ type }) => type === "map");
  const begin = records.indexOf(start!);
  t.true(maps.length > 8);
  for (const map of maps) {
    t.is(map.caller, records.indexOf(map) < begin ? 0n : thread);
  }
});

nativeTest(
  "a launch is a file read, a build and a start, and what is loaded meanwhile",
  async (t) => {
    const records = await traced("hello_dynamic", [], { libraryPath: [guest("lib")] });
    const document = chromeTrace(records);
    matchesSchema(t, "chrome-trace.schema.json", JSON.stringify(document));
    callsMatch(t, document.traceEvents);
    const begun = document.traceEvents.filter(({ ph }) => ph === "b");
    const steps = begun.map(({ name, args }) => `${name} ${args["details"]}`.trim());
    const load = "fuchsia.ldsvc/Loader.LoadObject";
    t.true(steps[0]!.endsWith("hello_dynamic"), steps[0]);
    t.deepEqual(steps.slice(1, 5), ["build hello_dynamic", load, "load ld.so.1", "start"]);
    t.true(steps.includes("load libguest.so"));
    const messages = [...arrows(document.traceEvents)].filter(([id]) => id.startsWith("message"));
    const pairs = messages.filter(([, ends]) => ends.length === 2);
    t.true(pairs.length >= 6);
    t.true(messages.every(([, [first]]) => first!.startsWith("s ")));
  },
);

/** A process of two threads: one sleeps for ever, and then the other raises an exception. */
async function crashOfTwo(): Promise<TraceRecord[]> {
  const { records, trace, blocked } = recorder();
  await using kernel = new Kernel({ trace });
  const executable = await kernel.vmoFromFile(PROBE);
  const builder = new ProcessBuilder({ name: "probe", job: kernel.rootJob, executable });
  builder.addArguments(["probe", "--sleep-forever"]);
  const built = await builder.build();
  const rootVmar = built.rootVmar.duplicate();
  const process = built.start();
  await blocked;
  // ud2
  const code = kernel.vmoFromBytes(new Uint8Array([0x0f, 0x0b]));
  const readExecute = VmOptions.PERM_READ | VmOptions.PERM_EXECUTE;
  const entry = rootVmar.map(readExecute, 0n, code, 0n, 4096n);
  process.createThread("second").start(entry, entry, 0n, 0n);
  await process.exited();
  await kernel[Symbol.asyncDispose]();
  return records;
}

nativeTest("several threads are told apart, and calls that never return have an end", async (t) => {
  const records = await crashOfTwo();
  const lines = normalised(formatTrace(records));
  const from = lines.findIndex((line) => line.startsWith("zx_nanosleep("));
  t.deepEqual(
    lines.slice(from).map((line) => line.replace(/:\d+/g, "")),
    [
      "zx_nanosleep(deadline=INFINITE <unfinished ...>",
      '-- probe map     0x*..0x* r-x "" Vmo',
      "-- probe thread  probe/second entry 0x*, stack 0x*",
      "-- probe crash   UNDEFINED_INSTRUCTION in probe/second at pc 0x*, address 0x*",
      "[probe/initial-thread] <... zx_nanosleep resumed>) = ? <time>",
      "-- probe exit    -1028",
    ],
  );
  const trace = chromeTrace(records);
  matchesSchema(t, "chrome-trace.schema.json", JSON.stringify(trace));
  callsMatch(t, trace.traceEvents);
  const threads = trace.traceEvents.filter(({ name }) => name === "thread_name");
  t.deepEqual(
    threads.map(({ args }) => args["name"]),
    ["JavaScript", "initial-thread", "second"],
  );
});

nativeTest("threads that wait for each other each have their calls in order", async (t) => {
  const document = chromeTrace(await traced("threads", ["mutex", "20"]));
  matchesSchema(t, "chrome-trace.schema.json", JSON.stringify(document));
  callsMatch(t, document.traceEvents);
  const names = document.traceEvents.filter(({ name }) => name === "thread_name");
  t.deepEqual(
    names.map(({ args }) => args["name"]),
    ["JavaScript", "initial-thread", ...Array.from({ length: 8 }, () => "worker")],
  );
});

nativeTest("several processes at once are told apart", async (t) => {
  const { records, trace, blocked } = recorder();
  {
    await using kernel = new Kernel({ trace });
    const ends = new AbortController();
    const options = { kernel, signal: ends.signal, reject: false } as const;
    const first = run(PROBE, ["--sleep-forever"], { ...options, name: "one" });
    // Until there is a second thread, lines do not say whose they are.
    await blocked;
    const others = ["two", "three"].map((name) =>
      run(PROBE, [`--stdout=${name}`], { ...options, name }),
    );
    await Promise.all(others);
    ends.abort();
    await first;
  }
  const document = chromeTrace(records);
  matchesSchema(t, "chrome-trace.schema.json", JSON.stringify(document));
  callsMatch(t, document.traceEvents);
  const names = document.traceEvents.filter(({ name }) => name === "process_name");
  t.deepEqual(names.map(({ args }) => args["name"]).sort(), ["host", "one", "three", "two"]);
  const begun = document.traceEvents.filter(({ ph, cat }) => ph === "B" && cat === "syscall");
  t.is(new Set(begun.map(({ pid }) => pid)).size, 3);
  const lines = formatTrace(records);
  for (const name of ["two", "three"]) {
    const write = new RegExp(
      `^\\[${name}/initial-thread:\\d+\\] zx_socket_write\\(.*"${name}\\\\n"`,
    );
    t.true(
      lines.some((line) => write.test(line)),
      name,
    );
  }
});

nativeTest("run --trace writes to standard error, and takes no file", async (t) => {
  const { code, stdout, stderr } = await zirconia(["run", "--trace", PROBE, "--stdout=x"]);
  t.is(code, 0);
  t.is(stdout, "x\n");
  t.regex(stderr, /^zx_socket_write\(.*buffer="x\\n", .*\) = ZX_OK /m);
  t.regex(stderr, /\n-- probe:\d+ exit {4}0\n$/);
  t.false(stderr.includes("\x1b"));
});

nativeTest(
  "run --trace=FILE writes a file, and leaves the program's arguments alone",
  async (t) => {
    const cwd = directoryWith(t, {});
    const args = ["run", "--trace=out.json", PROBE, "--exit=3", "--trace=other.json"];
    const { code, stderr } = await zirconia(args, { cwd });
    t.is(code, 3);
    t.is(stderr, "");
    const text = readFileSync(join(cwd, "out.json"), "utf8");
    const { traceEvents } = matchesSchema<ChromeTrace>(t, "chrome-trace.schema.json", text);
    callsMatch(t, traceEvents);
    t.true(traceEvents.some(({ name, ph }) => name === "zx_process_exit" && ph === "E"));
  },
);

test("run --trace is misused without a file after its =, and fails if it cannot be written", async (t) => {
  const cwd = directoryWith(t, { app: staticPie() });
  const empty = await zirconia(["run", "--trace=", "app"], { cwd });
  t.is(empty.code, 125);
  t.regex(empty.stderr, /^error: option '--trace=<file>' argument missing/);
  const unwritable = await zirconia(["run", "--trace=no/such/file", "app"], { cwd });
  t.is(unwritable.code, 125);
  t.regex(unwritable.stderr, /^zirconia: ENOENT/);
  t.is((await zirconia(["run", "--trace"], { cwd })).code, 125);
  t.is((await zirconia(["run", "--lib", "--trace=x", "--no-such", "app"], { cwd })).code, 125);
});
