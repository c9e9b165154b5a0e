import { checkCString, type CString } from "../base/strings.js";
import {
  type Bytes,
  checkAbortSignal,
  checkAmount,
  checkBoolean,
  checkChoice,
  checkFunction,
  checkMilliseconds,
  checkOptions,
  checkU64,
  incompatibleOptions,
  invalidType,
  isBytes,
} from "../base/validate.js";
import { checkPlace, type DebugPlaceOptions, PLACE_KEYS } from "../debug/options.js";
import type { DebugServer } from "../debug/server.js";
import { checkLimits, type JobLimits } from "../handles/limits.js";
import { checkTrace, Kernel } from "../kernel/kernel.js";
import type { HostImages } from "../native/host-images.js";
import type { TraceBuffer, TraceRecord } from "../native/trace-record.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import { checkStartupHandles, type StartupHandle } from "../process-builder/message.js";
import {
  checkEnvironment,
  checkWorkingDirectory,
  type EnvironmentOption,
} from "../program/environment.js";
import { checkLibraryOptions, type LibraryOptions } from "../program/libraries.js";
import { checkNamespace, type NamespaceOption } from "../program/namespace.js";
import { checkServices, type ServicesOption } from "../program/service-options.js";
import { checkOutputStream, type OutputStream } from "../program/sink.js";
import { checkInputStream, type InputStream } from "../program/source.js";
import { type Abi, checkAbi } from "../zx/abi.js";

/** Where a program's output goes: `buffer` keeps it for the result. */
export type OutputOption = "buffer" | "inherit" | "ignore" | OutputStream;

/** How a program that {@link run} runs is debugged. */
export interface RunDebugOptions extends DebugPlaceOptions {
  /**
   * When a debugger may come: to a program that waits for it at its first `start`, by default; to one
   * that runs, on `demand`; to one of its processes that has had an exception which nobody handles, a
   * `crash`.
   */
  when?: "start" | "demand" | "crash";
  /** Is told of the server, once that listens. */
  listening?: (server: DebugServer) => void;
}

/** How {@link run} runs a program. */
export interface RunOptions extends LibraryOptions {
  /** The kernel to run in. By default one of its own, which is disposed of afterwards. */
  kernel?: Kernel;
  /** The process's name; by default the basename of the file, or of its VMO's name. */
  name?: CString;
  /** Environment variables: by name, or as `KEY=VALUE`. None by default: the host's are not passed. */
  env?: EnvironmentOption;
  /**
   * The program's working directory: an absolute path of its namespace, which it gets as the variable
   * `PWD`. That there is such a directory is not checked.
   */
  cwd?: string;
  /**
   * The program's directories, by their absolute paths: nodes, or paths of the host's, of which
   * files can be read and executed. None is within another.
   */
  namespace?: NamespaceOption;
  /**
   * What is in the program's `/svc` besides, or in place of, what is there by default; not with a
   * directory of `namespace` at that place.
   */
  services?: ServicesOption;
  /**
   * Gives the program nothing that is not named here. By default it has what a shell on Fuchsia gives:
   * its own job as its default job; a UTC clock; `/svc`, with `fuchsia.process.Launcher` and
   * `Resolver`, and `fuchsia.device.NameProvider`; and an empty `/tmp` that can be written and goes with the program. A directory in
   * `namespace` at such a place, above or below it, takes its place, and so does a `DefaultJob` or
   * `ClockUtc` in `handles`.
   */
  bare?: boolean;
  /**
   * Makes the program the first of its system: its default job is the root job, and it gets the root
   * resource, as the startup handle `Resource`. Whatever it makes in the root job its own limits do not
   * hold for.
   */
  privileged?: boolean;
  /**
   * File descriptor 0: `inherit` for this process's own. By default there is none: `ignore`. Nothing
   * is read before the program runs, and what breaks is told of from the call on.
   */
  stdin?: "ignore" | "inherit" | InputStream;
  /** What file descriptor 0 holds; not with `stdin`. */
  input?: string | Bytes;
  /** File descriptor 1; `buffer` by default. Streams are not ended. */
  stdout?: OutputOption;
  /** File descriptor 2; `buffer` by default. Streams are not ended. */
  stderr?: OutputOption;
  /**
   * What the program's processes write to the kernel's debug log, as lines: `ld.so.1` and C libraries
   * report there. `buffer` by default; `inherit` is for standard error. In a kernel of the caller's it
   * is that of the program's first process.
   */
  log?: OutputOption;
  /**
   * How many bytes of each output `buffer` keeps; 100,000,000 by default. A program that writes more
   * is killed.
   */
  maxBuffer?: number;
  /** Milliseconds from the call on after which the program is killed; none for 0. */
  timeout?: number;
  /**
   * What the program may use, with all that it has made: the limits of its job. Those of the kernel
   * count too.
   */
  limits?: Partial<JobLimits>;
  /** Kills the program; what is aborted already is not begun. */
  signal?: AbortSignal;
  /** Further startup handles. Consumed on every outcome but misuse. */
  handles?: readonly StartupHandle[];
  /** The least size of the initial stack in bytes. */
  minStackSize?: bigint;
  /** The ABI of the process; by default the newest that has all that its files import. */
  abi?: Abi;
  /** How output is decoded; `buffer` leaves it as bytes. `utf8` by default. */
  encoding?: "utf8" | "latin1" | "buffer";
  /** Whether a program that fails makes {@link run} reject; `true` by default. */
  reject?: boolean;
  /** Lets gdb or lldb debug the program. */
  debug?: RunDebugOptions;
  /**
   * Gets the process once it is built, before its first instruction. It stays the run's; what this
   * throws, the run rejects with.
   */
  built?: (process: BuiltProcess) => void;
  /**
   * Gets what happens in the kernel, a few records in each turn of the event loop; not with a kernel of
   * the caller's. The run ends once all have been handed over.
   */
  trace?: (records: TraceRecord[]) => void;
  /**
   * How much of the trace is kept until it is taken, and what becomes of the rest; not with a kernel of
   * the caller's.
   */
  traceBuffer?: TraceBuffer;
  /**
   * Runs the program only behind every wall of the sandbox but Landlock, as
   * {@link KernelOptions.requireSandbox} says; not with a kernel of the caller's.
   */
  requireSandbox?: boolean;
  /** What keeps the program's files for other runs. @internal */
  images?: HostImages;
}

