import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkText, type CString, packStrings } from "../base/strings.js";
import { checkAbortSignal, checkOptions, checkU32 } from "../base/validate.js";
import { consuming } from "../fidl/handles.js";
import { Handle } from "../handles/handle.js";
import { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import { checkGiven, checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import { checkContext, type Context } from "../kernel/context.js";
import { checkActions, type SpawnAction } from "./actions.js";
import { generationFor, type SpawnCompat } from "./generation.js";
import { loadPath } from "./load-path.js";
import { SpawnError } from "./spawn-error.js";
import { Spawn, type SpawnRequest } from "./spawn-process.js";

/** How {@link fdioSpawnEtc} and {@link fdioSpawnVmo} spawn. */
export interface FdioSpawnOptions {
  /**
   * A libfdio to be like, where it differs from what the documentation has promised since 2019: that
   * of mid-2020, or the newest.
   */
  compat?: SpawnCompat;
  /** Once it is aborted, the Launcher is not asked any more: the call fails with an AbortError. */
  signal?: AbortSignal;
}

/**
 * `fdio_spawn` (lib/fdio/spawn.h): {@link fdioSpawnEtc} without an environment and actions.
 *
 * @param context the process that spawns; a kernel stands for its host
 */
export async function fdioSpawn(
  context: Context,
  job: Job | null,
  flags: number,
  path: string | null,
  argv: readonly CString[] | null,
  options?: FdioSpawnOptions,
): Promise<Process> {
  return fdioSpawnEtc(context, job, flags, path, argv, null, [], options);
}

/**
 * `fdio_spawn_etc` (lib/fdio/spawn.h): has a process made by the `fuchsia.process.Launcher` in the
 * namespace of the spawner, from an executable that is in its namespace, too.
 *
 * Handles are of the spawner's context. Those in actions are consumed, whatever comes of it, and
 * descriptors that are transferred are closed; misuse, which is a TypeError, consumes nothing.
 *
 * @param context the process that spawns; a kernel stands for its host
 * @param job where to spawn; `null`, for ZX_HANDLE_INVALID, in its default job. Borrowed.
 * @param flags what of its environment is shared: bits of {@link SpawnFlags}
 * @param path the executable, in its namespace; `null` is `INVALID_ARGS`, as NULL is
 * @param argv the arguments, the program's name first; `null` is `INVALID_ARGS`, as NULL is
 * @param environ the environment, `KEY=VALUE` by convention, which overrides CLONE_ENVIRON; `null`,
 * for NULL, for what CLONE_ENVIRON gives, or for none
 * @param actions what else is to be done, in their order; `null`, for NULL, for none
 * @throws {@link SpawnError} `NOT_FOUND` if the path cannot be opened; `BAD_HANDLE` if it can, but not
 * be executed; else as {@link fdioSpawnVmo}
 */
export async function fdioSpawnEtc(
  context: Context,
  job: Job | null,
  flags: number,
  path: string | null,
  argv: readonly CString[] | null,
  environ: readonly CString[] | null,
  actions: readonly SpawnAction[] | null,
  options: FdioSpawnOptions = {},
): Promise<Process> {
  if (path !== null) {
    checkText("path", path);
  }
  const request = checkRequest(context, job, flags, argv, environ, actions, options);
  const { generation } = request;
  const spawn = new Spawn(request);
  try {
    spawn.takeHandles();
    const executable = await loadPath(
      request.context,
      path,
      generation,
      generation.documentedStatuses,
    );
    return await internal(() => spawn.run(executable, path ?? undefined));
  } finally {
    await spawn.close();
  }
}

/**
 * `fdio_spawn_vmo` (lib/fdio/spawn.h): as {@link fdioSpawnEtc}, with the executable itself.
 *
 * @param executable the executable. Consumed, whatever comes of it. `null` stands for
 * ZX_HANDLE_INVALID, which is `BAD_HANDLE`.
 * @throws {@link ForeignHandleError} for a handle of another context
 * @throws {@link SpawnError} `INVALID_ARGS` for an action that cannot be, and a process without a
 * name; `IO_INVALID` for more than 255 `#!` lines; for the executable `BAD_HANDLE`, `WRONG_TYPE` if
 * it is no VMO, `ACCESS_DENIED` if it cannot be read, `OUT_OF_RANGE` if it is too small; `INTERNAL`
 * if the Launcher cannot be connected to; else what a step, or the Launcher, says, with `INTERNAL` for
 * `NOT_FOUND`
 */
export async function fdioSpawnVmo(
  context: Context,
  job: Job | null,
  flags: number,
  executable: Handle | null,
  argv: readonly CString[] | null,
  environ: readonly CString[] | null,
  actions: readonly SpawnAction[] | null,
  options: FdioSpawnOptions = {},
): Promise<Process> {
  if (executable !== null) {
    checkGiven("executable", executable, Handle);
  }
  const request = checkRequest(context, job, flags, argv, environ, actions, options);
  const spawn = new Spawn(request);
  try {
    const vmo = consuming(executable, () => {
      executable?.valueIn(request.context, "executable");
      spawn.takeHandles();
      return new Vmo(request.context, executable?.take() ?? 0);
    });
    return await internal(() => spawn.run(vmo, request.argv?.[0]));
  } finally {
    await spawn.close();
  }
}

/** Checks everything, as far as types go. */
function checkRequest(
  context: Context,
  job: Job | null,
  flags: number,
  argv: readonly CString[] | null,
  environ: readonly CString[] | null,
  actions: readonly SpawnAction[] | null,
  options: FdioSpawnOptions,
): SpawnRequest {
  const spawner = checkContext("context", context);
  checkOptions(options, ["compat", "signal"]);
  if (options.signal !== undefined) {
    checkAbortSignal("options.signal", options.signal);
  }
  const generation = generationFor(options.compat);
  checkU32("flags", flags);
  if (job !== null) {
    checkHandle("job", job, Job);
  }
  for (const [name, strings] of Object.entries({ argv, environ })) {
    if (strings !== null) {
      packStrings(name, strings);
    }
  }
  return {
    context: spawner,
    job,
    flags,
    argv: argv === null ? null : [...argv],
    environ: environ === null ? null : [...environ],
    actions: checkActions(actions ?? []),
    generation,
    signal: options.signal,
  };
}

/** A path that was found is not to be mistaken for one that was not. */
async function internal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ZirconiaError && error.status === ZxStatus.NOT_FOUND) {
      const reason = error instanceof SpawnError ? error.errMsg : error.message;
      throw new SpawnError(ZxStatus.INTERNAL, reason, { cause: error });
    }
    throw error;
  }
}
