import { DISPOSE, Scope } from "../base/dispose.js";
import { checkText, type CString, packStrings, textOf } from "../base/strings.js";
import { invalidType } from "../base/validate.js";
import { closeHandles } from "../fidl/handles.js";
import { Job } from "../handles/job.js";
import { moveInto } from "../handles/move.js";
import type { Process } from "../handles/process.js";
import { Vmo } from "../handles/vmo.js";
import { checkContext, type Context } from "../kernel/context.js";
import { type CheckedStartupHandle, checkStartupHandles } from "../process-builder/message.js";
import type { NamespaceEntry } from "../process-builder/process-builder.js";
import { checkEnvironment } from "../program/environment.js";
import { Interrupter } from "../program/interrupter.js";
import { ServedNamespace } from "../program/namespace.js";
import { HandleType } from "../zx/handle-info.js";
import type { SpawnAction } from "./actions.js";
import { ChildProcess } from "./child-process.js";
import { ChildStdio } from "./child-stdio.js";
import { fdioSpawnEtc, fdioSpawnVmo } from "./fdio-spawn.js";
import { SpawnActionType, SpawnFlags } from "./flags.js";
import { checkSpawnOptions, type SpawnOptions, stdioOptions } from "./options.js";

/**
 * Spawns a process as {@link fdioSpawnEtc} does, in the manner of Node's child processes.
 *
 * It gets the spawner's job, loader service and UTC clock, and, unless told otherwise, its namespace
 * and environment; pipes as descriptors 0, 1 and 2. The Launcher of the spawner's `/svc` makes it.
 *
 * Node stays alive while it runs.
 *
 * @param file the executable: its path in the spawner's namespace, or a VMO, which is borrowed
 * @param args arguments after the first one
 * @throws Node's error for a directory of the host in `namespace` that there is not; {@link ZxError}
 * for a VMO whose name, or a descriptor that, cannot be had. Whatever else fails is an `error` event,
 * with a {@link SpawnError}, or the {@link ZxError} of a handle that cannot be passed on. Handles
 * are consumed on every outcome but misuse.
 *
 * @example
 * ```ts
 * import { Kernel, Launcher, spawn } from "zirconia";
 * import { PseudoDirectory } from "zirconia/vfs";
 *
 * const kernel = new Kernel();
 * const svc = new PseudoDirectory({ "fuchsia.process.Launcher": new Launcher(kernel).node() });
 * kernel.environment.namespace.bind("/svc", svc.connect(kernel));
 * const executable = await kernel.vmoFromFile("guest/out/hello");
 * const child = spawn(executable, ["world"], { context: kernel });
 * child.stdout?.pipe(process.stdout);
 * ```
 */
export function spawn(
  file: string | Vmo,
  args?: readonly CString[] | null,
  options?: SpawnOptions,
): ChildProcess;
export function spawn(file: string | Vmo, options?: SpawnOptions): ChildProcess;
export function spawn(
  file: string | Vmo,
  second?: readonly CString[] | SpawnOptions | null,
  third?: SpawnOptions,
): ChildProcess {
  const [args, options] = argumentsAndOptions(second, third);
  packStrings("args", args);
  checkSpawnOptions(options);
  if (typeof file === "string") {
    checkText("file", file);
  } else if (!(file instanceof Vmo)) {
    throw invalidType("file", "a string or a Vmo", file);
  }
  const own = file instanceof Vmo ? file.context : undefined;
  const context = checkContext("options.context", options.context ?? own);
  const environ = options.env === undefined ? null : checkEnvironment(options.env);
  const handles = checkStartupHandles("options.handles", options.handles ?? []);
  const resources = new Scope();
  try {
    const name = typeof file === "string" ? file : file.getName();
    const argv = [options.argv0 ?? name, ...args];
    const namespace = resources.use(new ServedNamespace(options.namespace ?? {}));
    const interrupter = resources.use(new Interrupter(options, context.kernel));
    const stdio = new ChildStdio(context, stdioOptions(options.stdio), interrupter);
    const { signal } = interrupter;
    const checked = { ...options, handles };
    const spawning = launch(context, file, argv, environ, namespace, stdio, checked, signal);
    const origin = { file: name, args: argv.map(textOf), stdio, interrupter, resources };
    return new ChildProcess(origin, spawning);
  } catch (error) {
    resources[DISPOSE]();
    closeHandles([handles, options.stdio]);
    throw error;
  }
}

