// How the debugger's server has threads past breakpoints: the processor itself says what is right.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { ExecutionContext } from "ava";

import { Kernel, type Process, ProcessBuilder, Signals, type Vmar } from "../index.js";
import { COMPILER } from "../bench/compile.js";
import { debugServer, type DebugServer } from "../lib/debug/index.js";
import { OFFSETS, REGISTERS } from "../lib/debug/register-file.js";
import { directoryWith } from "./support/directory.js";
import { nativeTest } from "./support/native.js";
import { until } from "./support/holdings.js";
import { packet, RemoteClient, threadOf } from "./support/remote-client.js";
import { RETURN_CODE, Spinners } from "./support/spinners.js";

const SOURCE = fileURLToPath(new URL("debug/instructions.S", import.meta.url));
const PAGE = 4096n;
const PERM_READ = 1;
const DATA_SIZE = 4096;
/** Where in the data a pointer to code is. */
const POINTER = 4088;

/** An instruction of the program. */
interface Case {
  readonly address: bigint;
  /** Whether it can be executed elsewhere. */
  readonly elsewhere: boolean;
}

/** The program, at its first trap. */
class Program {
  readonly process: Process;
  readonly server: DebugServer;
  readonly client: RemoteClient;
  readonly thread: string;
  readonly data: bigint;
  readonly target: bigint;
  readonly reader: bigint;
  readonly last: bigint;
  readonly cases: readonly Case[];
  /** The registers at first, as the protocol has them. */
  readonly registers: Buffer;

  private constructor(
    process: Process,
    server: DebugServer,
    client: RemoteClient,
    thread: string,
    registers: Buffer,
    list: { address: bigint; elsewhere: boolean }[],
  ) {
    this.process = process;
    this.server = server;
    this.client = client;
    this.thread = thread;
    this.registers = registers;
    const [data, target, reader, last, ...cases] = list;
    this.data = data!.address;
    this.target = target!.address;
    this.reader = reader!.address;
    this.last = last!.address;
    this.cases = cases;
  }

  static async start(t: ExecutionContext, kernel: Kernel, map: (vmar: Vmar) => void = () => {}) {
    const path = join(directoryWith(t, {}), "instructions");
    execFileSync(COMPILER, ["-nostdlib", "-static-pie", "-Wl,-z,noexecstack", "-o", path, SOURCE]);
    const executable = await kernel.vmoFromFile(path);
    const builder = new ProcessBuilder({ name: "instructions", job: kernel.rootJob, executable });
    const built = await builder.addArguments(["instructions"]).build();
    map(built.rootVmar);
    const server = await debugServer(built.process);
    const process = built.start();
    const client = await RemoteClient.connect({
      port: server.address as number,
      host: "127.0.0.1",
    });
    await client.stopAcknowledging();
    await client.ask("?");
    const thread = threadOf(await client.go("vCont;c"));
    const registers = Buffer.from(await client.ask("g"), "hex");
    const at = registers.readBigUInt64LE();
    const bytes = Buffer.from(await client.ask(`m${at.toString(16)},800`), "hex");
    const list = [];
    for (let offset = 0; offset === 0 || bytes.readInt32LE(offset) !== 0; offset += 8) {
      const address = at + BigInt(bytes.readInt32LE(offset));
      list.push({ address, elsewhere: bytes.readInt32LE(offset + 4) === 1 });
    }
    return new Program(process, server, client, thread, registers, list);
  }

