import { spawn as spawnNode } from "node:child_process";
import { once } from "node:events";
import { type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

import {
  type ChildProcess,
  type InputStream,
  type Kernel,
  type OutputStream,
  run,
  RunError,
  spawn,
  type SpawnOptions,
} from "../../index.js";
import { guest } from "./native.js";

/** What a program that copies its input has written, or what it and its streams failed of. */
export type Outcome = { readonly text: string } | { readonly error: string };

/** What an error is known by. */
export function known(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Who runs programs. */
export interface Consumer {
  /** One that copies its input; is told what has come so far. */
  copy(stdin: InputStream, received: (text: string) => void): Promise<Outcome>;
  /** One that says `first`, and copies its input. */
  say(stdout: OutputStream, stdin: Readable): Promise<Outcome>;
  /** One that ends without looking at its input. */
  ignore(stdin: InputStream): Promise<void>;
}

function collector(received: (text: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      received(chunk.toString());
      done();
    },
  });
}

const SAY = ["--stdout=first", "--echo"];

/** By {@link run}. */
export const byRun: Consumer = {
  async copy(stdin, received) {
    let text = "";
    const stdout = collector((chunk) => received((text += chunk)));
    return outcome(run(guest("probe"), ["--echo"], { stdin, stdout }), () => text);
  },
  say: (stdout, stdin) => outcome(run(guest("probe"), SAY, { stdin, stdout })),
  ignore: async (stdin) => void (await run(guest("probe"), [], { stdin })),
};

/** By {@link spawn}, on this host. */
export function bySpawn(context: Kernel): Consumer {
  const start = async (args: readonly string[], stdio: SpawnOptions["stdio"], text = () => "") => {
    const child = spawn("/pkg/probe", args, { context, stdio: stdio! });
    return outcome(ended(child), text);
  };
  return {
    async copy(stdin, received) {
      let text = "";
      const stdout = collector((chunk) => received((text += chunk)));
      return start(["--echo"], [stdin, stdout, "ignore"], () => text);
    },
    say: (stdout, stdin) => start(SAY, [stdin, stdout, "ignore"]),
    ignore: async (stdin) => void (await start([], [stdin, "ignore", "ignore"])),
  };
}

/** By node:child_process, whose pipes are connected with `stream.pipeline`. */
export const byNode: Consumer = {
  async copy(stdin, received) {
    let text = "";
    const child = spawnNode("cat", { stdio: ["pipe", "pipe", "inherit"] });
    child.stdout.on("data", (chunk: Buffer) => received((text += chunk.toString())));
    const piped = pipeline(stdin as NodeJS.ReadableStream, child.stdin);
    return outcome(Promise.all([piped, once(child, "close")]), () => text);
  },
  async say(stdout, stdin) {
    const child = spawnNode("sh", ["-c", "echo first; cat"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    stdin.pipe(child.stdin.on("error", () => {}));
    const piped = pipeline(child.stdout, stdout as NodeJS.WritableStream, { end: false });
    return outcome(Promise.all([piped, once(child, "close")])).finally(() => child.kill());
  },
  async ignore() {},
};

async function ended(child: ChildProcess): Promise<void> {
  let failure: unknown;
  child.on("error", (error) => (failure ??= error));
  await new Promise((resolve) => child.once("close", resolve));
  if (failure !== undefined) throw failure;
}

async function outcome(work: Promise<unknown>, text = () => ""): Promise<Outcome> {
  try {
    await work;
    return { text: text() };
  } catch (error) {
    return { error: known(error instanceof RunError ? error.cause : error) };
  }
}
