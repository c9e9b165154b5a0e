import { jsonable } from "../base/json.js";
import { checkU64, invalidType } from "../base/validate.js";

/** In the order in which the binding has them. */
const REGISTERS = [
  "rax",
  "rbx",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
  "rbp",
  "rsp",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
  "rip",
  "rflags",
  "fsBase",
  "gsBase",
] as const;

/** The general registers of x86-64. */
export type GeneralRegisters = Readonly<Record<(typeof REGISTERS)[number], bigint>>;

/** How many there are. */
export const REGISTER_COUNT = REGISTERS.length;

/** Registers from the binding's words. */
export function registersOf(words: BigUint64Array): GeneralRegisters {
  return jsonable(
    Object.fromEntries(REGISTERS.map((name, index) => [name, words[index]])) as GeneralRegisters,
  );
}

/** The binding's words of registers, which are checked. */
export function wordsOf(name: string, registers: GeneralRegisters): BigUint64Array {
  if (typeof registers !== "object" || registers === null) {
    throw invalidType(name, "an object", registers);
  }
  return BigUint64Array.from(REGISTERS, (register) =>
    checkU64(`${name}.${register}`, registers[register]),
  );
}
