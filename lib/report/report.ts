import { HostError, ProcessBuilderError } from "../base/errors.js";
import type { CString } from "../base/strings.js";
import { type Bytes, invalidType, isBytes, isUrl } from "../base/validate.js";
import type { LaunchPlan } from "../plan/plan.js";
import { executableOf } from "../run/executable.js";
import { checkRunOptions, type RunOptions } from "../run/options.js";
import { RunError, type RunResult } from "../run/result.js";
import { run } from "../run/run.js";
import type { ReportDocument } from "./document.js";
import type { Recording } from "./recording.js";

/** A launch, and what came of it if it was run, as a document and as a page. */
export interface Report {
  /** Plain JSON, which `zirconia/schemas/report.schema.json` describes. */
  readonly document: ReportDocument;
  /** A page of HTML with all of it, which needs no network. */
  readonly html: string;
  /** How the program ended; `undefined` for a plan, and for what could not be launched. */
  readonly result: RunResult<string | Uint8Array> | undefined;
}

/**
 * Shows a launch that was planned, or runs a program as {@link run} does and shows its launch, its run
 * and its end. A program that fails, or cannot be launched, makes a report too.
 *
 * @param file what {@link run} takes, but no VMO; or a plan
 * @param options those of {@link run}, but for `kernel`: a report has a kernel of its own
 * @throws as {@link run} does for misuse and for a file that cannot be read
 *
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { planLaunch, report } from "zirconia";
 *
 * const { html, document } = await report("guest/out/hello", ["world"]);
 * await writeFile("hello.html", html);
 * console.log(document.end.message, document.run?.calls.length);
 *
 * await writeFile("plan.html", (await report(await planLaunch("guest/out/hello"))).html);
 * ```
 */
export async function report(
  file: string | URL | Bytes | LaunchPlan,
  args: readonly CString[] = [],
  options: RunOptions = {},
): Promise<Report> {
  // What makes reports is loaded with the first of them.
  const { pageOf } = await import("./page.js");
  if (isPlan(file)) {
    const { planDocument } = await import("./plan-report.js");
    const document = planDocument(file);
    return { document, html: pageOf(document), result: undefined };
  }
  if (typeof file !== "string" && !isUrl(file) && !isBytes(file)) {
    throw invalidType("file", "a string, a URL, bytes or a plan", file);
  }
  checkRunOptions(options);
  const name = options.name ?? executableOf(file).name();
  const path = isBytes(file) ? [] : [String(file)];
  const { Recording } = await import("./recording.js");
  const recording = new Recording({ name, args, symbols: path });
  const outcome = await runRecorded(file, args, options, recording);
  const result = "returnCode" in outcome ? outcome : undefined;
  const document = await recording.finish(outcome);
  return { document, html: pageOf(document), result };
}

function isPlan(value: unknown): value is LaunchPlan {
  return typeof value === "object" && value !== null && "verdict" in value;
}

/** The program's end, or why it could not be launched. */
async function runRecorded(
  file: string | URL | Bytes,
  args: readonly CString[],
  options: RunOptions,
  recording: Recording,
): Promise<RunResult<string | Uint8Array> | Error> {
  const { trace, built } = options;
  try {
    return await run(file, args, {
      ...options,
      reject: false,
      trace: (records) => {
        recording.trace(records);
        trace?.(records);
      },
      built: (process) => {
        recording.built(process);
        built?.(process);
      },
    });
  } catch (error) {
    const isKnown =
      error instanceof RunError ||
      error instanceof ProcessBuilderError ||
      error instanceof HostError;
    if (!isKnown) throw error;
    return error;
  }
}
