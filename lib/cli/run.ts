import type { RunOptions, RunResult } from "../../index.js";
import { Abort } from "../base/abort.js";
import { explain, ProcessBuilderError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { remark } from "../base/text.js";
import { refusalCode, shellCode, signalCode } from "../run/exit-code.js";
import { time } from "./amounts.js";
import { CommandError } from "./failure.js";
import { EqualsCommand } from "./equals-command.js";
import { addGdbOptions, debugOf, type GdbOptions } from "./gdb-option.js";
import { addLaunchOptions, type LaunchOptions, variablesOf } from "./launch-options.js";
import { addLimitOptions, type LimitOptions, takeLimits } from "./limit-options.js";
import { writeJson } from "./process.js";
import type { OpenReport } from "./report.js";
import { servicesOf } from "./services.js";
import { INPUT_NAME, inputOf, ownInput, STDIN } from "./standard-input.js";
import { stderr, stdout } from "./standard-output.js";
import {
  addTraceOptions,
  type TraceBufferOptions,
  traceBufferOf,
  type TraceOption,
} from "./trace-option.js";
import { openTrace, type TraceOutput } from "./trace.js";
import { collectService } from "./values.js";

/** What `ld.so.1` ends a process with that it cannot link. */
const LINKER_FAILED = 127n;

interface RunCommandOptions extends LaunchOptions, LimitOptions, TraceBufferOptions, GdbOptions {
  svc: Record<string, string>;
  timeout?: number;
  trace?: TraceOption;
  report?: string;
  json?: true;
  symbolize?: boolean;
  log?: true;
  privileged?: true;
  requireSandbox?: true;
  quiet?: true;
}

/** What interrupts a program, as it would one of this computer's. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Whether the log says why: libraries report there that cannot go on, and `ld.so.1`. */
function tellsOfItself({ crashReport, returnCode, missing }: RunResult): boolean {
  return crashReport !== undefined || (returnCode === LINKER_FAILED && missing.length === 0);
}

/** `zirconia run`: a program for Fuchsia, with this process's standard streams. */
export const run = addLimitOptions(
  addLaunchOptions(
    addGdbOptions(
      addTraceOptions(
        new EqualsCommand("run")
          .description("Run a program for Fuchsia on this computer.")
          .argument("<program>", "an ELF file; - for standard input")
          .argument("[args...]", "its arguments"),
      ),
    ),
  ),
)
  .option(
    "--svc <name=program>",
    "a program for Fuchsia, or a module of JavaScript's, that serves NAME in /svc; may be given again",
    collectService,
    {},
  )
  .option("--timeout <time>", "kill it after so long: 5000 (milliseconds), 200ms, 1.5s, 2m", time)
  .option("--symbolize", "show functions and lines for addresses; by default on a terminal")
  .option("--no-symbolize", "leave symbolizer markup as it is")
  .option("--log", "show what its processes write to the debug log, whatever happens")
  .option("--privileged", "its default job is the root job, and it gets the root resource")
  .option(
    "--require-sandbox",
    "run it only behind every wall that `zirconia doctor` names, Landlock apart",
  )
  .option("--report <file>", "write a page that shows its launch, its run and its end to this file")
  .option("--json", "collect its output, and print one JSON document with the result")
  .option("-q, --quiet", "say nothing of how it ended: the exit code does")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia run ./hello one two",
      "  zirconia run --env LANG=C --timeout 5s ./hello",
      "  zirconia run --memory 512M --cpu-time 10s ./hello",
      "  zirconia run --lib ./lib ./dynamic",
      "  zirconia run --sdk ~/fuchsia-sdk ./program",
      "  zirconia run --svc example.Echo=./server ./client",
      "  zirconia run --ns /pkg=./package --ns /data=. ./reader",
      "  echo text | zirconia run --json ./cat",
      "  zirconia run --trace ./hello             show its system calls",
      "  zirconia run --trace=hello.json ./hello  write them for ui.perfetto.dev",
      "  zirconia run --report hello.html ./hello show its launch and its run as a page",
      "",
    ].join("\n"),
  )
  .addHelpText(
    "after",
    "\nExits with the program's return code if that is 0 to 255; else with 255, or with 124 after a\n" +
      "time-out, 125 for a failure of Zirconia's, 126 for what cannot be launched, 127 for what is not\n" +
      "there, 134 after an abort, 137 for what was killed, 139 after another exception,\n" +
      "141 when nobody reads its output.\n" +
      "Options after the program are the program's own.",
  )
  .passThroughOptions()
  .action(async (program: string, args: string[], options: RunCommandOptions) => {
    const { run: runProgram } = await import("../run/run.js");
    const { RunError } = await import("../run/result.js");
    const { hostNamespace } = await import("../program/host-namespace.js");
    const interrupt = new Abort();
    for (const signal of SIGNALS) process.once(signal, () => interrupt.abort(signal));
    const [limits, unlimited] = takeLimits(options);
    const { lib, env, envFile, ns, svc, json, quiet, trace, symbolize, log, ...others } = unlimited;
    const { traceOverflow, traceCapacity, report, gdb, gdbFollow, gdbGone, ...rest } = others;
    const debug = debugOf({ gdb, gdbFollow, gdbGone }, program);
    const isInput = program === STDIN;
    const given = {
      ...(isInput ? { name: INPUT_NAME } : {}),
      ...rest,
      limits,
      libraryPath: lib,
      env: variablesOf({ env, envFile }),
      namespace: hostNamespace(ns),
      services: await servicesOf(svc),
      stdin: isInput ? "ignore" : ownInput(),
    } as const;
    const output = trace === undefined ? undefined : await openTrace(trace);
    const recorded =
      report === undefined
        ? undefined
        : await (
            await import("./report.js")
          ).openReport(report, { program, name: rest.name, args, libraryPath: lib });
    const symbolized =
      !json && (symbolize ?? stderr.isTTY)
        ? await (
            await import("./symbolize.js")
          ).symbolizedStreams(program, {
            libraryPath: lib,
            ...(rest.sdk !== undefined && { sdk: rest.sdk }),
          })
        : undefined;
    let result: RunResult;
    try {
      result = await runProgram(await inputOf(program), args, {
        ...given,
        stdout: symbolized?.stdout ?? (json ? "buffer" : stdout),
        stderr: symbolized?.stderr ?? (json ? "buffer" : stderr),
        log: log && !json ? stderr : "buffer",
        signal: interrupt.signal,
        ...tracedBy(output, recorded),
        traceBuffer: traceBufferOf({ traceOverflow, traceCapacity }),
        ...(debug !== undefined && { debug }),
      });
    } catch (error) {
      if (!(error instanceof RunError)) {
        await recorded?.close(error as Error);
        throw refusal(program, error);
      }
      result = error;
      const place = (await symbolized?.finish(error.crashReport)) ?? [];
      if (!json && tellsOfItself(error)) stderr.write(error.log);
      if (!json && !quiet && isNews(error)) stderr.write(remark([error.message, ...place]));
    } finally {
      await symbolized?.finish(undefined);
      output?.close();
    }
    await recorded?.close(result);
    if (json) writeJson(toDocument(result, limits));
    process.exitCode = result.isCanceled
      ? signalCode(interrupt.signal.reason as NodeJS.Signals)
      : shellCode(result);
  });

