import type { Instruction } from "./instruction.js";

/** Bytes of relocated code, at most. */
export const MAX_RELOCATED = 24;

/** Where a thread is in its program. */
export interface Place {
  readonly address: bigint;
  /** Whether it has executed the instruction that it was sent elsewhere for. */
  readonly isBehind: boolean;
}

/** Code that does what an instruction does at another address, and then goes on where that would. */
export interface Relocated {
  readonly code: Uint8Array;
  /** Where each instruction of it begins, and where in the program a thread is there. */
  readonly places: ReadonlyMap<number, Place>;
}

const JUMP = 0xe9;
const CONDITION = [0x0f, 0x80];
/** To push what is so far behind the instruction. */
const PUSH = [0xff, 0x35];
const JUMP_SIZE = 5;

/**
 * What does at `to` what an instruction does at `from`.
 *
 * A call pushes where it would return to, which is behind the code, and jumps: no other instruction
 * shows where it was executed. Its registers, flags and memory, and what it faults at, are those of the
 * instruction itself.
 *
 * @param bytes the instruction's
 * @returns `undefined` where something is too far away
 */
export function relocate(
  { length, operand, branch }: Instruction,
  bytes: Uint8Array,
  from: bigint,
  to: bigint,
): Relocated | undefined {
  const next = from + BigInt(length);
  const writer = new Writer(to);
  const places = new Map<number, Place>([[0, { address: from, isBehind: false }]]);
  const goOn = (address: bigint) => {
    if (writer.length > 0) places.set(writer.length, { address, isBehind: true });
    writer.put(JUMP).toward(address);
  };
  if (branch === undefined) {
    writer.put(...bytes.subarray(0, length));
    if (operand !== undefined) writer.move(operand, from - to);
    goOn(next);
  } else {
    const target = BigInt.asUintN(64, next + BigInt(branch.displacement));
    if (branch.kind === "condition") {
      writer.put(CONDITION[0]!, CONDITION[1]! | branch.condition).toward(target);
      goOn(next);
    } else if (branch.kind === "call") {
      writer.put(...PUSH, JUMP_SIZE, 0, 0, 0);
      goOn(target);
      writer.address(next);
    } else {
      goOn(target);
    }
  }
  return writer.isApart ? undefined : { code: writer.code, places };
}

class Writer {
  /** Whether something is too far away. */
  isApart = false;
  readonly #to: bigint;
  readonly #view = new DataView(new ArrayBuffer(MAX_RELOCATED));
  #length = 0;

  constructor(to: bigint) {
    this.#to = to;
  }

  get length(): number {
    return this.#length;
  }

  get code(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#length);
  }

  put(...bytes: number[]): this {
    for (const byte of bytes) this.#view.setUint8(this.#length++, byte);
    return this;
  }

  /** The last 32 bits of an instruction, by which it reaches an address. */
  toward(address: bigint): void {
    this.#length += 4;
    this.#displace(this.#length - 4, address - (this.#to + BigInt(this.#length)));
  }

  address(address: bigint): void {
    this.#view.setBigUint64(this.#length, address, true);
    this.#length += 8;
  }

  /** Adds to 32 bits that are there. */
  move(at: number, more: bigint): void {
    this.#displace(at, BigInt(this.#view.getInt32(at, true)) + more);
  }

  #displace(at: number, displacement: bigint): void {
    this.isApart ||= displacement !== BigInt.asIntN(32, displacement);
    this.#view.setInt32(at, Number(BigInt.asIntN(32, displacement)), true);
  }
}
