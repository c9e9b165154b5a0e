import { isNativeError } from "node:util/types";

import { Abort } from "../base/abort.js";
import { DISPOSE, type Scope, scoped } from "../base/dispose.js";
import { HostError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkCString, type CString, textOf } from "../base/strings.js";
import { checkArray, incompatibleOptions } from "../base/validate.js";
import type { Job } from "../handles/job.js";
import type { LimitName } from "../handles/limits.js";
import type { Process } from "../handles/process.js";
import { Vmo } from "../handles/vmo.js";
import { Kernel } from "../kernel/kernel.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import type { StartupHandle } from "../process-builder/message.js";
import { checkEnvironment, withWorkingDirectory } from "../program/environment.js";
import { Interrupter, type Interruption } from "../program/interrupter.js";
import { HandleInfo, HandleType } from "../zx/handle-info.js";
import type { CrashReport } from "../zx/report.js";
import { Signals } from "../zx/signals.js";
import { Debugging } from "./debugging.js";
import { type Executable, executableOf, type RunFile } from "./executable.js";
import { Launch } from "./launch.js";
import type { Unlinked } from "./linking.js";
import { checkRunOptions, type RunOptions } from "./options.js";
import { describe, RunError, type RunResult } from "./result.js";
import { Stdio } from "./stdio.js";

/** A program that is to be run. */
interface Program {
  /** The kernel, unless it is to have one of its own. */
  readonly given: Kernel | undefined;
  readonly executable: Executable;
  readonly name: CString;
  readonly args: readonly CString[];
  readonly env: readonly CString[];
  readonly options: RunOptions;
}

/** How a process has ended. */
interface Ending {
  readonly returnCode: bigint;
  readonly crashReport: CrashReport | undefined;
  readonly killedFor: LimitName | undefined;
  readonly cpuTimeMs: number;
}

/** The same, with what kept the program from beginning. */
interface LinkedEnding extends Ending {
  readonly unlinked?: Unlinked | undefined;
}

/** How one ends that is killed, if only before it begins. */
const KILLED: Ending = {
  returnCode: -1024n,
  crashReport: undefined,
  killedFor: undefined,
  cpuTimeMs: 0,
};

/**
 * Runs an executable natively, and resolves with how it ended.
 *
 * It gets its name as its first argument, and stream sockets as file descriptors. The linker
 * of a dynamic one gets a loader service. It runs in a job of its own, which it has as its default
 * job, and which is killed, with all that it has made there, when it has ended, and whenever it is
 * not to go on: at a timeout, an abort, the end of the kernel, more output than is to be kept, and
 * with a stream of the caller's that breaks. All of that counts from the call on, whether the program is read, built, runs or has ended and its output is passed on.
 *
 * @param file the executable: a file's path, bytes, or a VMO that has DUPLICATE and whatever a
 * {@link ProcessBuilder} needs, which is borrowed and decides the kernel
 * @param args arguments after the name
 * @throws {@link RunError} unless `reject` is `false`: for a return code other than 0, a crash, a limit
 * of its job for which it was killed, a timeout, an abort, too much output. In any case if a stream has
 * broken or the kernel was disposed of
 * @throws {@link HostError} if this computer lets no program run, or has failed this one
 * @throws {@link ProcessBuilderError} if the process cannot be built or started: `ProcessStart` with
 * `NOT_SUPPORTED` on the null machine
 *
 * @example
 * ```ts
 * import { run } from "zirconia";
 *
 * const { stdout } = await run("guest/out/hello", ["world"], { timeout: 5_000 });
 * console.log(stdout);
 * ```
 */
export function run(
  file: RunFile,
  args: readonly CString[] | undefined,
  options: RunOptions & { encoding: "buffer" },
): Promise<RunResult<Uint8Array>>;
export function run(
  file: RunFile,
  args?: readonly CString[],
  options?: RunOptions,
): Promise<RunResult>;
export async function run(
  file: RunFile,
  args: readonly CString[] = [],
  options: RunOptions = {},
): Promise<RunResult<string | Uint8Array>> {
  checkArray("args", args).forEach((arg, index) => checkCString(`args[${index}]`, arg));
  checkRunOptions(options);
  const given = options.kernel ?? (file instanceof Vmo ? file.kernel : undefined);
  for (const option of ["trace", "traceBuffer", "requireSandbox"] as const) {
    if (options[option] !== undefined && given !== undefined) {
      throw incompatibleOptions(option, "kernel");
    }
  }
  // Not `performance`, which takes Node longer to load than a program to start.
  const begin = process.hrtime.bigint();
  const env = withWorkingDirectory(checkEnvironment(options.env), options.cwd);
  const executable = executableOf(file);
  try {
    const name = options.name ?? executable.name();
    const program = { given, executable, name, args, env, options };
    return await scoped(async (scope) => {
      const interrupter = scope.use(new Interrupter(options, given));
      const stdio = scope.use(new Stdio(options, interrupter));
      const ending = await runOn(program, stdio, interrupter);
      return conclude(program, begin, ending, stdio, interrupter.interruption);
    });
  } finally {
    options.handles?.forEach(({ handle }) => handle.close());
  }
}

