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

/** Registers from the binding's words. A debugger has them read at every stop: nothing is looped over. */
export function registersOf(words: BigUint64Array): GeneralRegisters {
  return jsonable({
    rax: words[0]!,
    rbx: words[1]!,
    rcx: words[2]!,
    rdx: words[3]!,
    rsi: words[4]!,
    rdi: words[5]!,
    rbp: words[6]!,
    rsp: words[7]!,
    r8: words[8]!,
    r9: words[9]!,
    r10: words[10]!,
    r11: words[11]!,
    r12: words[12]!,
    r13: words[13]!,
    r14: words[14]!,
    r15: words[15]!,
    rip: words[16]!,
    rflags: words[17]!,
    fsBase: words[18]!,
    gsBase: words[19]!,
  });
}

/** What the argument `registers` and its properties are called. */
const NAME = "registers";
const NAMES = REGISTERS.map((register) => `${NAME}.${register}`);

/** The binding's words of the argument `registers`, which are checked. */
export function wordsOf(registers: GeneralRegisters): BigUint64Array {
  if (typeof registers !== "object" || registers === null) {
    throw invalidType(NAME, "an object", registers);
  }
  const words = new BigUint64Array(REGISTER_COUNT);
  for (let index = 0; index < REGISTER_COUNT; index++) {
    const register = REGISTERS[index]!;
    words[index] = checkU64(NAMES[index]!, registers[register]);
  }
  return words;
}
