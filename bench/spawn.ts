import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fdioSpawn, type Kernel, Launcher, spawn, SpawnFlags } from "../index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { compileForLinux } from "./compile.js";
import { spawnAndWait } from "./native.js";
import { guest } from "./paths.js";
import { inTurns, type Measurement } from "./sample.js";

const ROUNDS = 300;
const HELLO = "/pkg/hello";
/** All but a loader service, which a static program does not need. */
const FLAGS = SpawnFlags.CLONE_ALL & ~SpawnFlags.DEFAULT_LDSVC;

/** What it costs to have a program of the namespace run by the Launcher, beside Linux. */
export async function spawned(kernel: Kernel): Promise<Measurement[]> {
  using launcher = new Launcher(kernel);
  using svc = new PseudoDirectory({ "fuchsia.process.Launcher": launcher.node() });
  using pkg = new PseudoDirectory({ hello: await readFile(guest("hello")) });
  const { namespace } = kernel.environment;
  namespace.bind("/svc", svc.connect(kernel));
  namespace.bind("/pkg", pkg.connect(kernel));
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const theirs = compileForLinux("linux-hello.c", join(directory, "static"), [
      "-static",
      "-nostdlib",
    ]);
    const beside: [string, () => Promise<string>] = [
      "child_process.spawn of a static Linux hello",
      () => spawnAndWait(theirs),
    ];
    return [
      await inTurns(ROUNDS, ["fdioSpawn of hello, to its exit", () => toExit(kernel)], beside),
      await inTurns(ROUNDS, ["spawn of hello, to its close", () => toClose(kernel)], beside),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function toExit(kernel: Kernel): Promise<void> {
  using process = await fdioSpawn(kernel, null, FLAGS, HELLO, [HELLO]);
  await process.exited();
}

async function toClose(kernel: Kernel): Promise<void> {
  const child = spawn(HELLO, [], { context: kernel, stdio: ["ignore", "pipe", "ignore"] });
  child.stdout?.resume();
  await once(child, "close");
}
