import { Option } from "commander";

import { TARGETS } from "../base/target.js";
import { ABIS } from "../zx/abi.js";

/** `--target`, which all commands have that look at programs. */
export function targetOption(): Option {
  const text = "the machine to load for; the file's own by default";
  return new Option("--target <machine>", text).choices(TARGETS);
}

/** `--abi`, which the commands have that make processes. */
export function abiOption(): Option {
  const text = "the system calls that it gets; by default the newest that have all it imports";
  return new Option("--abi <abi>", text).choices(ABIS);
}
