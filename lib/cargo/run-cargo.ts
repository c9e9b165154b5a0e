import { spawn } from "node:child_process";
import { constants as files, closeSync, openSync } from "node:fs";
import { constants } from "node:os";

import { TARGET } from "./libraries.js";

/** What of `zirconia cargo` cargo needs to know. */
export interface CargoSetup {
  /** The linker's path. */
  readonly linker: string;
  /** The runner's command line. */
  readonly runner: string;
  /** How the runner runs a program when nobody serves it. */
  readonly command: readonly string[];
  /** Whether the user's own target stays. */
  readonly hasTarget: boolean;
}

/** The variable in which the runner finds its command. */
const COMMAND = "ZIRCONIA_CARGO_COMMAND";

/** The variables by which cargo is told. They leave all that its user has set as it is, flags too. */
export function cargoEnvironment({ linker, runner, command, hasTarget }: CargoSetup) {
  const target = `CARGO_TARGET_${TARGET.toUpperCase().replaceAll("-", "_")}`;
  return {
    ...(hasTarget ? {} : { CARGO_BUILD_TARGET: TARGET }),
    [`${target}_LINKER`]: linker,
    [`${target}_RUNNER`]: runner,
    [COMMAND]: command.join("\n"),
  };
}

/**
 * Runs cargo with this process's standard streams, and returns what a shell would say of it.
 *
 * @throws Error if there is no cargo
 */
export async function runCargo(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  // Before there is a cargo: what comes is told when it is there.
  const stop = onSignals((signal) => {
    if (signal === "SIGTERM" || !hasTerminal()) cargo.kill(signal);
  });
  const env = { ...process.env, ...environment };
  const cargo = spawn(program, args, { stdio: "inherit", env });
  try {
    return await new Promise((resolve, reject) => {
      cargo.once("error", (error: NodeJS.ErrnoException) => reject(startError(program, error)));
      cargo.once("exit", (code, signal) =>
        resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
      );
    });
  } finally {
    stop();
  }
}

function startError(program: string, error: NodeJS.ErrnoException): Error {
  return error.code === "ENOENT"
    ? new Error(`there is no ${program}: install Rust, as https://rustup.rs says`)
    : error;
}

/** Takes what is to end this process, until the function that it returns is called. */
function onSignals(listener: (signal: NodeJS.Signals) => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => signals.forEach((signal) => process.off(signal, listener));
}

/** Whether a terminal has sent a signal to cargo as well. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", files.O_RDONLY | files.O_NOCTTY));
    return true;
  } catch {
    return false;
  }
}
