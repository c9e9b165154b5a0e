import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Kernel } from "../index.js";
import { builderFor } from "./calls.js";
import { compileForLinux } from "./compile.js";
import { guest } from "./paths.js";
import { type Measurement, slow } from "./sample.js";

const STEPS = 2_000;

/** What an exception takes from its instruction to JavaScript, and back to the next instruction. */
export async function exceptions(kernel: Kernel): Promise<Measurement> {
  const executable = await kernel.vmoFromFile(guest("fault"));
  // It has enough to do until then.
  const built = await builderFor(kernel, executable)
    .addArguments(["fault", "stack-overflow"])
    .build();
  const channel = built.process.createExceptionChannel({ debugger: true });
  const process = built.start();
  let { exception } = await channel.receive();
  const thread = exception.getThread();
  thread.writeSingleStep(true);
  const measured = await slow(
    "exception: a single step, handled by JavaScript",
    STEPS,
    async () => {
      exception.resume();
      ({ exception } = await channel.receive());
    },
  );
  process.kill();
  await process.exited();
  exception.close();
  return {
    ...measured,
    beside: "a signal handler on Linux, in the same thread",
    besideNs: await ofLinux(),
  };
}

async function ofLinux(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const program = compileForLinux("linux-signal.c", join(directory, "signal"), []);
    const out = execFileSync(program, { encoding: "utf8" });
    return Number(/^median_ns=(\d+)$/m.exec(out)?.[1]);
  } finally {
    await rm(directory, { recursive: true });
  }
}
