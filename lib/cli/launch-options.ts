// The options that commands share which look at launches.
import { type Command, Option } from "commander";

import type { Abi } from "../../index.js";
import { TARGETS } from "../base/target.js";
import { ABIS } from "../zx/abi.js";
import { size } from "./amounts.js";
import { collect, collectDirectory, collectVariable } from "./values.js";

/** How a process is launched, as the command line has it. */
export interface LaunchOptions {
  lib: string[];
  env: string[];
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

/** Gives a command the options of {@link LaunchOptions}. */
export function addLaunchOptions<C extends Command>(command: C): C {
  const abi = "the system calls that it gets; by default the newest that have all it imports";
  return command
    .option("--lib <dir>", "where to look for its libraries; may be given again", collect, [])
    .option("--env <key=value>", "an environment variable; may be given again", collectVariable, [])
    .option("--ns <path=dir>", "a directory, and where; may be given again", collectDirectory, {})
    .option("--name <name>", "the process's name; the file's by default")
    .option("--min-stack-size <size>", "the least size of its stack: 65536, 0x10000, 64K", size)
    .addOption(new Option("--abi <abi>", abi).choices(ABIS));
}
