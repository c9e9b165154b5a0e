import {
  type Channel,
  type Handle,
  HandleInfo,
  type HandleType,
  type Kernel,
  type NamespaceEntry,
  ProcessBuilder,
} from "../../index.js";
import { guestBytes } from "./native.js";
import { installedLibraries } from "./util-process.js";

/** What a program is given beside its arguments. */
export interface Given {
  names?: NamespaceEntry[];
  handles?: [type: HandleType, arg: number, handle: Handle][];
  /** By default, who has the libraries that are installed. */
  loader?: Channel;
}

/** Runs a dynamic program, which its first argument names: its return code. */
export async function runProgram(
  kernel: Kernel,
  args: readonly [program: string, ...rest: string[]],
  { names = [], handles = [], loader }: Given,
): Promise<bigint> {
  const name = args[0];
  const executable = kernel.vmoFromBytes(guestBytes(name), { name });
  using libraries = installedLibraries(kernel);
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable })
    .addArguments(args)
    .setLoaderService(loader ?? libraries.connect())
    .addNamespaceEntries(names)
    .addHandles(
      handles.map(([type, arg, handle]) => ({ handle, info: new HandleInfo(type, arg) })),
    );
  using process = (await builder.build()).start();
  return (await process.exited()).returnCode;
}
