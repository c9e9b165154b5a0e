// The server for debuggers, for a process in a kernel of the embedder's.

import { chmodSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { Kernel, ProcessBuilder, Signals, ThreadState } from "../index.js";
import { debugServer, type DebugServer } from "../lib/debug/index.js";
import { directoryWith } from "./support/directory.js";
import { build, libraries } from "./support/dynamic.js";
import { nullKernel } from "./support/kernel.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { RemoteClient, threadOf } from "./support/remote-client.js";
import { settlesTo } from "./support/settled.js";
import { RETURN_CODE, Spinners } from "./support/spinners.js";

/** A program that has not begun. */
async function built(kernel: Kernel, name: string, ...args: string[]) {
  const executable = kernel.vmoFromBytes(guestBytes(name), { name });
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable });
  return builder.addArguments([name, ...args]).build();
}

function connect(server: DebugServer): Promise<RemoteClient> {
  return RemoteClient.connect({ port: server.address as number, host: "127.0.0.1" });
}

/** Connects, once the server knows that whoever was there before has gone. */
async function connectNext(server: DebugServer) {
  for (;;) {
    const client = await connect(server);
    const stop = await client.ask("?");
    if (stop !== "") return { client, stop };
  }
}

nativeTest("a process that was not started waits at its first instruction", async (t) => {
  await using kernel = new Kernel();
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const program = await built(kernel, "fault", "none");
  const { entry } = program;
  const server = await debugServer(program.process);
  const process = program.start();
  const client = await connect(server);
  const [, rip = ""] = /;10:([0-9a-f]{16});/.exec(await client.ask("?")) ?? [];
  t.is(Buffer.from(rip, "hex").readBigUInt64LE(), entry);
  t.is(await client.go("vCont;c"), "W02");
  t.is((await process.exited()).returnCode, 2n);
  await client.close();
  server.close();
  process.close();
  await settlesTo(t, kernel, before);
});

nativeTest("a debugger comes to a process that runs, leaves it, and comes again", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 1);
  using server = await debugServer(spinners.process, { gone: "detach" });
  for (let times = 0; times < 2; times++) {
    const { client, stop } = await connectNext(server);
    t.regex(stop, /^T05/);
    const ids = (await client.ask("qfThreadInfo")).slice(1).split(",");
    t.is(ids.length, 2);
    t.is(await client.ask("D"), "OK");
    await client.close();
  }
  spinners.exit();
  t.is((await spinners.process.exited()).returnCode, RETURN_CODE);
});

nativeTest("a process that begins nowhere has crashed when a debugger comes", async (t) => {
  await using kernel = new Kernel();
  const [argument] = kernel.createChannel();
  const { process, rootVmar } = kernel.rootJob.createProcess("nowhere");
  using server = await debugServer(process);
  using thread = process.createThread("first");
  process.start(thread, rootVmar.info().base, 0n, argument, 0n);
  const client = await connect(server);
  t.regex(await client.ask("?"), /^T0b/);
  t.is(await client.go("vCont;C0b"), "X0b");
  await process.waitOne(Signals.TASK_TERMINATED);
});

nativeTest(
  "a server that closes takes its breakpoints with it, and what has stopped goes on",
  async (t) => {
    await using kernel = new Kernel();
    const program = await built(kernel, "fault", "none");
    const server = await debugServer(program.process);
    const process = program.start();
    const client = await connect(server);
    t.regex(await client.ask("?"), /^T05/);
    t.is(await client.ask(`Z0,${program.entry.toString(16)},1`), "OK");
    server.close();
    t.is((await process.exited()).returnCode, 2n);
  },
);

nativeTest("a program whose linker stops for a debugger that has left goes on", async (t) => {
  for (const abi of ["2020", "2026"] as const) {
    for (const hasStopped of [false, true]) {
      await using kernel = new Kernel();
      const { built } = await build(kernel, "hello_dynamic", libraries(), { abi });
      const server = await debugServer(built.process);
      const process = built.start();
      // The server hears of nothing while Node is busy; the linker asks it for libraries before.
      while (process.getDebugAddress() === 1n) {
        for (let times = 0; times < 1000 && process.getDebugAddress() === 1n; times++);
        if (process.getDebugAddress() === 1n) await new Promise(setImmediate);
      }
      const [koid] = process.threads();
      using thread = process.getChild(koid!);
      if (hasStopped) while (thread.info().state !== ThreadState.BlockedException);
      server.close();
      t.is((await process.exited()).returnCode, 0n, `${abi} ${hasStopped}`);
    }
  }
});

