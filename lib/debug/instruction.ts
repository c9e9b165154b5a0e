// Instructions of x86-64 that do the same elsewhere, once what is relative in them has been changed: how
// long they are, and what that is (Intel's Software Developer's Manual, volume 2, appendix A).

/** Bytes of an instruction, at most. */
export const MAX_LENGTH = 15;

/** An instruction. */
export interface Instruction {
  readonly length: number;
  /** Where in it the 32-bit displacement of an operand in memory is that counts from its end. */
  readonly operand?: number;
  /** Where it goes, counted from its end, if that is in it. */
  readonly branch?: Branch;
}

/** How an instruction goes elsewhere: always, with a return address, or on a condition, by its number. */
export interface Branch {
  readonly kind: "jump" | "call" | "condition";
  readonly condition: number;
  readonly displacement: number;
}

/**
 * What follows each opcode, 16 in a line: `n` nothing, `m` a ModR/M byte; after that, or without it, a
 * constant. `b` is `m` with 8 bits, `z` with 32; without ModR/M, `i` is 8 bits, `w` 16, `I` 32, `v` as
 * many as the operand has. `c` and `C` are conditional jumps, `j`, `J` and `l` jumps and a call, by 8 or
 * 32 bits; `0`, `3`, `4` and `5` are groups in which ModR/M says which instruction it is.
 *
 * All else is `-`: what knows its own address (as calls through memory and the x87 unit do), what enters
 * the kernel, traps, or does not exist.
 */
const ONE_BYTE = [
  "mmmmiI--mmmmiI--",
  "mmmmiI--mmmmiI--",
  "mmmmiI--mmmmiI--",
  "mmmmiI--mmmmiI--",
  "----------------",
  "nnnnnnnnnnnnnnnn",
  "---m----Izib----",
  "cccccccccccccccc",
  "bz-bmmmmmmmm-m--",
  "nnnnnnnnnn----nn",
  "----nnnniInnnnnn",
  "iiiiiiiivvvvvvvv",
  "bbwn--00-n------",
  "mmmm------------",
  "--------lJ-j----",
  "-----n33nn--nn45",
].join("");

/** The same behind 0x0f, and in the first map of VEX. */
const TWO_BYTES = [
  "-------------m--",
  "mmmmmmmmmm--mmmm",
  "--------mmmmmmmm",
  "----------------",
  "mmmmmmmmmmmmmmmm",
  "mmmmmmmmmmmmmmmm",
  "mmmmmmmmmmmmmmmm",
  "bbbbmmmn----mmmm",
  "CCCCCCCCCCCCCCCC",
  "mmmmmmmmmmmmmmmm",
  "---mbm-----mbm-m",
  "mm-m--mmm-bmmmmm",
  "mmbmbbb-nnnnnnnn",
  "mmmmmmmmmmmmmmmm",
  "mmmmmmmmmmmmmmmm",
  "mmmmmmmmmmmmmmm-",
].join("");

/** Operand size, repetitions, lock, and segments. 32-bit addresses are not among what is known. */
const PREFIXES = new Set([0x66, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65]);
const OPERAND_SIZE = 0x66;
const ESCAPE = 0x0f;
/** The first bytes of VEX, with one and two more. */
const VEX_SHORT = 0xc5;
const VEX_LONG = 0xc4;
/** The bit of REX that makes operands wide. */
const WIDE = 8;

/** The instruction at the beginning of bytes, if it is one that does the same elsewhere. */
export function instructionIn(bytes: Uint8Array): Instruction | undefined {
  const decoder = new Decoder(bytes.subarray(0, MAX_LENGTH));
  const instruction = decoder.instruction();
  return decoder.isShort ? undefined : instruction;
}

class Decoder {
  readonly #bytes: Uint8Array;
  #at = 0;
  #hasPrefix = false;
  #isNarrow = false;
  #isWide = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether there are fewer bytes than the instruction has. */
  get isShort(): boolean {
    return this.#at > this.#bytes.length;
  }

