import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { RemoteClient, threadOf } from "../__test__/support/remote-client.js";
import { compileForFuchsia, compileForLinux } from "./compile.js";
import { builtCommand, root } from "./paths.js";
import { inTurns, type Measurement } from "./sample.js";

const ROUNDS = 500;
/** What is done in a turn: debuggers step and go on many times in a row. */
const ACTIONS = 10;
const GDBSERVER = "gdbserver";

/** A program at its first round, and who debugs it. */
class Debugged {
  readonly #client: RemoteClient;
  readonly #server: ChildProcess;
  readonly #thread: string;

  private constructor(client: RemoteClient, server: ChildProcess, thread: string) {
    this.#client = client;
    this.#server = server;
    this.#thread = thread;
  }

  /**
   * Starts a server that waits for a debugger.
   *
   * @param address what it says it listens at
   */
  static async start(
    command: string,
    args: string[],
    address: (said: string) => NetConnectOpts | undefined,
  ): Promise<Debugged> {
    const server = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], cwd: root });
    const client = await RemoteClient.connect(await listens(server.stderr!, address));
    await client.ask("qSupported:swbreak+;hwbreak+;vContSupported+");
    await client.stopAcknowledging();
    await client.ask("?");
    const thread = threadOf(await client.go("vCont;c"));
    const debugged = new Debugged(client, server, thread);
    await debugged.#breakAtRounds();
    return debugged;
  }

  async #breakAtRounds(): Promise<void> {
    // rax is the first register.
    const registers = await this.#client.ask("g");
    const address = Buffer.from(registers.slice(0, 16), "hex").readBigUInt64LE();
    const answer = await this.#client.ask(`Z0,${address.toString(16)},1`);
    if (answer !== "OK") throw new Error(`a breakpoint: ${answer}`);
    await this.hits(1);
  }

  /** Makes so many instructions, one after the other. */
  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) threadOf(await this.#client.go(`vCont;s:${this.#thread}`));
  }

  /** Goes on to the breakpoint, so many times. */
  async hits(count: number): Promise<void> {
    for (let i = 0; i < count; i++) threadOf(await this.#client.go("vCont;c"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#server, "exit");
    this.#client.send("$k#6b");
    await exited;
    await this.#client.close();
  }
}

/** Where a server says that it listens. */
async function listens(
  stderr: Readable,
  address: (said: string) => NetConnectOpts | undefined,
): Promise<NetConnectOpts> {
  let said = "";
  for await (const text of stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += text as string;
    const found = address(said);
    if (found !== undefined) {
      // Nobody else reads it.
      stderr.resume();
      return found;
    }
  }
  throw new Error(`it does not listen: ${said}`);
}

function portIn(said: string): NetConnectOpts | undefined {
  const [, port] = /(?:port |at :)(\d+)[\n:]/.exec(said) ?? [];
  return port === undefined ? undefined : { port: Number(port), host: "127.0.0.1" };
}

/** What a step and a breakpoint take in `zirconia run --gdb`, and in gdbserver. */
export async function debug(): Promise<Measurement[]> {
  if (spawnSync(GDBSERVER, ["--version"]).error !== undefined) {
    console.log(`There is no ${GDBSERVER} here: what debugging costs is SKIPPED.`);
    return [];
  }
  const command = builtCommand();
  if (command === undefined) return [];
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const program = compileForFuchsia(join(root, "bench/debugged.c"), join(directory, "debugged"));
    await using theirs = await startTheirs(directory);
    await using ours = await startOurs(command, program);
    await using near = await startOurs(command, program, join(directory, "socket"));
    const beside = "gdbserver's on Linux";
    const measured: Measurement[] = [];
    for (const [where, server] of [
      ["TCP", ours],
      ["a unix socket", near],
    ] as const) {
      measured.push(
        await inTurns(
          ROUNDS,
          [`debugging over ${where}: ${ACTIONS} steps`, () => server.steps(ACTIONS)],
          [beside, () => theirs.steps(ACTIONS)],
        ),
        await inTurns(
          ROUNDS,
          [`debugging over ${where}: ${ACTIONS} times to a breakpoint`, () => server.hits(ACTIONS)],
          [beside, () => theirs.hits(ACTIONS)],
        ),
      );
    }
    return measured;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A server of ours: at a free port, as gdbserver, or at a socket. */
function startOurs(command: string, program: string, socket?: string): Promise<Debugged> {
  const place = socket === undefined ? "--gdb" : `--gdb=unix:${socket}`;
  return Debugged.start(process.execPath, [command, "run", place, program], (said) =>
    socket === undefined ? portIn(said) : said.includes(socket) ? { path: socket } : undefined,
  );
}

function startTheirs(directory: string): Promise<Debugged> {
  const program = compileForLinux("debugged.c", join(directory, "linux"), []);
  return Debugged.start(GDBSERVER, ["127.0.0.1:0", program], portIn);
}
