import { basename, dirname, join, resolve } from "node:path";

import { scoped } from "../base/dispose.js";
import { explain } from "../base/errors.js";
import { pathText } from "../base/host-path.js";
import type { HostImages } from "../native/host-images.js";
import { ownLibraries } from "../program/libraries.js";
import type { InputStream } from "../program/source.js";
import { refusalCode, shellCode } from "../run/exit-code.js";
import type { RunResult } from "../run/result.js";
import { run } from "../run/run.js";
import { type OutputPair, SymbolizedStreams } from "../symbolize/symbolized-streams.js";
import { withFullBacktraces } from "./backtrace.js";
import { findLibraries } from "./libraries.js";
import { programNamespace, targetDirectory } from "./places.js";
import type { RunnerRequest } from "./protocol.js";
import { type RunSettings, selectEnvironment } from "./settings.js";
import type { Workspaces } from "./workspace.js";

/** A program's input and output. */
export interface Streams extends OutputPair {
  readonly stdin: "ignore" | "inherit" | InputStream;
}

/** What is kept from one run for the next. */
export interface KeptForRuns {
  readonly workspaces: Workspaces;
  /** Files of programs, and of libraries. */
  readonly images?: HostImages;
}

/** How a program has ended. */
export interface Ending {
  /** What a shell would say of it. */
  readonly code: number;
  /** What is to be said about it besides, in lines. */
  readonly remarks: readonly string[];
}

/** Runs a program that cargo has built, with a kernel of its own. */
export async function runBuilt(
  request: RunnerRequest,
  settings: RunSettings,
  { workspaces, images }: KeptForRuns,
  streams: Streams,
  signal: AbortSignal,
): Promise<Ending> {
  const [program, ...args] = request.args;
  const cwd = pathText(request.cwd);
  // A program finds itself by its name.
  const file = resolve(cwd, pathText(program!));
  const { env, trim } = withFullBacktraces(selectEnvironment(request.env, settings.env));
  try {
    return await scoped(async (scope) => {
      const root = await workspaceRoot(request, workspaces);
      const target = targetDirectory(file);
      const namespace = programNamespace({ root, target }, settings, scope);
      const libraryPath = [...findLibraries(settings.sdk).run, ...builtBeside(file)];
      const places = [file, ...libraryPath, ...ownLibraries("x86-64")];
      const outputs = new SymbolizedStreams(streams, places, trim);
      const result = await run(file, args, {
        name: file,
        env,
        cwd,
        libraryPath,
        namespace,
        stdin: streams.stdin,
        stdout: outputs.stdout,
        stderr: outputs.stderr,
        signal,
        ...(images && { images }),
        reject: false,
      });
      return conclude(result, await outputs.finish(result.crashReport));
    });
  } catch (error) {
    return { code: refusalCode(error), remarks: explain(error) };
  }
}

/** Where cargo has put the libraries that it has built with a program. */
function builtBeside(program: string): readonly string[] {
  const directory = dirname(program);
  const isWithin = ["deps", "examples"].includes(basename(directory));
  const profile = isWithin ? dirname(directory) : directory;
  return [profile, join(profile, "deps")];
}

async function workspaceRoot(
  request: RunnerRequest,
  workspaces: Workspaces,
): Promise<string | undefined> {
  const directory = variable(request, "CARGO_MANIFEST_DIR");
  return directory && workspaces.rootOf(directory, variable(request, "CARGO") ?? "cargo");
}

/** A variable's value. */
function variable({ env }: RunnerRequest, name: string): string | undefined {
  const found = env.find((variable) => variable.toString().startsWith(`${name}=`));
  return found && pathText(found.subarray(name.length + 1));
}

function conclude(result: RunResult, place: readonly string[]): Ending {
  const code = shellCode(result);
  // What a program says by a code of its own, it has said.
  const isItsOwn = result.returnCode === BigInt(code) && result.missing.length === 0;
  return {
    code,
    remarks: isItsOwn ? [] : [result.message, ...place],
  };
}
