import assert from "node:assert";

import test from "ava";

import {
  type CheckRecord,
  checkBytes,
  checkFile,
  checkFiles,
  decodeMessage,
  Elf64Headers,
  ElfParseError,
  HandleInfo,
  HandleType,
  Kernel,
  loadElf,
  Message,
  NativeBindingError,
  planLaunch,
  ProcessBuilder,
  run,
  RunError,
  SpawnError,
  Vmar,
  ZirconiaError,
  ZxError,
} from "../index.js";
import type { TraceRecord } from "../lib/trace/index.js";
import { PseudoFile } from "../lib/vfs/index.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";

/** A value with its bigints, bytes and errors as documents have them, by another way than ours. */
function expected(value: unknown): unknown {
  if (typeof value === "bigint") return value < 0n ? `${value}` : `0x${value.toString(16)}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(expected);
  if (value instanceof HandleInfo) {
    return { type: value.typeName, arg: value.arg, raw: value.raw };
  }
  if (value instanceof Elf64Headers) {
    return expected({ fileHeader: value.fileHeader, programHeaders: value.programHeaders });
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.map(([key, field]) => [key, expected(field)]));
}

function parsed(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

/** Everything in a value, and what is in that. */
function* within(value: unknown): Generator<object> {
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    yield value;
    for (const field of Object.values(value)) yield* within(field);
  }
}

test("results and reports become JSON that keeps everything, and clone", async (t) => {
  const kernel = nullKernel(t);
  const { process, rootVmar } = kernel.rootJob.createProcess("it");
  const vmo = kernel.vmoFromBytes(staticPie());
  const thread = process.createThread("first");
  const [socket] = kernel.createSocket();
  const port = kernel.createPort();
  port.queue(2n ** 63n, new Uint8Array([1]));
  const plain = await port.wait();
  const event = kernel.createEvent();
  event.waitAsync(port, 7n, 8);
  event.signal(0, 8);
  const log = kernel.debugLog();
  log.write("text");
  const headers = Elf64Headers.fromBytes(staticPie());
  const { bytes } = new Message({
    args: ["a"],
    environmentVars: [],
    namespacePaths: [],
    handles: [],
  });
  const values: Record<string, unknown> = {
    "Handle.basicInfo": vmo.basicInfo(),
    "Process.info": process.info(),
    "Process.maps": process.maps(),
    "Process.mapsInfo": process.mapsInfo(),
    "Process.vmos": process.vmos(),
    "Process.taskStats": process.taskStats(),
    "Process.handleTable": process.handleTable(),
    "Process.threads": process.threads(),
    "Job.processes": kernel.rootJob.processes(),
    "Process.handleStats": process.handleStats(),
    "Task.runtime": process.runtime(),
    "Job.info": kernel.rootJob.info(),
    "Thread.info": thread.info(),
    "Thread.stats": thread.stats(),
    "Vmar.info": rootVmar.info(),
    "Socket.info": socket.info(),
    "Timer.info": kernel.createTimer().info(),
    "Clock.details": kernel.createClock().details(),
    "user packet": plain,
    "signal packet": await port.wait(),
    "DebugLog.read": log.read(),
    "Kernel.stats": kernel.stats(),
    fileHeader: headers.fileHeader,
    programHeaders: headers.programHeaders,
    checkBytes: checkBytes(staticPie()),
    "a report with findings": checkBytes(new Uint8Array(64)),
    checkFile: await checkFile(guest("hello")),
    planLaunch: await planLaunch(guest("hello")),
    decodeMessage: decodeMessage(bytes, 0),
    "PseudoFile.attributes": new PseudoFile("text").attributes(),
  };
  for (const [name, value] of Object.entries(values)) {
    for (const part of within(value)) {
      t.notThrows(() => JSON.stringify(part), name);
      t.notThrows(() => structuredClone(part), name);
    }
    t.deepEqual(parsed(value) as unknown, expected(value), name);
    const plainCopy: unknown = structuredClone(value);
    if (name !== "planLaunch" && name !== "decodeMessage") {
      assert.deepStrictEqual(value, plainCopy, "what makes JSON of it is no part of it");
    }
  }
});

test("64-bit numbers are 0x… or, below 0, decimal: BigInt of them is the number", (t) => {
  const error = new ElfParseError("ReadError", "text", -1, { offset: 2n ** 64n - 1n });
  t.is(parsed(error)["offset"], "0xffffffffffffffff");
  for (const value of [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    const { number } = parsed(Object.assign(new ZirconiaError("", -1), { number: value }));
    t.is(BigInt(number as string), value);
  }
});

test("a report's parts stand for themselves", (t) => {
  const { findings, omitted } = checkBytes(staticPie());
  t.deepEqual(parsed(omitted), {});
  t.notThrows(() => JSON.stringify({ findings, omitted }));
});

test("a plan that fails keeps its error", async (t) => {
  const plan = await planLaunch(new Uint8Array(64), { name: "broken" });
  const { verdict } = parsed(plan) as { verdict: { ok: boolean; error: Record<string, unknown> } };
  t.false(verdict.ok);
  const { name, kind, code, status, cause } = verdict.error;
  t.deepEqual(
    { name, kind, code, status },
    { name: "ProcessBuilderError", kind: "ElfParse", code: "ZX_ERR_NOT_FOUND", status: -25 },
  );
  const within = cause as Record<string, unknown>;
  t.is(within["name"], "ElfParseError");
  t.is(within["offset"], "0x0");
  t.notThrows(() => structuredClone(plan));
});

test("a file that cannot be read is a record that keeps its error", async (t) => {
  const records: CheckRecord[] = [];
  for await (const record of checkFiles(["no/such/file"])) records.push(record);
  const { file, error } = parsed(records[0]) as { file: string; error: Record<string, unknown> };
  t.is(file, "no/such/file");
  t.is(error["code"], "ENOENT");
  t.regex(error["message"] as string, /no\/such\/file/);
});

test("errors keep their name, message, fields, cause and stack", (t) => {
  const inner = new ZxError("zx_channel_write", -24, { observed: 5, pending: [1] });
  const outer = new SpawnError(-25, "text", { cause: inner });
  const { stack, ...json } = parsed(outer);
  t.is(stack, outer.stack);
  t.like(json, {
    name: "SpawnError",
    message: "fdio_spawn: NOT_FOUND: text",
    code: "ZX_ERR_NOT_FOUND",
    status: -25,
    errMsg: "text",
    cause: {
      name: "ZxError",
      message: "zx_channel_write: PEER_CLOSED",
      operation: "zx_channel_write",
      observed: 5,
      pending: [1],
    },
  });
  t.notThrows(() => structuredClone(outer));
});

test("a binary that cannot be loaded keeps what was tried", (t) => {
  const host = { platform: "linux", arch: "x64", libc: "gnu", libraryPath: undefined } as const;
  const attempts = [{ specifier: "one", error: new Error("no") }];
  const { attempts: kept } = parsed(new NativeBindingError(host, attempts));
  t.like(kept as object[], [{ specifier: "one", error: { name: "Error", message: "no" } }]);
});

test("what is somebody else's cannot make JSON of an error fail", (t) => {
  const cause: Record<string, unknown> = {
    number: 1n,
    date: new Date(0),
    throws: {
      toJSON() {
        throw new Error("no");
      },
    },
    get getter() {
      throw new Error("no");
    },
    list: [2n, () => {}, new Uint16Array([1])],
    nothing: null,
    buffer: Buffer.from("hi"),
    nested: new TypeError("inside"),
  };
  cause["self"] = cause;
  const error = new ZirconiaError("text", -1, { cause });
  cause["error"] = error;
  cause["back"] = { toJSON: () => error };
  const { cause: kept } = parsed(error) as { cause: Record<string, unknown> };
  const { nested, ...rest } = kept;
  t.deepEqual(rest, {
    number: "0x1",
    date: "1970-01-01T00:00:00.000Z",
    list: ["0x2", null, "0100"],
    nothing: null,
    buffer: "6869",
    self: "[Circular]",
    error: "[Circular]",
    back: "[Circular]",
  });
  t.is((nested as Error).message, "inside");
});

test("what comes twice without leading back is kept twice", (t) => {
  const shared = { number: 1n };
  const { cause } = parsed(new ZirconiaError("", -1, { cause: [shared, shared] }));
  t.deepEqual(cause, [{ number: "0x1" }, { number: "0x1" }]);
});

test("a handle tells what it is to, and clones as nothing", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(staticPie());
  const { value, koid, rights } = vmo;
  t.deepEqual(parsed(vmo), { value, type: "Vmo", koid: `0x${koid.toString(16)}`, rights });
  t.deepEqual(structuredClone(vmo) as unknown, {});
  const event = kernel.createEvent();
  vmo.close();
  kernel.dispose();
  t.deepEqual(parsed(vmo), { value: 0 });
  t.deepEqual(parsed(event), { value: event.value });
});

test("what has handles becomes JSON and clones", async (t) => {
  const kernel = nullKernel(t);
  const executable = kernel.vmoFromBytes(staticPie());
  const headers = Elf64Headers.fromVmo(executable);
  const { process, rootVmar } = kernel.rootJob.createProcess("it");
  const loaded = loadElf(executable, headers, rootVmar);
  t.true(loaded.vmar instanceof Vmar);
  const builder = new ProcessBuilder({ name: "it", job: kernel.rootJob, executable });
  const built = await builder.addArguments(["it"]).build();
  const handles = [
    { handle: kernel.createEvent(), info: new HandleInfo(HandleType.FileDescriptor, 2) },
  ];
  const message = new Message({ args: [], environmentVars: [], namespacePaths: [], handles });
  const [a, b] = kernel.createChannel();
  a.write(new Uint8Array(1), [kernel.createEvent()]);
  const values = { process, rootVmar, loaded, built, message, headers, handles, read: b.read() };
  for (const [name, value] of Object.entries(values)) {
    t.notThrows(() => JSON.stringify(value), name);
    t.notThrows(() => structuredClone(value), name);
  }
  const json = parsed(built);
  t.is(json["entry"], `0x${built.entry.toString(16)}`);
  t.is((json["process"] as { type: string }).type, "Process");
  t.deepEqual(json["elfHeaders"], expected({ ...headersOf(built.elfHeaders) }));
  t.deepEqual(parsed(handles)[0 as never] as unknown as { info: object }, {
    handle: parsed(handles[0]!.handle),
    info: { type: "FileDescriptor", arg: 2, raw: 0x2_0030 },
  });
});

function headersOf({ fileHeader, programHeaders }: Elf64Headers) {
  return { fileHeader, programHeaders };
}

nativeTest("what comes of a run becomes JSON that keeps everything, and clones", async (t) => {
  const result = await run(guest("probe"), ["--stdout=x"]);
  t.deepEqual(parsed(result) as unknown, expected(result));
  assert.deepStrictEqual(structuredClone(result), result);
  const bytes = await run(guest("probe"), ["--stdout=x"], { encoding: "buffer" });
  t.is(parsed(bytes)["stdout"], "780a");
  const error = await t.throwsAsync(run(guest("fault"), ["null-read"]), { instanceOf: RunError });
  const json = parsed(error);
  t.like(json, { name: "RunError", message: error!.message, returnCode: "-1028", exitCode: -1028 });
  t.deepEqual(json["crashReport"], expected(error!.crashReport));
  for (const part of within(error!.crashReport)) t.notThrows(() => JSON.stringify(part));
  t.notThrows(() => structuredClone(error));
});

nativeTest("an abort's reason can be anything", async (t) => {
  const reason: { self?: unknown; call: () => void } = { call: () => {} };
  reason.self = reason;
  const running = run(guest("probe"), ["--spin"], { signal: AbortSignal.abort(reason) });
  const error = await t.throwsAsync(running, { instanceOf: RunError, code: "ABORT_ERR" });
  t.is(error?.cause, reason);
  t.deepEqual(parsed(error)["cause"], { self: "[Circular]" });
  t.notThrows(() => structuredClone(error));
});

nativeTest("trace records become JSON that keeps everything, and clone", async (t) => {
  const records: TraceRecord[] = [];
  await run(guestBytes("hello"), ["x"], { trace: (some) => void records.push(...some) });
  t.true(records.length > 0);
  t.deepEqual(parsed(records) as unknown, expected(records));
  for (const part of within(records.slice(0, 200))) t.notThrows(() => JSON.stringify(part));
  t.notThrows(() => structuredClone(records));
});

nativeTest("registers become JSON", async (t) => {
  await using kernel = new Kernel();
  const executable = kernel.vmoFromBytes(guestBytes("probe"));
  const builder = new ProcessBuilder({ name: "it", job: kernel.rootJob, executable });
  const built = await builder.addArguments(["it", "--sleep-forever"]).build();
  const thread = built.thread.duplicate();
  const process = built.start();
  using token = thread.suspend();
  await thread.waitOne(1 << 5);
  const registers = thread.readState();
  t.true(token.isValid);
  t.deepEqual(parsed(registers) as unknown, expected(registers));
  process.kill();
});
