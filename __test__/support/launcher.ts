import type { ExecutionContext } from "ava";

import {
  type Channel,
  type Kernel,
  Launcher,
  type LauncherOptions,
  LauncherProxy,
  type LauncherRecord,
  type LaunchInfo,
  type NameInfo,
  ZirconiaError,
} from "../../index.js";
import * as fidl from "../../lib/fidl/index.js";
import { staticPie } from "./elf-file.js";
import { nullKernel } from "./kernel.js";

/** A Launcher, one client of it, and what it has logged. */
export interface Connected {
  readonly kernel: Kernel;
  readonly launcher: Launcher;
  readonly proxy: LauncherProxy;
  readonly records: LauncherRecord[];
}

/** Connects a client to a Launcher of its own. */
export function connectLauncher(
  t: ExecutionContext,
  options: LauncherOptions = {},
  kernel = nullKernel(t),
): Connected {
  warmUp(kernel);
  const records: LauncherRecord[] = [];
  const launcher = new Launcher(kernel, { logger: (record) => records.push(record), ...options });
  return { kernel, launcher, proxy: new LauncherProxy(launcher.connect()), records };
}

/** Makes what is made at its first use, so that it is not taken for a leak. */
export function warmUp(kernel: Kernel): void {
  kernel.systemVdso().close();
  kernel.rootJob.basicInfo();
}

/** What launches a process that can be built; parts of it may be others. */
export function launchInfo(kernel: Kernel, parts: Partial<LaunchInfo> = {}): LaunchInfo {
  const { job = kernel.rootJob, name = "test", executable } = parts;
  return { job, name, executable: executable ?? kernel.vmoFromBytes(staticPie()) };
}

/** The name of the status that a call to a Launcher ends with. */
export async function statusOf(call: Promise<Disposable>): Promise<string> {
  try {
    (await call)[Symbol.dispose]();
    return "ZX_OK";
  } catch (error) {
    if (!(error instanceof ZirconiaError) || error instanceof fidl.FidlError) throw error;
    return error.code;
  }
}

/** A directory that nobody serves. */
export function deadDirectory(kernel: Kernel): Channel {
  const [directory, server] = kernel.createChannel();
  server.close();
  return directory;
}

/** Names with these paths, and directories that nobody serves. */
export function namesAt(kernel: Kernel, paths: readonly string[]): NameInfo[] {
  return paths.map((path) => ({ path, directory: deadDirectory(kernel) }));
}

/** Handles to add, and their other ends. */
export function channelsFor(kernel: Kernel, count: number): { ours: Channel[]; theirs: Channel[] } {
  const pairs = Array.from({ length: count }, () => kernel.createChannel());
  return { ours: pairs.map(([ours]) => ours), theirs: pairs.map(([, theirs]) => theirs) };
}
