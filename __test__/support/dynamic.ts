import type { ExecutionContext } from "ava";

import {
  type Abi,
  HandleInfo,
  HandleType,
  Kernel,
  LoaderService,
  ProcessBuilder,
  ZxError,
} from "../../index.js";
import { guestBytes } from "./native.js";

const decoder = new TextDecoder();

/** The libraries that are installed. */
export function libraries(): Record<string, Uint8Array> {
  const names = ["ld.so.1", "libguest.so", "libfixture.so"];
  return Object.fromEntries(names.map((name) => [name, guestBytes(`lib/${name}`)]));
}

/** What has become of a program. */
export interface Launched {
  returnCode: bigint;
  /** Lines of standard output. */
  stdout: string[];
  /** The debug log: what the linker said. */
  log: string[];
  /** The names that the loader service was asked for. */
  asked: string[];
}

/** What a program is given. */
export interface LaunchOptions {
  args?: string[];
  env?: string[];
  abi?: Abi;
}

/** Builds a dynamic program with a loader service and a standard output. */
export async function build(
  kernel: Kernel,
  program: string,
  files: Record<string, Uint8Array>,
  { args = [], env = [], abi }: LaunchOptions = {},
) {
  const asked: string[] = [];
  const load = (name: string) => {
    asked.push(name);
    return files[name];
  };
  const libraries = new LoaderService(kernel, { load });
  const [output, standardOutput] = kernel.createSocket();
  const executable = kernel.vmoFromBytes(guestBytes(program), { name: program });
  const options = { name: program, job: kernel.rootJob, executable, abi: abi ?? "newest" };
  const builder = new ProcessBuilder(options)
    .setLoaderService(libraries.connect())
    .addArguments([program, ...args])
    .addEnvironmentVariables(env)
    .addHandles([{ handle: standardOutput, info: new HandleInfo(HandleType.FileDescriptor, 1) }]);
  return { built: await builder.build(), libraries, asked, output };
}

/** Runs a dynamic program to its end, and expects nothing to be left of it. */
export async function launch(
  t: ExecutionContext,
  program: string,
  files: Record<string, Uint8Array>,
  options: LaunchOptions = {},
): Promise<Launched> {
  await using kernel = new Kernel();
  using log = kernel.debugLog();
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();

  const { built, libraries, asked, output } = await build(kernel, program, files, options);
  const process = built.start();
  const { returnCode } = await process.exited();
  libraries.dispose();
  let stdout = "";
  try {
    for (;;) stdout += decoder.decode(output.read(65_536));
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
    t.is(error.code, "ZX_ERR_PEER_CLOSED");
  }
  for (const handle of [output, process]) handle.close();
  t.deepEqual(kernel.stats(), before);

  const lines: string[] = [];
  try {
    for (;;) lines.push(decoder.decode(log.read().data));
  } catch (error) {
    if (!(error instanceof ZxError)) throw error;
    t.is(error.code, "ZX_ERR_SHOULD_WAIT");
  }
  return { returnCode, stdout: stdout.split("\n").slice(0, -1), log: lines, asked };
}
