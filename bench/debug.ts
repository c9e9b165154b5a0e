import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { NetConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { RemoteClient, threadOf } from "../__test__/support/remote-client.js";
import { compileForFuchsia, compileForLinux } from "./compile.js";
import { root } from "./paths.js";
import { inTurns, type Measurement } from "./sample.js";

const ROUNDS = 2_000;
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
    await this.untilBreakpoint();
  }

  /** Makes an instruction. */
  async step(): Promise<void> {
    threadOf(await this.#client.go(`vCont;s:${this.#thread}`));
  }

  /** Goes on to the breakpoint. */
  async untilBreakpoint(): Promise<void> {
    threadOf(await this.#client.go("vCont;c"));
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
  const [, port] = /port (\d+)\n/.exec(said) ?? [];
  return port === undefined ? undefined : { port: Number(port), host: "127.0.0.1" };
}

/** What a step and a breakpoint take in `zirconia run --gdb`, and in gdbserver. */
export async function debug(): Promise<Measurement[]> {
  if (spawnSync(GDBSERVER, ["--version"]).error !== undefined) {
    console.log(`There is no ${GDBSERVER} here: what debugging costs is SKIPPED.`);
    return [];
  }
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    await using ours = await startOurs(directory);
    await using theirs = await startTheirs(directory);
    return [
      await inTurns(
        ROUNDS,
        ["debugging: a step", () => ours.step()],
        ["gdbserver's on Linux", () => theirs.step()],
      ),
      await inTurns(
        ROUNDS,
        ["debugging: from a breakpoint to the next", () => ours.untilBreakpoint()],
        ["gdbserver's on Linux", () => theirs.untilBreakpoint()],
      ),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

function startOurs(directory: string): Promise<Debugged> {
  const program = compileForFuchsia(join(root, "bench/debugged.c"), join(directory, "debugged"));
  const socket = join(directory, "socket");
  const main = join(root, "lib/cli/start.ts");
  const args = ["--import=tsx", main, "run", `--gdb=unix:${socket}`, program];
  return Debugged.start(process.execPath, args, (said) =>
    said.includes(socket) ? { path: socket } : undefined,
  );
}

function startTheirs(directory: string): Promise<Debugged> {
  const program = compileForLinux("debugged.c", join(directory, "linux"), []);
  return Debugged.start(GDBSERVER, ["127.0.0.1:0", program], portIn);
}
