// The options that commands share which look at launches.
import { type Command, Option } from "commander";

import type { Abi } from "../../index.js";
import { TARGETS } from "../base/target.js";
import { ABIS } from "../zx/abi.js";
import { size } from "./amounts.js";
import { absolute, collect, collectDirectory, collectFile, collectVariable } from "./values.js";

/** How a process is launched, as the command line has it. */
export interface LaunchOptions {
  lib: string[];
  sdk?: string;
  env: string[];
  /** Variables of files. Those of `env` come after them. */
  envFile: string[];
  cwd?: string;
  bare?: boolean;
  /** Directories of the host by their paths in the namespace. */
  ns: Record<string, string>;
  name?: string;
  minStackSize?: bigint;
  abi?: Abi;
}

/** `--target`, which all commands have that look at programs and run none. */
export function targetOption(): Option {
  const text = "the machine to load for; the file's own by default";
  return new Option("--target <machine>", text).choices(TARGETS);
}

/** The variables that a program gets: the last of each name. */
export function variablesOf({ env, envFile }: Pick<LaunchOptions, "env" | "envFile">): string[] {
  return env.reduce((variables, variable) => collectVariable(variable, variables), envFile);
}

/**
 * Gives a command the options of {@link LaunchOptions}.
 *
 * @param place where the host has a file that is named so
 */
export function addLaunchOptions<C extends Command>(
  command: C,
  place: (file: string) => string = (file) => file,
): C {
  const abi = "the system calls that it gets; by default the newest that have all it imports";
  return command
    .option("--lib <dir>", "where to look for its libraries; may be given again", collect, [])
    .option("--sdk <dir>", "an SDK of Fuchsia's, whose libraries it is to have")
    .option(
      "--env <key=value>",
      "a variable; KEY is the host's; may be given again",
      collectVariable,
      [],
    )
    .option(
      "--env-file <file>",
      "a file of variables; may be given again",
      (file: string, previous: string[]) => collectFile(place(file), previous),
      [],
    )
    .option("--cwd <path>", "the working directory, in its namespace", absolute)
    .option("--bare", "no default job, no /svc, no /tmp, but what is given here")
    .option(
      "--ns <path=dir>",
      "a directory, and where; DIR:rw to write there; may be given again",
      collectDirectory,
      {},
    )
    .option("--name <name>", "the process's name; the file's by default")
    .option("--min-stack-size <size>", "the least size of its stack: 65536, 0x10000, 64K", size)
    .addOption(new Option("--abi <abi>", abi).choices(ABIS));
}