/** What follows the file: arguments, options, or both. */
function argumentsAndOptions(
  second: readonly CString[] | SpawnOptions | null | undefined,
  third: SpawnOptions = {},
): [args: readonly CString[], options: SpawnOptions] {
  const isOptions = typeof second === "object" && second !== null && !Array.isArray(second);
  return isOptions ? [[], second as SpawnOptions] : [(second ?? []) as readonly CString[], third];
}

interface CheckedOptions extends SpawnOptions {
  readonly handles: readonly CheckedStartupHandle[];
}

async function launch(
  context: Context,
  file: string | Vmo,
  argv: readonly CString[],
  environ: readonly CString[] | null,
  namespace: ServedNamespace,
  stdio: ChildStdio,
  options: CheckedOptions,
  signal: AbortSignal,
): Promise<Process> {
  const { share = true, handles, name } = options;
  const actions: SpawnAction[] = [...stdio.actions];
  let entries: readonly NamespaceEntry[] = [];
  let job: Job | null = null;
  try {
    signal.throwIfAborted();
    for (const [index, { handle, info }] of handles.entries()) {
      const moved = moveInto(context, `options.handles[${index}].handle`, handle);
      actions.push({ action: SpawnActionType.AddHandle, id: info.raw, handle: moved });
    }
    entries = namespace.connect(context.kernel);
    for (const { path, directory } of entries) {
      const { AddNamespaceEntry: action } = SpawnActionType;
      actions.push({
        action,
        prefix: String(path),
        handle: moveInto(context, `options.namespace.${path}`, directory),
      });
    }
    for (const prefix of typeof share === "boolean" ? [] : share) {
      actions.push({ action: SpawnActionType.CloneDir, prefix });
    }
    if (name !== undefined) {
      actions.push({ action: SpawnActionType.SetName, data: name });
    }
    job = jobFor(context, options);
    const executable =
      typeof file === "string" ? file : moveInto(context, "file", file.duplicate());
    const rest = [argv, environ, actions, { compat: "newest", signal }] as const;
    const flags = flagsFor(context, options);
    return await (typeof executable === "string"
      ? fdioSpawnEtc(context, job, flags, executable, ...rest)
      : fdioSpawnVmo(context, job, flags, executable, ...rest));
  } finally {
    closeHandles([actions, handles, entries, job]);
  }
}

/** The job to spawn in, which is the caller's to close; `null` for the spawner's default job. */
function jobFor(context: Context, options: SpawnOptions): Job | null {
  const { job, limits } = options;
  if (limits === undefined) {
    return job === undefined ? null : moveInto(context, "options.job", job.duplicate());
  }
  const outer = job ?? context.environment.defaultJob ?? new Job(context, 0);
  const own = outer.createJob();
  try {
    own.setLimits(limits);
    return moveInto(context, "options.job", own);
  } catch (error) {
    own.close();
    throw error;
  }
}

/** What of the spawner's environment is shared. */
function flagsFor({ environment }: Context, { env, share, handles }: CheckedOptions): number {
  const hasLoader = handles.some(({ info }) => info.type === HandleType.LdsvcLoader);
  return (
    SpawnFlags.CLONE_JOB |
    SpawnFlags.CLONE_UTC_CLOCK |
    (environment.hasLoaderService && !hasLoader ? SpawnFlags.DEFAULT_LDSVC : 0) |
    (share === undefined || share === true ? SpawnFlags.CLONE_NAMESPACE : 0) |
    (env === undefined ? SpawnFlags.CLONE_ENVIRON : 0)
  );
}
