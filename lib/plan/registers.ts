import { jsonable } from "../base/json.js";
import type { Target } from "../base/target.js";

/** A register at a program's first instruction; all others are 0. */
export interface PlannedRegister {
  /** The register's name on the machine. */
  readonly name: string;
  /** What is in it. */
  readonly role: "entry" | "stack" | "bootstrap" | "vdso";
  /** Its value; `undefined` for the bootstrap handle's, which the kernel chooses at the start. */
  readonly value: bigint | undefined;
}

/** By target: program counter, stack pointer, first and second argument. */
const NAMES = {
  "x86-64": ["rip", "rsp", "rdi", "rsi"],
  aarch64: ["pc", "sp", "x0", "x1"],
  riscv64: ["pc", "sp", "a0", "a1"],
} as const satisfies Record<Target, readonly string[]>;

/** The registers with which `zx_process_start` begins a thread. */
export function registersAtEntry(
  target: Target,
  { entry, stack, vdsoBase }: { entry: bigint; stack: bigint; vdsoBase: bigint },
): PlannedRegister[] {
  const [pc, sp, first, second] = NAMES[target];
  const registers: PlannedRegister[] = [
    { name: pc, role: "entry", value: entry },
    { name: sp, role: "stack", value: stack },
    { name: first, role: "bootstrap", value: undefined },
    { name: second, role: "vdso", value: vdsoBase },
  ];
  return registers.map(jsonable);
}
