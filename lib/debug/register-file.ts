// The registers of a thread as debuggers number them.
import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { GeneralRegisters } from "../zx/general-registers.js";
import type { FpRegisters } from "../zx/thread-state.js";
import type { Changeable, DebuggedThread } from "./debugged-thread.js";
import { littleEndian } from "./hex.js";

/** What gdb's descriptions have together. */
export type FeatureName = "core" | "sse" | "linux" | "segments" | "avx";

/** A register. */
export interface Register {
  readonly name: string;
  readonly feature: FeatureName;
  readonly bits: number;
  /** Its type, as gdb's descriptions have it. */
  readonly type: string;
  /** What its value is in. */
  readonly state: "general" | "fp" | "vector" | "fixed";
  get(states: States): bigint;
  /** Does nothing where there is nothing to change. */
  set(states: States, value: bigint): void;
}

/** States of a thread, which are changed in place. */
interface States {
  general: Changeable;
  fp: { -readonly [name in keyof FpRegisters]: FpRegisters[name] } & { st: bigint[] };
  vector: { ymm: bigint[]; mxcsr: number };
}

/** Selectors of a program's segments on Linux. */
const SELECTORS = { cs: 0x33n, ss: 0x2bn, ds: 0n, es: 0n, fs: 0n, gs: 0n };

const GENERAL = [
  ..."rax rbx rcx rdx rsi rdi rbp rsp".split(" "),
  ...[8, 9, 10, 11, 12, 13, 14, 15].map((number) => `r${number}`),
  "rip",
] as (keyof GeneralRegisters)[];

const POINTERS = new Map<string, string>([
  ["rbp", "data_ptr"],
  ["rsp", "data_ptr"],
  ["rip", "code_ptr"],
]);

const LOW = (1n << 128n) - 1n;
/** Hexadecimal digits of 64 bits. */
const WORD_DIGITS = 16;

function general(name: keyof GeneralRegisters, more: Partial<Register> = {}): Register {
  return {
    name,
    feature: "core",
    bits: 64,
    type: POINTERS.get(name) ?? "int64",
    state: "general",
    get: (states) => states.general[name],
    set: (states, value) => (states.general[name] = value),
    ...more,
  };
}

function fixed(name: string, bits: number, value: bigint, more: Partial<Register> = {}): Register {
  const type = `int${bits}`;
  const get = () => value;
  return { name, feature: "core", bits, type, state: "fixed", get, set: () => {}, ...more };
}

/** A register of the x87 unit that is a number. */
function control(
  name: string,
  get: (fp: States["fp"]) => bigint,
  set: (fp: States["fp"], value: bigint) => void,
): Register {
  return {
    name,
    feature: "core",
    bits: 32,
    type: "int",
    state: "fp",
    get: ({ fp }) => get(fp),
    set: ({ fp }, value) => set(fp, value),
  };
}

function stack(index: number): Register {
  return {
    name: `st${index}`,
    feature: "core",
    bits: 80,
    type: "i387_ext",
    state: "fp",
    get: ({ fp }) => fp.st[index]!,
    set: ({ fp }, value) => (fp.st[index] = value),
  };
}

function xmm(index: number): Register {
  return {
    name: `xmm${index}`,
    feature: "sse",
    bits: 128,
    type: "vec128",
    state: "vector",
    get: ({ vector }) => vector.ymm[index]! & LOW,
    set: ({ vector }, value) => (vector.ymm[index] = (vector.ymm[index]! & ~LOW) | value),
  };
}

function ymmHigh(index: number): Register {
  return {
    name: `ymm${index}h`,
    feature: "avx",
    bits: 128,
    type: "uint128",
    state: "vector",
    get: ({ vector }) => vector.ymm[index]! >> 128n,
    set: ({ vector }, value) => (vector.ymm[index] = (vector.ymm[index]! & LOW) | (value << 128n)),
  };
}

const EIGHT = Array.from({ length: 8 }, (_, index) => index);
const SIXTEEN = Array.from({ length: 16 }, (_, index) => index);

/** All registers, in the order of their numbers. */
export const REGISTERS: readonly Register[] = [
  ...GENERAL.map((name) => general(name)),
  general("rflags", { name: "eflags", bits: 32, type: "i386_eflags" }),
  ...Object.entries(SELECTORS).map(([name, value]) => fixed(name, 32, value)),
  ...EIGHT.map(stack),
  control(
    "fctrl",
    ({ fcw }) => BigInt(fcw),
    (fp, value) => (fp.fcw = low(value)),
  ),
  control(
    "fstat",
    ({ fsw }) => BigInt(fsw),
    (fp, value) => (fp.fsw = low(value)),
  ),
  control("ftag", tagsOf, (fp, value) => (fp.ftw = usedOf(value))),
  fixed("fiseg", 32, 0n, { type: "int" }),
  control(
    "fioff",
    ({ fip }) => BigInt.asUintN(32, fip),
    (fp, value) => (fp.fip = value),
  ),
  fixed("foseg", 32, 0n, { type: "int" }),
  control(
    "fooff",
    ({ fdp }) => BigInt.asUintN(32, fdp),
    (fp, value) => (fp.fdp = value),
  ),
  control(
    "fop",
    ({ fop }) => BigInt(fop),
    (fp, value) => (fp.fop = low(value)),
  ),
  ...SIXTEEN.map(xmm),
  {
    name: "mxcsr",
    feature: "sse",
    bits: 32,
    type: "i386_mxcsr",
    state: "vector",
    get: ({ vector }) => BigInt(vector.mxcsr),
    set: ({ vector }, value) => (vector.mxcsr = Number(value)),
  },
  // Of a thread that is in no system call, as far as gdb is concerned.
  fixed("orig_rax", 64, (1n << 64n) - 1n, { feature: "linux", type: "int" }),
  general("fsBase", { name: "fs_base", feature: "segments", type: "int" }),
  general("gsBase", { name: "gs_base", feature: "segments", type: "int" }),
  ...SIXTEEN.map(ymmHigh),
];

