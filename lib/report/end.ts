import { isNativeError } from "node:util/types";

import { jsonNumber } from "../base/json.js";
import { hex } from "../base/text.js";
import type { RunResult } from "../run/result.js";
import { Symbolizer } from "../symbolize/symbolizer.js";
import type { CrashReport } from "../zx/report.js";
import type { ReportedCrash, ReportedEnd } from "./document.js";
import { type MappingContext, placeOf, reportedMaps } from "./mappings.js";

/** Characters of the debug log that a report ends with. */
const LAST_WORDS = 4000;

/** How a program ended that was run. */
export async function reportedEnd(
  result: RunResult<string | Uint8Array>,
  context: MappingContext,
  symbols: readonly string[],
): Promise<ReportedEnd> {
  const { message, returnCode, crashReport, limitReached, log } = result;
  return {
    kind: kindOf(result),
    message,
    returnCode: jsonNumber(returnCode),
    ...(limitReached !== undefined && { limit: limitReached }),
    ...(crashReport && { crash: await reportedCrash(crashReport, context, symbols) }),
    log: (typeof log === "string" ? log : Buffer.from(log).toString()).slice(-LAST_WORDS),
  };
}

/** How a program ended that could not be run. */
export function refusedEnd(error: unknown): ReportedEnd {
  const message = isNativeError(error) ? error.message : String(error);
  return { kind: "refused", message, log: "" };
}

function kindOf(result: RunResult<string | Uint8Array>): ReportedEnd["kind"] {
  if (result.timedOut) return "timeout";
  if (result.isCanceled) return "canceled";
  if (result.isMaxBuffer) return "output";
  if (result.limitReached !== undefined) return "limit";
  if (result.crashReport !== undefined) return "crash";
  // What the kernel has chosen.
  return result.returnCode <= -1024n && result.returnCode >= -1088n ? "kill" : "exit";
}

async function reportedCrash(
  report: CrashReport,
  context: MappingContext,
  symbols: readonly string[],
): Promise<ReportedCrash> {
  const { exceptionName, processName, threadName, registers, faultAddress, maps } = report;
  return {
    exception: exceptionName,
    thread: `${processName}/${threadName}`,
    pc: hex(registers.rip),
    faultAddress: hex(faultAddress),
    source: await new Symbolizer(symbols, false).locate(report),
    registers: Object.entries(registers).map(([name, value]) => ({ name, value: hex(value) })),
    maps: reportedMaps(maps, context),
    hit: placeOf(isPageFault(exceptionName) ? faultAddress : registers.rip, maps),
  };
}

function isPageFault(exception: string): boolean {
  return exception.endsWith("PAGE_FAULT");
}
