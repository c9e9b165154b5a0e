import { HandleInfo, HandleType } from "../handle-info.js";
import type { Socket } from "../handles/socket.js";
import type { Job } from "../handles/job.js";
import type { Process } from "../handles/process.js";
import { Vmo } from "../handles/vmo.js";
import { Kernel } from "../kernel.js";
import { LoaderService } from "../loader-service/loader-service.js";
import { ProcessBuilder } from "../process-builder.js";
import { Signals } from "../signals.js";
import { checkCString, type CString, lastPart, textOf } from "../strings.js";
import { checkArray, incompatibleOptions, invalidType } from "../validate.js";
import { feed, feedOwnInput } from "./input.js";
import { Interrupter } from "./interrupter.js";
import { ownLibraries } from "./libraries.js";
import { ServedNamespace } from "./namespace.js";
import { checkRunOptions, environment, type RunOptions } from "./options.js";
import { pump, type Sink, sinkFor } from "./output.js";
import { describe, exitCode, RunError, type RunResult } from "./result.js";

/**
 * Runs an executable natively, and resolves with how it ended.
 *
 * It gets its name as its first argument, and stream sockets as file descriptors. The linker
 * of a dynamic one gets a loader service. It runs in a job of its own, which is killed when the
 * program has ended, at a timeout and at an abort.
 *
 * @param file the executable: a file's path, bytes, or a VMO that has DUPLICATE and whatever a
 * {@link ProcessBuilder} needs, which is borrowed and decides the kernel
 * @param args arguments after the name
 * @throws {@link RunError} unless `reject` is `false`: for a return code other than 0, a crash, a
 * timeout, an abort
 * @throws {@link ProcessBuilderError} if the process cannot be built or started: `ProcessStart` with
 * `NOT_SUPPORTED` where guests cannot run
 */
export function run(
  file: string | URL | Uint8Array | Vmo,
  args: readonly CString[] | undefined,
  options: RunOptions & { encoding: "buffer" },
): Promise<RunResult<Uint8Array>>;
export function run(
  file: string | URL | Uint8Array | Vmo,
  args?: readonly CString[],
  options?: RunOptions,
): Promise<RunResult>;
export async function run(
  file: string | URL | Uint8Array | Vmo,
  args: readonly CString[] = [],
  options: RunOptions = {},
): Promise<RunResult<string | Uint8Array>> {
  checkArray("args", args).forEach((arg, index) => checkCString(`args[${index}]`, arg));
  checkRunOptions(options);
  const begin = performance.now();
  const given = options.kernel ?? (file instanceof Vmo ? file.kernel : undefined);
  const { trace } = options;
  if (trace !== undefined && given !== undefined) {
    throw incompatibleOptions("trace", "kernel");
  }
  const kernel = given ?? new Kernel(trace === undefined ? {} : { trace });
  try {
    const job = kernel.rootJob.createJob();
    try {
      return await runIn(job, file, args, options, begin);
    } finally {
      job.kill();
      job.close();
    }
  } finally {
    options.handles?.forEach(({ handle }) => handle.close());
    if (given === undefined) {
      await kernel[Symbol.asyncDispose]();
    }
  }
}

async function runIn(
  job: Job,
  file: string | URL | Uint8Array | Vmo,
  args: readonly CString[],
  options: RunOptions,
  begin: number,
): Promise<RunResult<string | Uint8Array>> {
  using namespace = new ServedNamespace(options.namespace ?? {});
  using executable = await open(job.kernel, file);
  const name = options.name ?? executable.getName();
  using stdio = new Stdio(job.kernel, options);
  const directories = [...(options.libraryPath ?? []), ...ownLibraries()];
  using libraries = new LoaderService(job.kernel, { directories });
  using process = await start(job, executable, name, args, stdio, libraries, namespace, options);
  using interrupter = new Interrupter(job, options);
  interrupter.watch();
  await stdio.run(process, job);
  const { returnCode } = process.info();
  const { interruption } = interrupter;
  const { encoding = "utf8" } = options;
  const facts = {
    command: [name, ...args].map(textOf).join(" "),
    exitCode: exitCode(returnCode),
    returnCode,
    stdout: collected(stdio.stdout, encoding),
    stderr: collected(stdio.stderr, encoding),
    durationMs: performance.now() - begin,
    failed: returnCode !== 0n || interruption !== undefined,
    timedOut: interruption === "timeout",
    isCanceled: interruption === "signal",
    crashReport: process.crashReport(),
  };
  const result: RunResult<string | Uint8Array> = { ...facts, message: describe(facts) };
  if (result.failed && options.reject !== false) {
    throw new RunError(result, result.isCanceled ? options.signal?.reason : undefined);
  }
  return result;
}