  instruction(): Instruction | undefined {
    let byte = this.#next();
    while (PREFIXES.has(byte)) {
      this.#hasPrefix = true;
      this.#isNarrow ||= byte === OPERAND_SIZE;
      byte = this.#next();
    }
    if (byte === VEX_SHORT || byte === VEX_LONG) return this.#vex(byte);
    if (byte >> 4 === 4) {
      this.#isWide = (byte & WIDE) !== 0;
      byte = this.#next();
    }
    if (byte !== ESCAPE) return this.#operands(ONE_BYTE[byte]!, byte);
    byte = this.#next();
    if (byte === 0x38) return this.#in(2);
    if (byte === 0x3a) return this.#in(3);
    return this.#operands(TWO_BYTES[byte]!, byte);
  }

  #vex(first: number): Instruction | undefined {
    this.#hasPrefix = true;
    const map = first === VEX_LONG ? this.#next() & 0x1f : 1;
    this.#next();
    return this.#in(map);
  }

  /** An instruction of one of the maps that VEX and two escapes have. */
  #in(map: number): Instruction | undefined {
    const opcode = this.#next();
    if (map === 1) return this.#operands(TWO_BYTES[opcode]!, opcode);
    if (map === 2) return this.#operands("m", opcode);
    return map === 3 ? this.#operands("b", opcode) : undefined;
  }

  #operands(form: string, opcode: number): Instruction | undefined {
    switch (form) {
      case "n":
        return this.#with(0);
      case "i":
        return this.#with(1);
      case "w":
        return this.#with(2);
      case "I":
        return this.#with(this.#constant);
      case "v":
        return this.#with(this.#isWide ? 8 : this.#constant);
      case "m":
        return this.#addressed(0);
      case "b":
        return this.#addressed(1);
      case "z":
        return this.#addressed(this.#constant);
      case "0":
      case "3":
      case "4":
      case "5":
        return this.#group(form, opcode);
      case "c":
        return this.#branch("condition", 1, opcode);
      case "C":
        return this.#branch("condition", 4, opcode);
      case "j":
        return this.#branch("jump", 1, opcode);
      case "J":
        return this.#branch("jump", 4, opcode);
      case "l":
        return this.#branch("call", 4, opcode);
      default:
        return undefined;
    }
  }

  /** How many bytes a constant of 32 bits has. */
  get #constant(): number {
    return this.#isNarrow && !this.#isWide ? 2 : 4;
  }

  #group(form: "0" | "3" | "4" | "5", opcode: number): Instruction | undefined {
    const which = ((this.#bytes[this.#at] ?? 0) >> 3) & 7;
    const size = (opcode & 1) === 0 ? 1 : this.#constant;
    switch (form) {
      case "0":
        // The others begin and end transactions.
        return which === 0 ? this.#addressed(size) : undefined;
      case "3":
        return this.#addressed(which < 2 ? size : 0);
      case "4":
        return which < 2 ? this.#addressed(0) : undefined;
      case "5":
        // To count, to jump and to push.
        return which < 2 || which === 4 || which === 6 ? this.#addressed(0) : undefined;
    }
  }

  #addressed(constant: number): Instruction {
    const byte = this.#next();
    const mode = byte >> 6;
    const register = byte & 7;
    if (mode === 3) return this.#with(constant);
    const base = register === 4 ? this.#next() & 7 : register;
    if (mode === 1) return this.#with(1 + constant);
    if (mode === 2) return this.#with(4 + constant);
    if (base !== 5) return this.#with(constant);
    const at = this.#at;
    const { length } = this.#with(4 + constant);
    return register === 5 ? { length, operand: at } : { length };
  }

  #branch(kind: Branch["kind"], size: 1 | 4, opcode: number): Instruction | undefined {
    // What prefixes make of branches is not the same everywhere.
    if (this.#hasPrefix) return undefined;
    const at = this.#at;
    const { length } = this.#with(size);
    if (this.isShort) return undefined;
    const { buffer, byteOffset } = this.#bytes;
    const view = new DataView(buffer, byteOffset + at, size);
    const displacement = size === 1 ? view.getInt8(0) : view.getInt32(0, true);
    return { length, branch: { kind, condition: opcode & 0xf, displacement } };
  }

  #with(more: number): Instruction {
    this.#at += more;
    return { length: this.#at };
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
