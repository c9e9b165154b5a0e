import { jsonable } from "../base/json.js";
import {
  checkArray,
  checkInteger,
  checkU32,
  checkU64,
  invalidType,
  outOfRange,
} from "../base/validate.js";

/** Numbers of the kinds of registers (`ZX_THREAD_STATE_*`). */
export const StateKind = Object.freeze({
  GENERAL: 0,
  FP: 1,
  VECTOR: 2,
  DEBUG: 4,
  SINGLE_STEP: 5,
} as const);

/** The registers of the x87 unit (`zx_x86_64_thread_state_fp_regs_t`). */
export interface FpRegisters {
  /** The control word, of 16 bits. */
  readonly fcw: number;
  /** The status word, of 16 bits. */
  readonly fsw: number;
  /** A bit for each of the eight registers that holds something. */
  readonly ftw: number;
  /** The last opcode, of 16 bits. */
  readonly fop: number;
  /** The address of the last instruction. */
  readonly fip: bigint;
  /** The address of its operand. */
  readonly fdp: bigint;
  /** st0 to st7: eight numbers of 80 bits. */
  readonly st: readonly bigint[];
}

/** The registers of the vector unit, as far as Zircon knows them. */
export interface VectorRegisters {
  /** ymm0 to ymm15: sixteen numbers of 256 bits. */
  readonly ymm: readonly bigint[];
  /** Control and status. */
  readonly mxcsr: number;
}

/** The registers for breakpoints and watchpoints (`zx_x86_64_thread_state_debug_regs_t`). */
export interface DebugRegisters {
  /** dr0 to dr3: the addresses. */
  readonly dr: readonly bigint[];
  /** What has been hit. */
  readonly dr6: bigint;
  /** Which addresses are watched, and for what. */
  readonly dr7: bigint;
}

/** Bytes of the states. */
export const FP_SIZE = 160;
export const VECTOR_SIZE = 2120;
export const DEBUG_SIZE = 48;

const U16_MAX = 0xffff;
const ST = { at: 32, stride: 16, count: 8, bits: 80 };
const YMM = { at: 0, stride: 64, count: 16, bits: 256 };
const MXCSR_AT = 2112;

/** Registers of more than 64 bits in a row. */
type Wide = typeof ST;

/** x87 registers from the kernel's bytes. */
export function fpRegistersOf(bytes: Uint8Array): FpRegisters {
  const view = viewOf(bytes);
  return jsonable({
    fcw: view.getUint16(0, true),
    fsw: view.getUint16(2, true),
    ftw: view.getUint8(4),
    fop: view.getUint16(6, true),
    fip: view.getBigUint64(8, true),
    fdp: view.getBigUint64(16, true),
    st: readWide(view, ST),
  });
}

/** The kernel's bytes of x87 registers, which are checked. */
export function fpBytesOf(name: string, registers: FpRegisters): Uint8Array {
  checkObject(name, registers);
  const bytes = new Uint8Array(FP_SIZE);
  const view = viewOf(bytes);
  const { fcw, fsw, ftw, fop, fip, fdp, st } = registers;
  view.setUint16(0, checkInteger(`${name}.fcw`, fcw, U16_MAX), true);
  view.setUint16(2, checkInteger(`${name}.fsw`, fsw, U16_MAX), true);
  view.setUint8(4, checkInteger(`${name}.ftw`, ftw, 0xff));
  view.setUint16(6, checkInteger(`${name}.fop`, fop, U16_MAX), true);
  view.setBigUint64(8, checkU64(`${name}.fip`, fip), true);
  view.setBigUint64(16, checkU64(`${name}.fdp`, fdp), true);
  writeWide(view, ST, `${name}.st`, st);
  return bytes;
}

/** Vector registers from the kernel's bytes. */
export function vectorRegistersOf(bytes: Uint8Array): VectorRegisters {
  const view = viewOf(bytes);
  return jsonable({ ymm: readWide(view, YMM), mxcsr: view.getUint32(MXCSR_AT, true) });
}

/** The kernel's bytes of vector registers, which are checked. */
export function vectorBytesOf(name: string, registers: VectorRegisters): Uint8Array {
  checkObject(name, registers);
  const bytes = new Uint8Array(VECTOR_SIZE);
  const view = viewOf(bytes);
  writeWide(view, YMM, `${name}.ymm`, registers.ymm);
  view.setUint32(MXCSR_AT, checkU32(`${name}.mxcsr`, registers.mxcsr), true);
  return bytes;
}

/** Debug registers from the kernel's bytes. */
export function debugRegistersOf(bytes: Uint8Array): DebugRegisters {
  const words = Array.from({ length: DEBUG_SIZE / 8 }, (_, index) =>
    viewOf(bytes).getBigUint64(8 * index, true),
  );
  return jsonable({ dr: words.slice(0, 4), dr6: words[4]!, dr7: words[5]! });
}

/** The kernel's bytes of debug registers, which are checked. */
export function debugBytesOf(name: string, registers: DebugRegisters): Uint8Array {
  checkObject(name, registers);
  const bytes = new Uint8Array(DEBUG_SIZE);
  const view = viewOf(bytes);
  const addresses = checkCount(`${name}.dr`, registers.dr, 4);
  addresses.forEach((address, index) =>
    view.setBigUint64(8 * index, checkU64(`${name}.dr[${index}]`, address), true),
  );
  view.setBigUint64(32, checkU64(`${name}.dr6`, registers.dr6), true);
  view.setBigUint64(40, checkU64(`${name}.dr7`, registers.dr7), true);
  return bytes;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function checkObject(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) {
    throw invalidType(name, "an object", value);
  }
}

function checkCount(name: string, values: unknown, count: number): readonly unknown[] {
  const array = checkArray(name, values);
  if (array.length !== count) {
    throw outOfRange(`${name}.length`, `= ${count}`, array.length);
  }
  return array;
}

function readWide(view: DataView, { at, stride, count, bits }: Wide): bigint[] {
  return Array.from({ length: count }, (_, index) => {
    let value = 0n;
    for (let word = Math.ceil(bits / 64) - 1; word >= 0; word--) {
      value = (value << 64n) | view.getBigUint64(at + stride * index + 8 * word, true);
    }
    return BigInt.asUintN(bits, value);
  });
}

function writeWide(view: DataView, wide: Wide, name: string, values: unknown): void {
  const { at, stride, count, bits } = wide;
  checkCount(name, values, count).forEach((value, index) => {
    const item = `${name}[${index}]`;
    if (typeof value !== "bigint") {
      throw invalidType(item, "a bigint", value);
    }
    if (BigInt.asUintN(bits, value) !== value) {
      throw outOfRange(item, `>= 0 and < 2 ** ${bits}`, value);
    }
    for (let word = 0; 64 * word < bits; word++) {
      const part = BigInt.asUintN(64, value >> BigInt(64 * word));
      view.setBigUint64(at + stride * index + 8 * word, part, true);
    }
  });
}
