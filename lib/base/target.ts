import { checkChoice } from "./validate.js";

/** All targets. */
export const TARGETS = ["x86-64", "aarch64", "riscv64"] as const;

/** The processor that processes are built for. */
export type Target = (typeof TARGETS)[number];

/** Checks a target. */
export function checkTarget(name: string, value: unknown): Target {
  return checkChoice(name, value, TARGETS);
}
