import {
  checkBoolean,
  checkChoice,
  checkInteger,
  checkOptions,
  checkPath,
  checkString,
  incompatibleOptions,
} from "../base/validate.js";
import type { ExceptionMessage } from "../handles/exception-channel.js";
import { Job } from "../handles/job.js";
import { checkGiven } from "../handles/take.js";
import { checkLibraryOptions, type LibraryOptions } from "../program/libraries.js";

/** Where a debugger connects, and what becomes of a program without one. */
export interface DebugPlaceOptions {
  /** A port of loopback's; by default, and for 0, one that is free. Not with `path`. */
  port?: number;
  /** The path of a socket that is made, in place of a port. */
  path?: string;
  /**
   * What becomes of the program when its debugger goes without a word: `end` by default. With
   * `detach` it goes on, without breakpoints, and debuggers may come again.
   */
  gone?: "end" | "detach";
  /**
   * Whether processes that are started in the job are debugged too, from their first instruction on.
   * False by default.
   */
  follow?: boolean;
}

/** How a process is served to debuggers. */
export interface DebugServerOptions extends DebugPlaceOptions, LibraryOptions {
  /** The file of the executable, in which debuggers look for its symbols. */
  executable?: string | URL;
  /** The job that ends when a debugger kills the program; the process alone by default. */
  job?: Job;
  /** What one of the process's threads has come to, which waits for an answer. Consumed. */
  exception?: ExceptionMessage;
}

/** Names of {@link DebugPlaceOptions}. */
export const PLACE_KEYS = ["port", "path", "gone", "follow"] as const;

const KEYS = [...PLACE_KEYS, "libraryPath", "sdk", "executable", "job", "exception"];
const MAX_PORT = 0xffff;

/** Checks what is said of the place. */
export function checkPlace(name: string, { port, path, gone, follow }: DebugPlaceOptions): void {
  if (port !== undefined) {
    checkInteger(`${name}.port`, port, MAX_PORT);
    if (path !== undefined) throw incompatibleOptions("port", "path");
  }
  if (path !== undefined) checkString(`${name}.path`, path);
  if (gone !== undefined) checkChoice(`${name}.gone`, gone, ["end", "detach"]);
  if (follow !== undefined) checkBoolean(`${name}.follow`, follow);
}

/** Checks {@link DebugServerOptions}. */
export function checkDebugServerOptions(options: DebugServerOptions): void {
  checkOptions(options, KEYS);
  checkPlace("options", options);
  checkLibraryOptions(options);
  const { executable, job, exception } = options;
  if (executable !== undefined) checkPath("options.executable", executable);
  if (job !== undefined) checkGiven("options.job", job, Job);
  if (exception !== undefined) checkOptions(exception, EXCEPTION_KEYS, "options.exception");
}

const EXCEPTION_KEYS = ["type", "name", "process", "thread", "exception"];