/** The options of a run that is looked at. */
function tracedBy(output: TraceOutput | undefined, report: OpenReport | undefined): RunOptions {
  if (output === undefined && report === undefined) return {};
  return {
    trace(records) {
      output?.write(records);
      report?.recording.trace(records);
    },
    ...(report && { built: report.recording.built }),
  };
}

/** Why a program could not be run, by its name. */
function refusal(program: string, error: unknown): CommandError {
  const code = refusalCode(error);
  const [what = "", ...more] = explain(error);
  if (!(error instanceof ProcessBuilderError)) {
    return new CommandError(code, [what, ...more], error);
  }
  const isShort = error.status === ZxStatus.NO_MEMORY || error.status === ZxStatus.NO_RESOURCES;
  const advice = isShort || program === STDIN ? [] : [`\`zirconia check ${program}\` says more`];
  return new CommandError(code, [`${program}: ${what}`, ...more, ...advice], error);
}

/** Whether anybody is to be told how it ended: its own exit code says so to all but people. */
function isNews(result: RunResult): boolean {
  const isItsOwn = result.returnCode === BigInt(shellCode(result)) && result.missing.length === 0;
  return stderr.isTTY || !isItsOwn;
}

/** A result as a document, whose fields the schema lists. */
function toDocument(result: RunResult, limits: LimitOptions): object {
  const { command, returnCode, stdout, stderr, log, durationMs, cpuTimeMs } = result;
  const { timedOut, isCanceled, limitReached, crashReport, missing } = result;
  return {
    command,
    returnCode: Number(returnCode),
    durationMs,
    cpuTimeMs,
    timedOut,
    isCanceled,
    limits,
    limitReached,
    stdout,
    stderr,
    log,
    crashReport,
    missing,
  };
}
