import { Readable, Writable } from "node:stream";

import { Kernel } from "../kernel.js";
import { checkStartupHandles, type StartupHandle } from "../message.js";
import { checkCString, type CString, encode } from "../strings.js";
import type { TraceRecord } from "../trace/record.js";
import {
  checkAbortSignal,
  checkArray,
  checkChoice,
  checkFunction,
  checkMilliseconds,
  checkOptions,
  checkString,
  checkU64,
  incompatibleOptions,
  invalidType,
} from "../validate.js";
import { checkNamespace, type NamespaceOption } from "./namespace.js";

/** Where a program's output goes: `buffer` keeps it for the result. */
export type OutputOption = "buffer" | "inherit" | "ignore" | Writable;

/** How {@link run} runs a program. */
export interface RunOptions {
  /** The kernel to run in. By default one of its own, which is disposed of afterwards. */
  kernel?: Kernel;
  /** The process's name; by default the basename of the file, or of its VMO's name. */
  name?: CString;
  /** Environment variables: by name, or as `KEY=VALUE`. None by default: the host's are not passed. */
  env?: Readonly<Record<string, CString>> | readonly CString[];
  /**
   * Directories of the host in which a dynamic executable's linker and libraries are looked for,
   * before those of this package.
   */
  libraryPath?: readonly string[];
  /**
   * The program's directories, by their absolute paths: nodes, or paths of the host's, of which
   * files can be read and executed. None is within another.
   */
  namespace?: NamespaceOption;
  /** File descriptor 0: `inherit` for this process's own. By default there is none: `ignore`. */
  stdin?: "ignore" | "inherit" | Readable;
  /** What file descriptor 0 holds; not with `stdin`. */
  input?: string | Uint8Array;
  /** File descriptor 1; `buffer` by default. */
  stdout?: OutputOption;
  /** File descriptor 2; `buffer` by default. */
  stderr?: OutputOption;
  /** Milliseconds after which the program is killed. */
  timeout?: number;
  /** Kills the program. */
  signal?: AbortSignal;
  /** Further startup handles. Consumed on every outcome but misuse. */
  handles?: readonly StartupHandle[];
  /** The least size of the initial stack in bytes. */
  minStackSize?: bigint;
  /** How output is decoded; `buffer` leaves it as bytes. `utf8` by default. */
  encoding?: "utf8" | "latin1" | "buffer";
  /** Whether a program that fails makes {@link run} reject; `true` by default. */
  reject?: boolean;
  /** Gets what happens in the kernel, in batches; not with a kernel of the caller's. */
  trace?: (records: TraceRecord[]) => void;
}

const KEYS = [
  "kernel",
  "name",
  "env",
  "libraryPath",
  "namespace",
  "stdin",
  "input",
  "stdout",
  "stderr",
  "timeout",
  "signal",
  "handles",
  "minStackSize",
  "encoding",
  "reject",
  "trace",
];
const ENCODINGS = ["utf8", "latin1", "buffer"] as const;
const INPUTS = new Set<unknown>(["ignore", "inherit"]);
const OUTPUTS = new Set<unknown>(["buffer", "inherit", "ignore"]);

/** Checks the options, before anything is done. */
export function checkRunOptions(options: RunOptions): void {
  checkOptions(options, KEYS);
  const { kernel, name, timeout, signal, handles, minStackSize, encoding, reject, trace } = options;
  if (kernel !== undefined && !(kernel instanceof Kernel)) {
    throw invalidType("options.kernel", "an instance of Kernel", kernel);
  }
  if (name !== undefined) {
    checkCString("options.name", name);
  }
  checkArray("options.libraryPath", options.libraryPath ?? []).forEach((directory, index) =>
    checkString(`options.libraryPath[${index}]`, directory),
  );
  checkNamespace("options.namespace", options.namespace ?? {});
  environment(options.env);
  checkInput(options);
  checkOutput("options.stdout", options.stdout);
  checkOutput("options.stderr", options.stderr);
  if (timeout !== undefined) {
    checkMilliseconds("options.timeout", timeout);
  }
  if (signal !== undefined) {
    checkAbortSignal("options.signal", signal);
  }
  checkStartupHandles("options.handles", handles ?? []);
  if (minStackSize !== undefined) {
    checkU64("options.minStackSize", minStackSize);
  }
  if (encoding !== undefined) {
    checkChoice("options.encoding", encoding, ENCODINGS);
  }
  if (reject !== undefined && typeof reject !== "boolean") {
    throw invalidType("options.reject", "a boolean", reject);
  }
  if (trace !== undefined) {
    checkFunction("options.trace", trace);
  }
}

/** Checks environment variables: each as `KEY=VALUE`. */
export function environment(env: RunOptions["env"]): readonly CString[] {
  if (env === undefined) {
    return [];
  }
  if (Array.isArray(env)) {
    env.forEach((variable, index) => checkCString(`options.env[${index}]`, variable));
    return env as readonly CString[];
  }
  if (typeof env !== "object" || env === null) {
    throw invalidType("options.env", "an object or an array", env);
  }
  return Object.entries(env).map(([key, value]) => {
    const at = `options.env.${key}`;
    const bytes = checkCString(at, value);
    checkCString(at, key);
    return typeof value === "string"
      ? `${key}=${value}`
      : Buffer.concat([encode(`${key}=`), bytes]);
  });
}

function checkInput({ stdin, input }: RunOptions): void {
  if (input !== undefined) {
    if (typeof input !== "string" && !(input instanceof Uint8Array)) {
      throw invalidType("options.input", "a string or a Uint8Array", input);
    }
    if (stdin !== undefined) {
      throw incompatibleOptions("stdin", "input");
    }
  }
  if (stdin !== undefined && !INPUTS.has(stdin) && !(stdin instanceof Readable)) {
    throw invalidType("options.stdin", "'ignore', 'inherit' or a Readable", stdin);
  }
}

function checkOutput(name: string, output: unknown): void {
  if (output !== undefined && !OUTPUTS.has(output) && !(output instanceof Writable)) {
    throw invalidType(name, "'buffer', 'inherit', 'ignore' or a Writable", output);
  }
}
