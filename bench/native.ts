import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import {
  HandleInfo,
  HandleType,
  type Kernel,
  LoaderService,
  run,
  type RunOptions,
  type Vmo,
} from "../index.js";
import { findSdk } from "../lib/program/sdk.js";
import { builderFor } from "./calls.js";
import { compileForFuchsia, compileForLinux, compileWithSdk, SDKS, SYSROOT } from "./compile.js";
import { guest, root } from "./paths.js";
import { inTurns, type Measurement, toldInTurns } from "./sample.js";

const ROUNDS = 300;
/** How often programs run that tell themselves what something takes. */
const TELLS = 15;
/** Pages of a bench, as an argument. */
const PAGES = "4000";

/** What running programs costs, beside Linux. */
export async function native(kernel: Kernel): Promise<Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    return [
      await staticHello(kernel, directory),
      ...(await wholeRuns(directory)),
      ...(await dynamicHellos(kernel, directory)),
      await noOpCall(directory),
      ...(await samePrograms(directory)),
      await pageSupply(kernel, directory),
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function staticHello(kernel: Kernel, directory: string): Promise<Measurement> {
  const theirs = compileForLinux("linux-hello.c", join(directory, "static"), [
    "-static",
    "-nostdlib",
  ]);
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
  const theirs = compileForLinux("linux-hello.c", join(directory, "whole"), [
    "-static",
    "-nostdlib",
  ]);
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

/** Both have a linker, and a library that prints: those of the sysroot, and of each SDK. */
async function dynamicHellos(kernel: Kernel, directory: string): Promise<Measurement[]> {
  const source = "hello-dynamic.c";
  const path = join(root, "bench", source);
  const theirs = compileForLinux(source, join(directory, "dynamic"), []);
  const measured: Measurement[] = [];
  const measure = async (name: string, ours: string, directories: readonly string[]) => {
    const hello = await kernel.vmoFromFile(ours);
    using libraries = new LoaderService(kernel, { directories });
    measured.push(
      await inTurns(
        ROUNDS,
        [name, () => launch(kernel, hello, ["hello"], libraries)],
        ["child_process.spawn of a dynamic Linux hello", () => spawnAndWait(theirs)],
      ),
    );
  };
  const name = "dynamic hello from creation to exit";
  await measure(name, compileForFuchsia(path, join(directory, "ours")), [SYSROOT]);
  for (const [index, sdk] of SDKS.entries()) {
    const ours = compileWithSdk(sdk, path, join(directory, `ours-${index}`));
    await measure(`${name}, SDK ${index + 1}`, ours, findSdk(sdk).run);
  }
  return measured;
}

async function noOpCall(directory: string): Promise<Measurement> {
  const pipe = compileForLinux("linux-pipe.c", join(directory, "pipe"), ["-pthread"]);
  return await toldInTurns(
    TELLS,
    ["no-op call", async () => told((await run(guest("syscall_bench"))).stdout)],
    ["pipe ping-pong of two threads on one processor", async () => told(await spawnAndWait(pipe))],
  );
}

/** Programs that tell what they take, beside the same on Linux: of the sysroot, and of each SDK. */
async function samePrograms(directory: string): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const [source, name, beside] of [
    ["mappings.c", "64 KiB of a VMO, mapped and touched", "those of a memfd"],
    ["allocations.c", "allocations by four threads", "the same on Linux"],
    ["buffers.c", "buffers that four threads fill", "the same on Linux"],
  ] as const) {
    const path = join(root, "bench", source);
    const program = join(directory, source);
    // Compilers know better than to allocate what nobody needs.
    const theirs = compileForLinux(source, `${program}-linux`, ["-fno-builtin", "-pthread"]);
    const measure = async (title: string, ours: string, options: RunOptions) =>
      await toldInTurns(
        TELLS,
        [title, async () => told((await run(ours, [], options)).stdout)],
        [beside, async () => told(await spawnAndWait(theirs))],
      );
    const ours = compileForFuchsia(path, `${program}-sysroot`);
    measured.push(await measure(name, ours, { libraryPath: [SYSROOT] }));
    for (const [index, sdk] of SDKS.entries()) {
      const built = compileWithSdk(sdk, path, `${program}-${index}`);
      measured.push(await measure(`${name}, SDK ${index + 1}`, built, { sdk }));
    }
  }
  return measured;
}

/** The nanoseconds that a program has printed: its median, if it has one. */
function told(output: string): number {
  return Number(/(?:^|median_)ns=(\d+)/m.exec(output)?.[1]);
}

/** A page that one thread accesses and another supplies. */
async function pageSupply(kernel: Kernel, directory: string): Promise<Measurement> {
  const threads = await kernel.vmoFromFile(guest("threads"));
  const name = "page supplied by another thread";
  const supply = async () => {
    const printed = await launch(kernel, threads, ["threads", "pager", PAGES]);
    return Number(/pager: (\d+) ns/.exec(printed)?.[1]);
  };
  const theirs = compileForLinux("linux-userfaultfd.c", join(directory, "userfaultfd"), [
    "-pthread",
  ]);
  const linux = async () => Number(execFileSync(theirs, [PAGES], { encoding: "utf8" }));
  try {
    await linux();
  } catch {
    // Not every computer lets programs have it.
    return { name, ns: await supply() };
  }
  return await toldInTurns(TELLS, [name, supply], ["userfaultfd", linux]);
}

/** A Linux program's life, with its output. */
export async function spawnAndWait(program: string): Promise<string> {
  const child = spawn(program, { stdio: ["ignore", "pipe", "ignore"] });
  const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
  return output;
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
