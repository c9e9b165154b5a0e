import { Option } from "commander";

import { TARGETS } from "../target.js";

/** `--target`, which all commands have that look at programs. */
export function targetOption(): Option {
  const text = "the machine to load for; the file's own by default";
  return new Option("--target <machine>", text).choices(TARGETS);
}