  /** Has the thread begin at an address, with registers that point to data, and with that as it was. */
  async begin(address: bigint, changes: Record<string, bigint> = {}): Promise<void> {
    const registers = Buffer.from(this.registers);
    const middle = this.data + 0x800n;
    const values: Record<string, bigint> = {
      rax: 0x1122334455667788n,
      rbx: 0x80000001n,
      rcx: 3n,
      rdx: 0n,
      rsi: middle,
      rdi: middle + 0x100n,
      rbp: middle + 0x200n,
      rsp: middle + 0x300n,
      r8: 7n,
      r13: this.target,
      rip: address,
      eflags: 0x247n,
      ...changes,
    };
    for (const [name, value] of Object.entries(values)) {
      const number = REGISTERS.findIndex((register) => register.name === name);
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(value);
      bytes.copy(registers, OFFSETS[number], 0, REGISTERS[number]!.bits / 8);
    }
    await this.client.ask(`G${registers.toString("hex")}`);
    const data = Buffer.alloc(DATA_SIZE, 0x11);
    // What is returned to, and jumped to.
    for (const at of [0x800, 0xa00, 0xa08, 0xb00, POINTER]) data.writeBigUInt64LE(this.target, at);
    await this.client.ask(`M${this.data.toString(16)},1000:${data.toString("hex")}`);
  }

  /** Why the thread has stopped, and all that it has changed. */
  async outcome(stop: string): Promise<{ signal: string; registers: string; data: string }> {
    const registers = await this.client.ask("g");
    const data = await this.client.ask(`m${this.data.toString(16)},1000`);
    return { signal: stop.slice(0, 3), registers, data };
  }

  /** How often `reader` has read. */
  readings(): bigint {
    const bytes = Buffer.from(this.process.readMemory(this.data + 0x800n, 8));
    return bytes.readBigUInt64LE() - this.target;
  }

  /** Where the thread is. */
  async rip(): Promise<bigint> {
    const registers = Buffer.from(await this.client.ask("g"), "hex");
    return registers.readBigUInt64LE(OFFSETS[REGISTERS.findIndex(({ name }) => name === "rip")]);
  }

  async breakAt(address: bigint): Promise<void> {
    await this.client.ask(`Z0,${address.toString(16)},1`);
  }

  async unbreakAt(address: bigint): Promise<void> {
    await this.client.ask(`z0,${address.toString(16)},1`);
  }

  /** Has the thread come to a breakpoint, and stop there. */
  async hit(t: ExecutionContext, address: bigint, changes?: Record<string, bigint>): Promise<void> {
    // Where it has stopped a breakpoint does not stop it again.
    await this.begin(this.target);
    await this.client.go(`vCont;s:${this.thread}`);
    await this.breakAt(address);
    await this.begin(address, changes);
    t.regex(await this.client.go("vCont;c"), /^T05.*;swbreak:;/);
    t.is(await this.rip(), address);
  }