/** Where each begins among the bytes of all. */
export const OFFSETS: readonly number[] = REGISTERS.map((_, index) =>
  REGISTERS.slice(0, index).reduce((sum, { bits }) => sum + bits / 8, 0),
);

/** The registers of one thread, read when they are asked for. */
export class RegisterFile {
  readonly #thread: DebuggedThread;
  readonly #states: { [name in keyof States]?: States[name] | undefined } = {};
  /** States of the vector and x87 units that a thread which has not begun does not have. */
  readonly #missing = new Set<string>();
  readonly #changed = new Set<Register["state"]>();

  constructor(thread: DebuggedThread) {
    this.#thread = thread;
  }

  /** A register in hexadecimal, its lowest byte first; `x` for each digit that is not known. */
  get(register: Register): string {
    const digits = register.bits / 4;
    if (!this.#has(register)) return "x".repeat(digits);
    const value = register.get(this.#states as States);
    if (digits <= WORD_DIGITS) return littleEndian(value, digits);
    return littleEndian(value, WORD_DIGITS) + littleEndian(value >> 64n, digits - WORD_DIGITS);
  }

  /** Changes a register, and nothing of its thread. */
  set(register: Register, bytes: Uint8Array): void {
    if (!this.#has(register)) return;
    const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    if (register.get(this.#states as States) === value) return;
    if (register.state === "general" && !this.#changed.has("general")) {
      // They are the thread's until then.
      this.#states.general = { ...this.#thread.registers };
    }
    register.set(this.#states as States, value);
    this.#changed.add(register.state);
  }

  /**
   * Makes the changes the thread's.
   *
   * @throws ZxError for what it cannot have
   */
  apply(): void {
    const { general: registers, fp, vector } = this.#states;
    const { thread } = this.#thread;
    if (this.#changed.has("general")) this.#thread.setRegisters(registers!);
    if (this.#changed.has("fp")) thread.writeFpState(fp!);
    if (this.#changed.has("vector")) thread.writeVectorState(vector!);
  }

  #has({ state }: Register): boolean {
    const { thread } = this.#thread;
    switch (state) {
      case "fixed":
        return true;
      case "general":
        this.#states.general ??= this.#thread.registers;
        return true;
      case "fp":
        this.#states.fp ??= this.#known("fp", () => {
          const fp = thread.readFpState();
          return { ...fp, st: [...fp.st] };
        });
        return this.#states.fp !== undefined;
      case "vector":
        this.#states.vector ??= this.#known("vector", () => {
          const { ymm, mxcsr } = thread.readVectorState();
          return { ymm: [...ymm], mxcsr };
        });
        return this.#states.vector !== undefined;
    }
  }

  #known<T>(name: string, read: () => T): T | undefined {
    if (this.#missing.has(name)) return undefined;
    try {
      return read();
    } catch (error) {
      if (statusOf(error) !== ZxStatus.NOT_SUPPORTED) throw error;
      this.#missing.add(name);
      return undefined;
    }
  }
}

function low(value: bigint): number {
  return Number(BigInt.asUintN(16, value));
}

/** How the x87 unit says what is in a register: something, zero, none that counts, nothing. */
const VALID = 0n;
const ZERO = 1n;
const ODD = 2n;
const EMPTY = 3n;

/** Tags of two bits for each register, of the bit that is left of them. */
function tagsOf({ ftw, fsw, st }: States["fp"]): bigint {
  const top = (fsw >> 11) & 7;
  return EIGHT.reduce((tags, index) => {
    const value = st[(index - top) & 7]!;
    const tag = (ftw & (1 << index)) === 0 ? EMPTY : kindOf(value);
    return tags | (tag << BigInt(2 * index));
  }, 0n);
}

function kindOf(value: bigint): bigint {
  const exponent = (value >> 64n) & 0x7fffn;
  if (exponent === 0n) return BigInt.asUintN(64, value) === 0n ? ZERO : ODD;
  const isNormal = (value >> 63n) & 1n;
  return exponent === 0x7fffn || isNormal === 0n ? ODD : VALID;
}

function usedOf(tags: bigint): number {
  return EIGHT.reduce(
    (used, index) => used | (((tags >> BigInt(2 * index)) & 3n) === EMPTY ? 0 : 1 << index),
    0,
  );
}
