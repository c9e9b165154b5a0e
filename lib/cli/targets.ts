import { Option } from "commander";

const TARGETS = ["x86-64", "aarch64", "riscv64"] as const;

/** `--target`, which all commands have that look at programs. */
export function targetOption(): Option {
  const text = "the machine to load for; the file's own by default";
  return new Option("--target <machine>", text).choices(TARGETS);
}
