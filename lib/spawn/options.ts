import { checkCString, type CString, checkText } from "../base/strings.js";
import {
  checkAbortSignal,
  checkArray,
  checkI32,
  checkMilliseconds,
  checkOptions,
  invalidType,
  invalidValue,
} from "../base/validate.js";
import { Handle } from "../handles/handle.js";
import { Job } from "../handles/job.js";
import { checkLimits, type JobLimits } from "../handles/limits.js";
import { checkGiven, checkHandle } from "../handles/take.js";
import type { Context } from "../kernel/context.js";
import { checkStartupHandles, type StartupHandle } from "../process-builder/message.js";
import type { EnvironmentOption } from "../program/environment.js";
import { checkNamespace, type NamespaceOption } from "../program/namespace.js";
import { checkOutputStream, type OutputStream } from "../program/sink.js";
import { checkInputStream, type InputStream } from "../program/source.js";

/**
 * What a file descriptor of a child is: `pipe` to a stream of {@link ChildProcess}, `inherit` for
 * Node's own of the same number, `ignore` for none; a stream of Node's or of the web's, for
 * descriptor 0 also a list of text and bytes; the number of a descriptor of the spawner's, which is
 * cloned; or a handle, which is consumed.
 */
export type StdioOption =
  "pipe" | "inherit" | "ignore" | InputStream | OutputStream | number | Handle;

/** How {@link spawn} spawns. */
export interface SpawnOptions {
  /** The process that spawns; a kernel stands for its host. By default that of the VMO. */
  context?: Context;
  /** The job to spawn in. Borrowed. The spawner's default job by default. */
  job?: Job;
  /** The first argument; the path, or the VMO's name, by default. */
  argv0?: CString;
  /** The process's name, of which 31 bytes are kept; the first argument by default. */
  name?: CString;
  /** Environment variables: by name, or as `KEY=VALUE`. The spawner's by default. */
  env?: EnvironmentOption;
  /**
   * File descriptors 0, 1 and 2, and further ones, of which none can be a pipe or Node's. One for all
   * three stands for each of them; `pipe` by default.
   */
  stdio?: "pipe" | "inherit" | "ignore" | readonly (StdioOption | null | undefined)[];
  /** Which of the spawner's directories the child has, too: all by default. */
  share?: boolean | readonly string[];
  /** Further directories, in place of the spawner's at the same paths. */
  namespace?: NamespaceOption;
  /** Further startup handles. Consumed. */
  handles?: readonly StartupHandle[];
  /**
   * What the child may use, with all that it makes. It then gets a job of its own, in the one that it
   * would have had, as its default job. Needs MANAGE_JOB on that.
   */
  limits?: Partial<JobLimits>;
  /** Milliseconds from the call on after which the child is killed; none for 0. */
  timeout?: number;
  /** Kills the child; what is aborted already is not spawned. */
  signal?: AbortSignal;
}

const KEYS = [
  "context",
  "job",
  "argv0",
  "name",
  "env",
  "stdio",
  "share",
  "namespace",
  "handles",
  "limits",
  "timeout",
  "signal",
];
const WORDS = new Set<unknown>(["pipe", "inherit", "ignore"]);

/** File descriptors that can be pipes, or Node's own. */
const STANDARD = 3;

/** Checks the options, before anything is done, except for `context` and `env`. */
export function checkSpawnOptions(options: SpawnOptions): void {
  checkOptions(options, KEYS);
  const { job, argv0, name, share, namespace, handles, timeout, signal } = options;
  if (job !== undefined) {
    checkHandle("options.job", job, Job);
  }
  for (const [key, value] of Object.entries({ argv0, name })) {
    if (value !== undefined) {
      checkCString(`options.${key}`, value);
    }
  }
  checkStdio(options.stdio);
  if (share !== undefined && typeof share !== "boolean") {
    checkArray("options.share", share).forEach((path, index) =>
      checkText(`options.share[${index}]`, path),
    );
  }
  checkNamespace("options.namespace", namespace ?? {});
  checkStartupHandles("options.handles", handles ?? []);
  checkLimits("options.limits", options.limits);
  if (timeout !== undefined) {
    checkMilliseconds("options.timeout", timeout);
  }
  if (signal !== undefined) {
    checkAbortSignal("options.signal", signal);
  }
}

/** The option of each descriptor. */
export function stdioOptions(stdio: SpawnOptions["stdio"] = "pipe"): readonly StdioOption[] {
  if (typeof stdio === "string") {
    return [stdio, stdio, stdio];
  }
  const length = Math.max(stdio.length, STANDARD);
  return Array.from({ length }, (_, fd) => stdio[fd] ?? (fd < STANDARD ? "pipe" : "ignore"));
}

function checkStdio(stdio: unknown): void {
  if (stdio === undefined || WORDS.has(stdio)) {
    return;
  }
  if (!Array.isArray(stdio)) {
    throw invalidType("options.stdio", "'pipe', 'inherit', 'ignore' or an array", stdio);
  }
  stdioOptions(stdio).forEach((option, fd) => {
    const name = `options.stdio[${fd}]`;
    const isStream = !WORDS.has(option) && !Number.isInteger(option) && !(option instanceof Handle);
    if (isStream) {
      const check = fd === 0 ? checkInputStream : checkOutputStream;
      const stream = fd === 0 ? "a stream, an iterable" : "a stream";
      check(name, `'pipe', 'inherit', 'ignore', ${stream}, an integer or a Handle`, option);
    }
    if (typeof option === "number") {
      checkI32(name, option);
    } else if (option instanceof Handle) {
      checkGiven(name, option, Handle);
    }
    const isOurs = isStream || option === "pipe" || option === "inherit";
    if (fd >= STANDARD && isOurs) {
      throw invalidValue(name, "must be 'ignore', a number or a handle", option);
    }
  });
}
