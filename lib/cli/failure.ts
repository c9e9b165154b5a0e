import { type Command, CommanderError } from "commander";

import { explain } from "../base/errors.js";
import { remark } from "../base/text.js";
import { ShellCode } from "../run/exit-code.js";
import { errorDetails } from "./error-details.js";
import { ExitCode, writeJson } from "./process.js";
import { stderr } from "./standard-output.js";

/** The commands that run a program, and exit as shells do. */
const RUNNERS: ReadonlySet<string> = new Set(["run", "cargo-runner"]);

/** What a command exits with whose output nobody reads. */
export function unreadCode(command: string | undefined): number {
  return RUNNERS.has(command ?? "") ? ShellCode.Unread : ExitCode.Fine;
}

/** A failure that asks for an exit code, and says in lines what people need to know. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, lines: readonly string[], cause: unknown) {
    super(lines.join("\n"), { cause });
    this.exitCode = exitCode;
  }
}

/** Says why a command has not done its work, and what it exits with. */
export function fail(error: unknown, command: Command | undefined): void {
  const runs = command !== undefined && RUNNERS.has(command.name());
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; asking for help or the version is not.
    if (error.exitCode === 0) return;
    process.exitCode = runs ? ShellCode.Ours : ExitCode.Usage;
    if (wantsJson(command)) writeFailure(usageError(error));
    return;
  }
  const isExpected = error instanceof CommandError;
  const failed = runs ? ShellCode.Ours : ExitCode.Failed;
  process.exitCode = isExpected ? error.exitCode : failed;
  stderr.write(remark(explain(error)));
  if (wantsJson(command)) writeFailure(isExpected ? error.cause : error);
}

function usageError({ message }: CommanderError): Error {
  return Object.assign(new Error(message.replace(/^error: /, "")), { code: "ERR_ZIRCONIA_USAGE" });
}

function writeFailure(error: unknown): void {
  const details = error instanceof Error ? error : new Error(String(error));
  writeJson({ ok: false, error: errorDetails(details) });
}

/** Whether a command, or one of its own, was to print a document. */
function wantsJson(command: Command | undefined): boolean {
  if (command === undefined) return false;
  const { json, format } = command.opts<{ json?: boolean; format?: string }>();
  return json === true || format === "json" || command.commands.some(wantsJson);
}
