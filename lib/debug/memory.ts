import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Process } from "../handles/process.js";

/** The instruction that a breakpoint is. */
const BREAKPOINT = Uint8Array.of(0xcc);

/** The memory of a process as its program knows it: breakpoints are in it, and are not seen. */
export class DebuggedMemory {
  readonly #process: Process;
  /** What is there in place of breakpoints, by their addresses. */
  readonly #originals = new Map<bigint, number>();

  constructor(process: Process) {
    this.#process = process;
  }

  /** Up to `length` bytes, as far as there are any. */
  read(address: bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let count = 0;
    while (count < length) {
      const part = this.#part(address + BigInt(count), length - count);
      if (part.length === 0) break;
      bytes.set(part, count);
      count += part.length;
    }
    for (const [at, original] of this.#originals) {
      const index = at - address;
      if (index >= 0n && index < BigInt(count)) bytes[Number(index)] = original;
    }
    return bytes.subarray(0, count);
  }

  /**
   * Writes all of the bytes.
   *
   * @throws ZxError where nothing is mapped; what is before that is written
   */
  write(address: bigint, bytes: Uint8Array): void {
    const written = bytes.slice();
    for (const [at] of this.#originals) {
      const index = Number(at - address);
      if (index < 0 || index >= bytes.length) continue;
      this.#originals.set(at, bytes[index]!);
      written[index] = BREAKPOINT[0]!;
    }
    for (let count = 0; count < written.length;) {
      count += this.#process.writeMemory(address + BigInt(count), written.subarray(count));
    }
  }

  /** Whether there is a breakpoint. */
  hasBreakpoint(address: bigint): boolean {
    return this.#originals.has(address);
  }

  /**
   * Puts a breakpoint there.
   *
   * @throws ZxError where nothing is mapped, and in the vDSO
   */
  insertBreakpoint(address: bigint): void {
    if (this.#originals.has(address)) return;
    const [original] = this.#process.readMemory(address, 1);
    this.#process.writeMemory(address, BREAKPOINT);
    this.#originals.set(address, original!);
  }

  /** Takes the breakpoint away. */
  removeBreakpoint(address: bigint): void {
    const original = this.#originals.get(address);
    if (original === undefined) return;
    this.#originals.delete(address);
    try {
      this.#process.writeMemory(address, Uint8Array.of(original));
    } catch (error) {
      // What is unmapped has none.
      if (!isAbsent(error)) throw error;
    }
  }

  /** Takes all of them away. */
  removeBreakpoints(): void {
    for (const address of this.#originals.keys()) this.removeBreakpoint(address);
  }

  #part(address: bigint, length: number): Uint8Array {
    try {
      return this.#process.readMemory(BigInt.asUintN(64, address), length);
    } catch (error) {
      if (isAbsent(error)) return new Uint8Array();
      throw error;
    }
  }
}

/** Where nothing is, or is any more. */
function isAbsent(error: unknown): boolean {
  const status = statusOf(error);
  return (
    status === ZxStatus.NO_MEMORY ||
    status === ZxStatus.OUT_OF_RANGE ||
    status === ZxStatus.BAD_STATE ||
    status === ZxStatus.INVALID_ARGS
  );
}
