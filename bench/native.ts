import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { HandleInfo, HandleType, type Kernel, LoaderService, run, type Vmo } from "../index.js";
import { builderFor } from "./calls.js";
import { guest, root } from "./paths.js";
import { inTurns, type Measurement } from "./sample.js";

const ROUNDS = 300;

/** What running programs costs, beside Linux. */
export async function native(
  kernel: Kernel,
  pipe: Measurement | undefined,
): Promise<Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    return [
      await staticHello(kernel, directory),
      ...(await wholeRuns(directory)),
      await dynamicHello(kernel, directory),
      await noOpCall(kernel, pipe),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function staticHello(kernel: Kernel, directory: string): Promise<Measurement> {
  const theirs = compile("linux-hello.c", join(directory, "static"), ["-static", "-nostdlib"]);
  const hello = await kernel.vmoFromFile(guest("hello"));
  return inTurns(
    ROUNDS,
    ["hello from creation to exit", () => launch(kernel, hello, ["hello"])],
    ["child_process.spawn of a static Linux hello", () => spawnAndWait(theirs)],
  );
}

/** A hundred of them at once. */
function many(one: () => Promise<unknown>): () => Promise<unknown> {
  return () => Promise.all(Array.from({ length: 100 }, one));
}

/** What `run` takes with a kernel of its own, alone and side by side. */
async function wholeRuns(directory: string): Promise<Measurement[]> {
  const theirs = compile("linux-hello.c", join(directory, "whole"), ["-static", "-nostdlib"]);
  return [
    await inTurns(
      ROUNDS,
      ["run(hello) with a kernel of its own", () => run(guest("hello"))],
      ["child_process.spawn of a static Linux hello", () => spawnAndWait(theirs)],
    ),
    await inTurns(
      ROUNDS / 30,
      ["100 of run(hello) side by side", many(() => run(guest("hello")))],
      ["100 of child_process.spawn side by side", many(() => spawnAndWait(theirs))],
    ),
  ];
}

/** Both have a linker, and a library that prints. */
async function dynamicHello(kernel: Kernel, directory: string): Promise<Measurement> {
  const theirs = compile("linux-hello-dynamic.c", join(directory, "dynamic"), []);
  const hello = await kernel.vmoFromFile(guest("hello_dynamic"));
  const directories = [dirname(guest("lib/ld.so.1"))];
  using libraries = new LoaderService(kernel, { directories });
  return await inTurns(
    ROUNDS,
    [
      "dynamic hello from creation to exit",
      () => launch(kernel, hello, ["hello_dynamic"], libraries),
    ],
    ["child_process.spawn of a dynamic Linux hello", () => spawnAndWait(theirs)],
  );
}

async function noOpCall(kernel: Kernel, pipe: Measurement | undefined): Promise<Measurement> {
  const bench = await kernel.vmoFromFile(guest("syscall_bench"));
  const printed = /median_ns=(\d+)/.exec(await launch(kernel, bench, ["syscall_bench"]))?.[1];
  const call = { name: "no-op call", ns: Number(printed) };
  return pipe === undefined ? call : { ...call, beside: pipe.name, besideNs: pipe.ns };
}

/** Compiles a program for Linux, and returns its path. */
export function compile(source: string, program: string, options: string[]): string {
  execFileSync("cc", ["-O2", ...options, "-o", program, source], { cwd: join(root, "bench") });
  return program;
}

/** A Linux program's life, with its output. */
export async function spawnAndWait(program: string): Promise<void> {
  const child = spawn(program, { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.resume();
  await once(child, "close");
}

/** A program's life from nothing to its end, with its output. */
async function launch(
  kernel: Kernel,
  executable: Vmo,
  args: string[],
  libraries?: LoaderService,
): Promise<string> {
  const builder = builderFor(kernel, executable);
  const [output, theirs] = kernel.createSocket();
  builder.addArguments(args);
  builder.addHandles([{ handle: theirs, info: new HandleInfo(HandleType.FileDescriptor, 1) }]);
  if (libraries !== undefined) builder.setLoaderService(libraries.connect());
  const built = await builder.build();
  const guestProcess = built.start();
  await guestProcess.exited();
  const text = Buffer.from(output.read()).toString();
  output.close();
  guestProcess.close();
  return text;
}
