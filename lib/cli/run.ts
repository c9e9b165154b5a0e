import type { RunResult } from "../../index.js";
import { printable } from "../base/text.js";
import { time } from "./amounts.js";
import { addLaunchOptions, type LaunchOptions, variablesOf } from "./launch-options.js";
import { addLimitOptions, type LimitOptions, takeLimits } from "./limit-options.js";
import { ExitCode, writeJson } from "./process.js";
import { INPUT_NAME, inputOf, STDIN } from "./standard-input.js";
import {
  type TraceBufferOptions,
  traceBufferOf,
  TraceCommand,
  type TraceOption,
} from "./trace-option.js";
import { openTrace } from "./trace.js";

/** What `ld.so.1` ends a process with that it cannot link. */
const LINKER_FAILED = 127n;

interface RunCommandOptions extends LaunchOptions, LimitOptions, TraceBufferOptions {
  timeout?: number;
  trace?: TraceOption;
  json?: true;
  symbolize?: boolean;
  log?: true;
  requireSandbox?: true;
}

function exitCode({ returnCode, isCanceled }: RunResult): number {
  if (isCanceled) return ExitCode.Interrupted;
  return returnCode >= 0n && returnCode <= 255n ? Number(returnCode) : ExitCode.Failed;
}

/** Whether the log says why: libraries report there that cannot go on, and `ld.so.1`. */
function tellsOfItself({ crashReport, returnCode }: RunResult): boolean {
  return crashReport !== undefined || returnCode === LINKER_FAILED;
}

/** `zirconia run`: a program for Fuchsia, with this process's standard streams. */
export const run = addLimitOptions(
  addLaunchOptions(
    new TraceCommand("run")
      .description("Run a program for Fuchsia on this computer.")
      .argument("<program>", "an ELF file; - for standard input")
      .argument("[args...]", "its arguments"),
  ),
)
  .option("--timeout <time>", "kill it after so long: 5000 (milliseconds), 200ms, 1.5s, 2m", time)
  .option("--symbolize", "show functions and lines for addresses; by default on a terminal")
  .option("--no-symbolize", "leave symbolizer markup as it is")
  .option("--log", "show what its processes write to the debug log, whatever happens")
  .option("--require-sandbox", "run it only behind every wall that `zirconia doctor` names, Landlock apart")
  .option("--json", "collect its output, and print one JSON document with the result")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia run ./hello one two",
      "  zirconia run --env LANG=C --timeout 5s ./hello",
      "  zirconia run --memory 512M --cpu-time 10s ./hello",
      "  zirconia run --lib ./lib ./dynamic",
      "  zirconia run --ns /pkg=./package --ns /data=. ./reader",
      "  echo text | zirconia run --json ./cat",
      "  zirconia run --trace ./hello             show its system calls",
      "  zirconia run --trace=hello.json ./hello  write them for ui.perfetto.dev",
      "",
    ].join("\n"),
  )
  .addHelpText(
    "after",
    "\nExits with the program's return code if that is 0 to 255, else with 1, as for one that is\n" +
      "killed at a limit.\n" +
      "Options after the program are the program's own.",
  )
  .passThroughOptions()
  .action(async (program: string, args: string[], options: RunCommandOptions) => {
    const { run: runProgram } = await import("../run/run.js");
    const { RunError } = await import("../run/result.js");
    const { hostNamespace } = await import("../program/host-namespace.js");
    const interrupt = new AbortController();
    process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));
    const [limits, unlimited] = takeLimits(options);
    const { lib, env, envFile, ns, json, trace, symbolize, log, ...others } = unlimited;
    const { traceOverflow, traceCapacity, ...rest } = others;
    const stream = json ? "buffer" : "inherit";
    const output = trace === undefined ? undefined : await openTrace(trace);
    const symbolized =
      !json && (symbolize ?? process.stderr.isTTY)
        ? await (await import("./symbolize.js")).symbolizedStreams(program, lib)
        : undefined;
    let result: RunResult;
    try {
      const isInput = program === STDIN;
      result = await runProgram(await inputOf(program), args, {
        ...(isInput ? { name: INPUT_NAME } : {}),
        ...rest,
        limits,
        libraryPath: lib,
        env: variablesOf({ env, envFile }),
        namespace: hostNamespace(ns),
        stdin: isInput ? "ignore" : "inherit",
        stdout: symbolized?.stdout ?? stream,
        stderr: symbolized?.stderr ?? stream,
        log: log && !json ? "inherit" : "buffer",
        signal: interrupt.signal,
        ...(output === undefined ? {} : { trace: (records) => output.write(records) }),
        traceBuffer: traceBufferOf({ traceOverflow, traceCapacity }),
      });
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      result = error;
      const place = (await symbolized?.finish(error.crashReport)) ?? [];
      if (!json && tellsOfItself(error)) process.stderr.write(error.log);
      for (const line of json ? [] : [error.message, ...place]) {
        process.stderr.write(`zirconia: ${printable(line)}\n`);
      }
    } finally {
      await symbolized?.finish(undefined);
      output?.close();
    }
    if (json) {
      const { command, returnCode, stdout, stderr, durationMs, timedOut, isCanceled } = result;
      const { limitReached, crashReport } = result;
      const facts = { command, returnCode: Number(returnCode), durationMs, timedOut, isCanceled };
      writeJson({ ...facts, limitReached, stdout, stderr, log: result.log, crashReport });
    }
    process.exitCode = exitCode(result);
  });