  /** The last page of its code as it is, which the server writes to; nothing but that is behind the code. */
  written(): number {
    const last = this.process.readMemory(this.target & -PAGE, Number(PAGE));
    return [...last].reduce((found, byte, index) => (byte === 0 ? found : index), -1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
    this.server.close();
    this.process.kill();
    await this.process.waitOne(Signals.TASK_TERMINATED);
    this.process.close();
  }
}

nativeTest("an instruction with a breakpoint does what it does without", async (t) => {
  await using kernel = new Kernel();
  await using program = await Program.start(t, kernel);
  const { client, thread } = program;
  t.true(program.cases.length > 90);
  for (const { address, elsewhere } of program.cases) {
    const bytes = await client.ask(`m${address.toString(16)},f`);
    const step = `vCont;s:${thread}`;
    await program.begin(address);
    const expected = await program.outcome(await client.go(step));
    const end = await program.rip();

    const before = program.written();
    await program.hit(t, address);
    t.deepEqual(await program.outcome(await client.go(step)), expected, `step: ${bytes}`);
    t.is(program.written() > before, elsewhere, bytes);
    t.is(await client.ask(`m${address.toString(16)},f`), bytes);

    if (end === address) {
      // Of one that repeats a debugger is told before each time, also where it asks for all of them.
      await program.hit(t, address);
      const range = `vCont;r${address.toString(16)},${(address + 16n).toString(16)}:${thread}`;
      t.false((await client.go(range)).includes("swbreak"), bytes);
    } else {
      await program.breakAt(end);
      await program.hit(t, address);
      t.deepEqual(await program.outcome(await client.go("vCont;c")), expected, `go: ${bytes}`);
      await program.unbreakAt(end);
    }
    await program.unbreakAt(address);
  }
});

nativeTest("the last byte of a program's code can have a breakpoint", async (t) => {
  await using kernel = new Kernel();
  await using program = await Program.start(t, kernel);
  const { client, last, target } = program;
  const before = program.written();
  await program.hit(t, last);
  await program.breakAt(target);
  t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
  t.is(await program.rip(), target);
  t.true(program.written() > before);
  // Behind its trap is not where the server has written.
  await program.unbreakAt(target);
  await program.hit(t, last);
});

nativeTest("what an instruction with a breakpoint raises is raised in its place", async (t) => {
  await using kernel = new Kernel();
  await using program = await Program.start(t, kernel);
  const { client, reader, process } = program;
  await program.hit(t, reader, { rdi: 8n });
  const before = program.written();
  t.regex(await client.go("vCont;c"), /^T0b/);
  t.true(program.written() > before);
  t.is(await program.rip(), reader);
  // It goes on once it can, past the breakpoint, and comes to that again.
  await client.ask(`P5=${littleEndian(program.data)}`);
  t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
  t.is(await program.rip(), reader);
  t.is(program.readings(), 1n);
  await client.ask(`P5=${littleEndian(8n)}`);
  t.regex(await client.go("vCont;c"), /^T0b/);
  t.is(await client.go("vCont;C0b"), "X0b");
  await process.waitOne(Signals.TASK_TERMINATED);
  const { exceptionName, faultAddress, registers } = process.crashReport()!;
  t.deepEqual([exceptionName, faultAddress, registers.rip], ["FATAL_PAGE_FAULT", 8n, reader]);
});

for (const way of ["D", "QPassSignals:b"]) {
  nativeTest(
    `what is raised elsewhere is reported in its place, whoever handles it: ${way}`,
    async (t) => {
      await using kernel = new Kernel();
      await using program = await Program.start(t, kernel);
      const { client, reader, process } = program;
      await program.hit(t, reader, { rdi: 8n });
      if (way !== "D") t.is(await client.ask(way), "OK");
      t.regex(await client.go("vCont;c"), /^T0b/);
      t.is(await program.rip(), reader);
      if (way === "D") t.is(await client.ask(way), "OK");
      else t.is(await client.go("vCont;C0b"), "X0b");
      await process.waitOne(Signals.TASK_TERMINATED);
      const { faultAddress, registers } = process.crashReport()!;
      t.deepEqual([faultAddress, registers.rip], [8n, reader]);
    },
  );
}

for (const way of ["detach", "kill", "go on"] as const) {
  nativeTest(`a thread that waits in an instruction with a breakpoint: ${way}`, async (t) => {
    await using kernel = new Kernel();
    const [pager, port] = [kernel.createPager(), kernel.createPort()];
    const vmo = pager.createVmo(port, 1n, PAGE);
    let place = 0n;
    await using program = await Program.start(t, kernel, (vmar) => {
      place = vmar.map(PERM_READ, 0n, vmo, 0n, PAGE);
    });
    const { client, reader, process } = program;
    const code = program.written();
    await program.hit(t, reader, { rdi: place });
    client.send(packet("vCont;c"));
    await port.wait();
    t.true(program.written() > code);
    client.send("\x03");
    t.regex(await client.next(), /^T02/);
    t.is(await program.rip(), reader);
    t.is(program.readings(), 0n);
    if (way === "kill") {
      client.send(packet("k"));
      await process.waitOne(Signals.TASK_TERMINATED);
      return;
    }
    if (way === "detach") {
      t.is(await client.ask("D"), "OK");
      // Nothing is left of what was written.
      t.is(program.written(), code);
    }
    pager.supplyPages(vmo, 0n, PAGE, kernel.createVmo(PAGE), 0n);
    if (way === "detach") {
      await until(() => program.readings() > 1n);
    } else {
      t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
      t.is(program.readings(), 1n);
    }
  });
}

nativeTest(
  "what is written for a breakpoint is not seen, and stays below what is written",
  async (t) => {
    await using kernel = new Kernel();
    await using program = await Program.start(t, kernel);
    const { client, reader, process, data } = program;
    const code = program.written();
    // Two bytes are left behind the code.
    const last = (reader & -PAGE) + BigInt(code + 3);
    const seen = () => client.ask(`m${last.toString(16)},20`);
    await program.hit(t, reader, { rdi: data });
    t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
    t.not(process.readMemory(last, 1)[0], 0);
    t.is(await seen(), "00".repeat(32));
    t.is(await client.ask(`M${(last + 1n).toString(16)},2:abcd`), "OK");
    t.is(await seen(), `00abcd${"00".repeat(29)}`);
    t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
    t.is(program.readings(), 2n);
    t.is(await client.ask("D"), "OK");
    const left = process.readMemory(last, 32);
    t.is(Buffer.from(left).toString("hex"), `00abcd${"00".repeat(29)}`);
  },
);

nativeTest("where there is no room, and where it is gone, the place itself is used", async (t) => {
  await using kernel = new Kernel();
  await using program = await Program.start(t, kernel);
  const { client, reader, process, data, cases } = program;
  const code = program.written();
  const end = (reader & -PAGE) + BigInt(code + 1);
  // Somebody takes the slot away, while there is a breakpoint and while there is none.
  await program.hit(t, reader, { rdi: data });
  t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
  process.writeMemory(end, new Uint8Array(64));
  t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
  t.is(program.readings(), 2n);
  await program.unbreakAt(reader);
  process.writeMemory(end, new Uint8Array(64));
  await program.hit(t, reader, { rdi: data });
  t.regex(await client.go("vCont;c"), /^T05.*;swbreak:;/);
  t.is(program.readings(), 1n);
  t.is(program.written(), code);
  // All of the page is somebody's.
  const room = (reader & -PAGE) + PAGE - end;
  process.writeMemory(end, new Uint8Array(Number(room)).fill(0x90));
  const { address } = cases.find(({ elsewhere }) => elsewhere)!;
  await program.hit(t, address);
  await client.go(`vCont;s:${program.thread}`);
  t.is(await program.rip(), address + 1n);
  t.true(process.readMemory(end, Number(room)).every((byte) => byte === 0x90));
});

nativeTest("no thread misses a breakpoint that another is past", async (t) => {
  await using kernel = new Kernel();
  using spinners = await Spinners.start(kernel, 2);
  const { process, threads } = spinners;
  using server = await debugServer(process, { gone: "detach" });
  const client = await RemoteClient.connect({ port: server.address as number, host: "127.0.0.1" });
  await client.stopAcknowledging();
  await client.ask("?");
  const [first] = threads.map(({ koid }) => koid.toString(16));
  // An instruction that each round of a thread has once: where the counting is.
  await client.ask(`Hg${first}`);
  const before = spinners.counts()[0]!;
  let place = 0n;
  while (spinners.counts()[0] === before) {
    const registers = Buffer.from(await client.ask("g"), "hex");
    place = registers.readBigUInt64LE(OFFSETS[REGISTERS.findIndex(({ name }) => name === "rip")]);
    threadOf(await client.go(`vCont;s:${first}`));
  }
  t.is(await client.ask(`Z0,${place.toString(16)},1`), "OK");
  const counts = spinners.counts();
  const hits = threads.map(() => 0n);
  let last = 0;
  for (let times = 0; times < 200; times++) {
    const stop = await client.go("vCont;c");
    t.regex(stop, /;swbreak:;/);
    last = threads.findIndex(({ koid }) => koid.toString(16) === threadOf(stop));
    hits[last]! += 1n;
  }
  t.true(hits.every((count) => count > 0n));
  // Whoever was told of last has not counted since; the other may be at its next hit, and not beyond.
  const left = spinners.counts().map((count, index) => hits[index]! - (count - counts[index]!));
  t.is(left[last], 1n);
  t.true(
    left.every((count) => count === 0n || count === 1n),
    `${left.join()}`,
  );
  t.is(await client.ask("D"), "OK");
  spinners.exit();
  t.is((await process.exited()).returnCode, RETURN_CODE);
  await client.close();
});

function littleEndian(value: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.toString("hex");
}