test("a socket is nobody else's, and takes nobody's place", async (t) => {
  const kernel = nullKernel(t);
  const { process } = kernel.rootJob.createProcess("idle");
  const directory = directoryWith(t, {});
  chmodSync(directory, 0o777);
  const path = join(directory, "socket");
  const server = await debugServer(process, { path });
  t.is(server.address, path);
  t.deepEqual(readdirSync(directory), ["socket"]);
  t.is(statSync(path).mode & 0o777, 0o600);
  const other = kernel.rootJob.createProcess("other").process;
  await t.throwsAsync(debugServer(other, { path }), { code: "EEXIST" });
  t.deepEqual(readdirSync(directory), ["socket"]);
  server.close();
  t.deepEqual(readdirSync(directory), []);
  writeFileSync(path, "");
  await t.throwsAsync(debugServer(process, { path }), { code: "EEXIST" });
  t.deepEqual(readdirSync(directory), ["socket"]);
});

nativeTest("a debugger comes to an exception, and passes it on", async (t) => {
  await using kernel = new Kernel();
  const program = await built(kernel, "fault", "null-read");
  using channel = kernel.rootJob.createExceptionChannel();
  using process = program.start();
  const exception = await channel.receive();
  using server = await debugServer(process, { exception });
  const client = await connect(server);
  t.regex(await client.ask("?"), /^T0b/);
  t.is(await client.ask("m0,1"), "E01");
  t.is(await client.go("vCont;C0b"), "X0b");
  await process.waitOne(Signals.TASK_TERMINATED);
  t.is(process.crashReport()?.exceptionName, "FATAL_PAGE_FAULT");
  await client.close();
});

nativeTest("memory is read as it was where breakpoints are, and written below them", async (t) => {
  await using kernel = new Kernel();
  const program = await built(kernel, "fault", "none");
  const { entry } = program;
  const server = await debugServer(program.process);
  using process = program.start();
  const client = await connect(server);
  const thread = threadOf(await client.ask("?"));
  const place = entry.toString(16);
  const original = await client.ask(`m${place},4`);
  t.is(await client.ask(`Z0,${place},1`), "OK");
  t.is(await client.ask(`m${place},4`), original);
  t.is(process.readMemory(entry, 1)[0], 0xcc);
  t.is(await client.ask(`M${place},1:90`), "OK");
  t.is(process.readMemory(entry, 1)[0], 0xcc);
  t.is(await client.ask(`M${place},1:${original.slice(0, 2)}`), "OK");
  // It is told of where it is, and moves on over its own breakpoint.
  t.regex(await client.go(`vCont;s:${thread}`), /^T05/);
  t.is(process.readMemory(entry, 1)[0], 0xcc);
  t.is(await client.ask(`z0,${place},1`), "OK");
  t.is(Buffer.from(process.readMemory(entry, 4)).toString("hex"), original);
  t.is(await client.go("vCont;c"), "W02");
  await client.close();
  server.close();
});

test("misuse of debugServer is an error, and takes nothing", async (t) => {
  const kernel = nullKernel(t);
  const process = kernel.rootJob.createProcess("idle").process;
  const before = kernel.stats();
  const misuse = [
    [{ port: 1, path: "/x" }, "ERR_INCOMPATIBLE_OPTION_PAIR"],
    [{ port: 65_536 }, "ERR_OUT_OF_RANGE"],
    [{ gone: "away" }, "ERR_INVALID_ARG_VALUE"],
    [{ job: process }, "ERR_INVALID_ARG_TYPE"],
    [{ pot: 1 }, "ERR_INVALID_ARG_VALUE"],
  ] as const;
  for (const [options, code] of misuse) {
    await t.throwsAsync(debugServer(process, options as never), { code });
  }
  await t.throwsAsync(debugServer({} as never), { code: "ERR_INVALID_ARG_TYPE" });
  await t.throwsAsync(debugServer(process, { path: "/nowhere/socket" }), { code: "ENOENT" });
  t.deepEqual(kernel.stats(), before);
});
