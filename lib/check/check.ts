import { isNativeError } from "node:util/types";

import { pathBytes } from "../base/host-path.js";
import { jsonable } from "../base/json.js";
import { checkTarget, type Target } from "../base/target.js";
import {
  type Bytes,
  checkBytes as checkedBytes,
  checkInteger,
  checkIterable,
  checkOptions,
  checkPath,
} from "../base/validate.js";
import { withHostFile } from "../native/host-file.js";
import { native } from "../native/native.js";
import { inOrder } from "./in-order.js";
import { type CheckReport, unpackReport } from "./report.js";

/** How files are checked. */
export interface CheckOptions {
  /** The processor to load for; by default the one that the file names, or else `x86-64`. */
  target?: Target;
}

/** How many files are checked. */
export interface CheckFilesOptions extends CheckOptions {
  /** How many at a time; 4 by default, which is how many Node reads at once. */
  jobs?: number;
}

/**
 * A file, by its path, and what became of it. A byte of the path that is part of no UTF-8 is one of
 * U+DC80 to U+DCFF.
 */
export type CheckRecord =
  | { readonly file: string; readonly report: CheckReport; readonly error?: undefined }
  | {
      readonly file: string;
      readonly report?: undefined;
      /** Why it could not be read, as Node makes such errors. */
      readonly error: NodeJS.ErrnoException;
    };

const DEFAULT_JOBS = 4;
const MAX_JOBS = 1024;

/**
 * Says whether Fuchsia would load a file, whether the file is another system's, and everything that
 * is wrong with it: the rules for headers, and a dry build under the rights that the kernel gives a
 * loader.
 *
 * No more of a regular file is read than is looked at, on Node's thread pool. A pipe or FIFO is read
 * to its end.
 *
 * @throws an error with `code` and `path`, as those of `node:fs`, if the file cannot be read; `EINVAL`
 * for a device or a socket
 *
 * @example
 * ```ts
 * import { checkFile } from "zirconia";
 *
 * const { verdict, findings } = await checkFile("guest/out/hello");
 * for (const { code, message } of findings) console.log(verdict, code, message);
 * ```
 */
export async function checkFile(
  path: string | URL,
  options: CheckOptions = {},
): Promise<CheckReport> {
  checkOptions(options, ["target"]);
  // Files that are no ELF files are reported, not skipped.
  return (await checkContent(checkPath("path", path), checkedTarget(options), false))!;
}

/** {@link checkFile} for a file whose bytes are at hand. */
export function checkBytes(bytes: Bytes, options: CheckOptions = {}): CheckReport {
  const checked = checkedBytes("bytes", bytes);
  checkOptions(options, ["target"]);
  return unpackReport(native.checkBytes(checked, checkedTarget(options)));
}

/**
 * {@link checkFile} for many files, several at a time; records come in the order of the files. A
 * file that cannot be read is a record with an error and stops nothing.
 *
 * @example
 * ```ts
 * import { checkFiles } from "zirconia";
 *
 * for await (const { file, report, error } of checkFiles(["guest/out/hello", "missing"])) {
 *   console.log(file, error?.code ?? report?.verdict);
 * }
 * ```
 */
export async function* checkFiles(
  files: Iterable<string | URL> | AsyncIterable<string | URL>,
  options: CheckFilesOptions = {},
): AsyncGenerator<CheckRecord, void, undefined> {
  checkIterable("files", files);
  checkOptions(options, ["target", "jobs"]);
  const { jobs = DEFAULT_JOBS } = options;
  checkInteger("options.jobs", jobs, MAX_JOBS);
  const target = checkedTarget(options);
  yield* inOrder(files, Math.max(1, jobs), async (given) => {
    const file = checkPath("files", given);
    return (await checkRecord(file, target, false))!;
  });
}

/**
 * The record of a file; `undefined` if nobody named it and it is to be passed over: it is no ELF file,
 * or no file at all.
 *
 * @param content what it holds, or where that is, if that is not its name
 */
export async function checkRecord(
  file: string,
  target: Target | undefined,
  found: boolean,
  content: string | Uint8Array = file,
): Promise<CheckRecord | undefined> {
  try {
    const report = await checkContent(content, target, found);
    return report === undefined ? undefined : jsonable({ file, report });
  } catch (error) {
    if (!(isNativeError(error) && "code" in error)) throw error;
    return jsonable({ file, error: error as NodeJS.ErrnoException });
  }
}

/**
 * The record of a small file at once: to have it checked on another thread takes longer than to check
 * it. `undefined` for what is large or no regular file, and for what cannot be read; {@link checkRecord}
 * says why.
 *
 * @param path where the host has it
 */
export function checkSmallFile(
  file: string,
  target: Target | undefined,
  path: string,
): CheckRecord | undefined {
  const packed = native.checkSmallFile(pathBytes(path), target);
  return packed === null ? undefined : jsonable({ file, report: unpackReport(packed) });
}

async function checkContent(
  content: string | Uint8Array,
  target: Target | undefined,
  found: boolean,
): Promise<CheckReport | undefined> {
  const nothing = new Uint8Array();
  const packed =
    typeof content === "string"
      ? await withHostFile(
          content,
          async (path) => (await native.checkFile(path, target, found)) ?? (found ? nothing : null),
          (bytes) => native.checkBytes(bytes, target),
        )
      : native.checkBytes(content, target);
  return packed.length === 0 ? undefined : unpackReport(packed);
}

function checkedTarget({ target }: CheckOptions): Target | undefined {
  return target === undefined ? undefined : checkTarget("options.target", target);
}
