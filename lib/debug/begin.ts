import { CONTINUE, type Debuggee, type Report } from "./debuggee.js";
import type { DebuggedProcess } from "./debugged-process.js";
import { executableOf } from "./libraries.js";

/**
 * Brings a process that is about to begin to its program's first instruction: of one that is linked
 * dynamically, once its linker is done.
 *
 * @returns why it has stopped: also if it comes to its end before
 */
export async function begin(
  debuggee: Debuggee,
  process: DebuggedProcess,
  isDynamic: boolean,
): Promise<Report> {
  const first = await process.first;
  if (first === undefined) return { kind: "end", process };
  if (!isDynamic) {
    // It is there, and waits to begin.
    first.stop = { kind: "attached" };
    first.isReported = true;
    return { kind: "stop", process, thread: first };
  }
  const report = await atEntry(debuggee, process);
  if (report.kind === "stop" && report.thread.stop?.kind === "breakpoint") {
    report.thread.stop = { kind: "attached" };
  }
  return report;
}

/** Lets the linker do its work, and stops where the program begins. */
async function atEntry(debuggee: Debuggee, process: DebuggedProcess): Promise<Report> {
  const report = await debuggee.resume(() => CONTINUE);
  if (process.hasEnded) return report;
  process.followLibraries();
  const image = executableOf(process, true);
  return report.kind === "stop" && image !== undefined
    ? runTo(debuggee, process, image.entry)
    : report;
}

/** Lets a process run up to an address, at most. */
async function runTo(
  debuggee: Debuggee,
  process: DebuggedProcess,
  address: bigint,
): Promise<Report> {
  process.memory.insertBreakpoint(address, "server");
  for (;;) {
    const report = await debuggee.resume(() => CONTINUE);
    if (report.kind === "stop" && report.thread.stop?.kind === "libraries") continue;
    if (!process.hasEnded) process.memory.removeBreakpoint(address, "server");
    return report;
  }
}