async function runOn(
  program: Program,
  stdio: Stdio,
  interrupter: Interrupter,
): Promise<LinkedEnding> {
  if (interrupter.signal.aborted) {
    return KILLED;
  }
  const { given, options } = program;
  const { trace, traceBuffer, requireSandbox = false } = options;
  const traced = { ...(trace && { trace }), ...(traceBuffer && { traceBuffer }) };
  const kernel = given ?? new Kernel({ requireSandbox, takesSpare: true, ...traced });
  try {
    const ending = await scoped((scope) => runIn(scope, kernel, program, stdio, interrupter));
    // Whatever comes from now on comes too late.
    interrupter[DISPOSE]();
    return ending;
  } catch (error) {
    if (!interrupter.signal.aborted) {
      const { cause } = (error ?? {}) as { cause?: unknown };
      throw cause instanceof HostError ? cause : error;
    }
    return KILLED;
  } finally {
    if (given === undefined) {
      await kernel.retire();
    }
  }
}

/** What the first program of a system gets. */
function privileges(kernel: Kernel): StartupHandle[] {
  return [
    { handle: kernel.rootJob.duplicate(), info: new HandleInfo(HandleType.DefaultJob) },
    { handle: kernel.createResource(), info: new HandleInfo(HandleType.Resource) },
  ];
}

async function runIn(
  scope: Scope,
  kernel: Kernel,
  { given, executable, name, args, env, options }: Program,
  stdio: Stdio,
  interrupter: Interrupter,
): Promise<LinkedEnding> {
  const job = kernel.rootJob.createJob();
  scope.use({
    [DISPOSE]: () => {
      end(job);
      job.close();
    },
  });
  if (options.limits !== undefined) job.setLimits(options.limits);
  const more = options.privileged === true ? privileges(kernel) : [];
  const own = [...(options.handles ?? []), ...more];
  const launch = scope.use(new Launch(kernel, job, { ...options, handles: own }, interrupter));
  const handles = [...stdio.connect(kernel), ...own];
  const debugging = scope.use(new Debugging(options, job, executable.path));
  const prepare = async (built: BuiltProcess) => {
    options.built?.(built);
    await debugging.prepare(built.process);
  };
  const launched = { executable, name, args, env, handles, prepare };
  const first = scope.use(await launch.start(launched));
  await debugging.started(first);
  const { koid } = first;
  // In a kernel of its own, whoever is not the host is the program's.
  const isOurs = (process: bigint) =>
    given === undefined ? process !== kernel.koid : process === koid;
  const ending = await serve(first, job, stdio, interrupter.signal, isOurs);
  const log = textOf(stdio.collected("log", "buffer"));
  return { ...ending, unlinked: launch.linking.unlinked(ending.returnCode, log) };
}

/** Serves a program until it has ended, and everything else in its job with it. */
async function serve(
  program: Process,
  job: Job,
  stdio: Stdio,
  interrupted: AbortSignal,
  isOurs: (process: bigint) => boolean,
): Promise<Ending> {
  let ending = KILLED;
  let failure: HostError | undefined;
  const ended = new Abort();
  const kill = () => end(job);
  // First of all: a stream may break as soon as it is looked at.
  interrupted.addEventListener("abort", kill, { once: true });
  const work = [
    (async () => {
      await program.waitOne(Signals.TASK_TERMINATED);
      failure = program.hostError();
      const { returnCode } = program.info();
      const crashReport = program.crashReport();
      const killedFor = program.killedFor();
      job.kill();
      await job.waitOne(Signals.TASK_TERMINATED);
      ending = { returnCode, crashReport, killedFor, cpuTimeMs: job.usage().cpuTime };
      ended.abort();
    })(),
    stdio.serve(ended.signal, isOurs),
  ];
  try {
    await Promise.all(work);
  } catch (error) {
    kill();
    await Promise.allSettled(work);
    if (!interrupted.aborted) {
      throw error;
    }
  }
  if (failure !== undefined) {
    throw failure;
  }
  return ending;
}

/** Kills what is in a job, unless that has ended with its kernel. */
function end(job: Job): void {
  if (!job.kernel.isDisposed) {
    job.kill();
  }
}

/** What comes of a run. */
function conclude(
  { name, args, options }: Program,
  begin: bigint,
  { returnCode, crashReport, killedFor, cpuTimeMs, unlinked }: LinkedEnding,
  stdio: Stdio,
  interruption: Interruption | undefined,
): RunResult<string | Uint8Array> {
  const kind = interruption?.kind;
  if (interruption?.kind === "stream" && isMisuse(interruption.error)) {
    throw interruption.error;
  }
  const { encoding = "utf8", reject = true } = options;
  const facts = {
    command: [name, ...args].map(textOf).join(" "),
    exitCode: Number(returnCode),
    returnCode,
    stdout: stdio.collected("stdout", encoding),
    stderr: stdio.collected("stderr", encoding),
    log: stdio.collected("log", encoding),
    durationMs: Number(process.hrtime.bigint() - begin) / 1e6,
    cpuTimeMs,
    failed: returnCode !== 0n || kind !== undefined,
    timedOut: kind === "timeout",
    isCanceled: kind === "signal",
    isMaxBuffer: kind === "maxBuffer",
    limitReached: kind === undefined ? killedFor : undefined,
    crashReport,
    missing: unlinked?.missing ?? [],
  };
  const message = describe(facts, unlinked?.sentence, interruption);
  const result = jsonable({ ...facts, message });
  const isOurs = kind !== "stream" && kind !== "disposed";
  if (result.failed && (reject || !isOurs)) {
    throw new RunError(result, interruption);
  }
  return result;
}

/** Whether a stream has given what cannot be passed on: that is no failure, but misuse. */
function isMisuse(error: unknown): boolean {
  return isNativeError(error) && "code" in error && error.code === "ERR_INVALID_ARG_TYPE";
}