async function open(kernel: Kernel, file: unknown): Promise<Vmo> {
  if (file instanceof Vmo) {
    return file.duplicate();
  }
  if (file instanceof Uint8Array) {
    return kernel.vmoFromBytes(file, { name: "program" });
  }
  if (typeof file !== "string" && !(file instanceof URL)) {
    throw invalidType("file", "a string, a URL, a Uint8Array or a Vmo", file);
  }
  return kernel.vmoFromFile(file);
}

async function start(
  job: Job,
  executable: Vmo,
  name: CString,
  args: readonly CString[],
  stdio: Stdio,
  libraries: LoaderService,
  namespace: ServedNamespace,
  options: RunOptions,
): Promise<Process> {
  using builder = new ProcessBuilder({ name: lastPart(name), job, executable });
  builder.addArguments([name, ...args]).addEnvironmentVariables(environment(options.env));
  builder
    .setLoaderService(libraries.connect())
    .addNamespaceEntries(namespace.connect(job.kernel))
    .addHandles(stdio.takeGuestEnds())
    .addHandles(options.handles ?? []);
  if (options.minStackSize !== undefined) {
    builder.setMinStackSize(options.minStackSize);
  }
  const built = await builder.build();
  return built.start();
}

/** A program's file descriptors 0, 1 and 2. */
class Stdio implements Disposable {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly #feed: ((socket: Socket, ended: AbortSignal) => Promise<void>) | undefined;
  /** By file descriptor: our end, and the program's. */
  readonly #sockets = new Map<number, [ours: Socket, theirs: Socket]>();

  constructor(kernel: Kernel, options: RunOptions) {
    const { stdin = "ignore", input, stdout = "buffer", stderr = "buffer" } = options;
    this.stdout = sinkFor(stdout, process.stdout);
    this.stderr = sinkFor(stderr, process.stderr);
    this.#feed = feeder(stdin, input);
    if (this.#feed !== undefined) {
      this.#sockets.set(0, kernel.createSocket());
    }
    this.#sockets.set(1, kernel.createSocket());
    this.#sockets.set(2, kernel.createSocket());
  }

  /** The program's ends, as startup handles. */
  takeGuestEnds() {
    return Array.from(this.#sockets, ([fd, [, handle]]) => ({
      handle,
      info: new HandleInfo(HandleType.FileDescriptor, fd),
    }));
  }

  /** Serves the program until it has ended, and everything else in its job with it. */
  async run(program: Process, job: Job): Promise<void> {
    const ended = new AbortController();
    const exited = (async () => {
      await program.waitOne(Signals.TASK_TERMINATED);
      job.kill();
      await job.waitOne(Signals.TASK_TERMINATED);
      ended.abort();
    })();
    const served = Array.from(this.#sockets, async ([fd, [socket]]) => {
      if (fd > 0) {
        await pump(socket, fd === 1 ? this.stdout : this.stderr, ended.signal);
      } else {
        await this.#feed?.(socket, ended.signal);
      }
    });
    try {
      await Promise.all([exited, ...served]);
    } catch (error) {
      // A stream of the caller's broke: nobody is left to run the program for.
      job.kill();
      await Promise.allSettled([exited, ...served]);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const socket of [...this.#sockets.values()].flat()) {
      socket.close();
    }
  }
}

/** How a program's input gets to it; `undefined` if it has none. */
function feeder(stdin: RunOptions["stdin"], input: RunOptions["input"]) {
  if (input === undefined && stdin === "inherit") {
    return feedOwnInput;
  }
  const source = input ?? stdin;
  return source === undefined || source === "ignore"
    ? undefined
    : (socket: Socket, ended: AbortSignal) => feed(socket, source, ended);
}

function collected(sink: Sink, encoding: "utf8" | "latin1" | "buffer"): string | Uint8Array {
  const bytes = Buffer.concat(sink.kept);
  return encoding === "buffer" ? new Uint8Array(bytes) : bytes.toString(encoding);
}