const KEYS = [
  "kernel",
  "name",
  "env",
  "cwd",
  "libraryPath",
  "sdk",
  "namespace",
  "services",
  "bare",
  "privileged",
  "stdin",
  "input",
  "stdout",
  "stderr",
  "log",
  "maxBuffer",
  "timeout",
  "limits",
  "signal",
  "handles",
  "minStackSize",
  "abi",
  "encoding",
  "reject",
  "debug",
  "built",
  "trace",
  "traceBuffer",
  "requireSandbox",
  "images",
];
const ENCODINGS = ["utf8", "latin1", "buffer"] as const;
const INPUTS = new Set<unknown>(["ignore", "inherit"]);
const OUTPUTS = new Set<unknown>(["buffer", "inherit", "ignore"]);

/** Checks the options, before anything is done. */
export function checkRunOptions(options: RunOptions): void {
  checkOptions(options, KEYS);
  const { kernel, name, cwd, bare, privileged, maxBuffer, timeout, signal, handles } = options;
  const { minStackSize, encoding, reject, built, requireSandbox } = options;
  if (kernel !== undefined && !(kernel instanceof Kernel)) {
    throw invalidType("options.kernel", "an instance of Kernel", kernel);
  }
  if (name !== undefined) {
    checkCString("options.name", name);
  }
  checkLibraryOptions(options);
  checkNamespace("options.namespace", options.namespace ?? {});
  checkServices("options.services", options.services ?? {});
  checkEnvironment(options.env);
  if (cwd !== undefined) {
    checkWorkingDirectory("options.cwd", cwd);
  }
  if (bare !== undefined) {
    checkBoolean("options.bare", bare);
  }
  if (privileged !== undefined) {
    checkBoolean("options.privileged", privileged);
  }
  checkInput(options);
  checkOutput("options.stdout", options.stdout);
  checkOutput("options.stderr", options.stderr);
  checkOutput("options.log", options.log);
  if (maxBuffer !== undefined) {
    checkAmount("options.maxBuffer", maxBuffer);
  }
  if (timeout !== undefined) {
    checkMilliseconds("options.timeout", timeout);
  }
  checkLimits("options.limits", options.limits);
  if (signal !== undefined) {
    checkAbortSignal("options.signal", signal);
  }
  checkStartupHandles("options.handles", handles ?? []);
  if (minStackSize !== undefined) {
    checkU64("options.minStackSize", minStackSize);
  }
  checkAbi("options.abi", options.abi);
  if (encoding !== undefined) {
    checkChoice("options.encoding", encoding, ENCODINGS);
  }
  if (reject !== undefined) {
    checkBoolean("options.reject", reject);
  }
  if (built !== undefined) {
    checkFunction("options.built", built);
  }
  if (options.debug !== undefined) {
    checkDebug(options.debug);
  }
  checkTrace(options);
  if (requireSandbox !== undefined) {
    checkBoolean("options.requireSandbox", requireSandbox);
  }
}

function checkDebug(debug: RunDebugOptions): void {
  checkOptions(debug, [...PLACE_KEYS, "when", "listening"], "options.debug");
  checkPlace("options.debug", debug);
  const { when, listening } = debug;
  if (when !== undefined) checkChoice("options.debug.when", when, ["start", "demand", "crash"]);
  if (listening !== undefined) checkFunction("options.debug.listening", listening);
}

function checkInput({ stdin, input }: RunOptions): void {
  if (input !== undefined) {
    if (typeof input !== "string" && !isBytes(input)) {
      throw invalidType("options.input", "a string or bytes", input);
    }
    if (stdin !== undefined) {
      throw incompatibleOptions("stdin", "input");
    }
  }
  if (stdin !== undefined && !INPUTS.has(stdin)) {
    checkInputStream("options.stdin", "'ignore', 'inherit', a stream or an iterable", stdin);
  }
}

function checkOutput(name: string, output: unknown): void {
  if (output !== undefined && !OUTPUTS.has(output)) {
    checkOutputStream(name, "'buffer', 'inherit', 'ignore' or a stream", output);
  }
}
