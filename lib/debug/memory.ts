import { statusOf } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import type { Process } from "../handles/process.js";
import { unlessRefused } from "./unless-refused.js";

/** The instruction that a breakpoint is. */
const BREAKPOINT = Uint8Array.of(0xcc);

/** Who has put a breakpoint there: the debugger, or its server. */
export type Owner = "debugger" | "server";

interface Breakpoint {
  /** The byte that it is in place of. */
  original: number;
  readonly owners: Set<Owner>;
}

/** Code that is where the program has nothing. */
interface Cover {
  readonly address: bigint;
  readonly code: Uint8Array;
  /** The bytes that it is in place of. */
  readonly original: Uint8Array;
}

/** The memory of a process as its program knows it: what debuggers put into it is not seen. */
export class DebuggedMemory {
  readonly #process: Process;
  /** By their addresses. */
  readonly #breakpoints = new Map<bigint, Breakpoint>();
  /** The same. */
  readonly #covers = new Map<bigint, Cover>();

  constructor(process: Process) {
    this.#process = process;
  }

  /** Up to `length` bytes, as far as there are any. */
  read(address: bigint, length: number): Uint8Array {
    const bytes = this.#there(address, length);
    for (const [at, { original }] of this.#breakpoints) {
      const index = at - address;
      if (index >= 0n && index < BigInt(bytes.length)) bytes[Number(index)] = original;
    }
    for (const [{ original }, offset, index] of this.#covered(address, bytes.length)) {
      bytes[index] = original[offset]!;
    }
    return bytes;
  }

  /**
   * Writes all of the bytes.
   *
   * @throws ZxError where nothing is mapped; what is before that is written
   */
  write(address: bigint, bytes: Uint8Array): void {
    const written = bytes.slice();
    for (const [at, breakpoint] of this.#breakpoints) {
      const index = Number(at - address);
      if (index < 0 || index >= bytes.length) continue;
      breakpoint.original = bytes[index]!;
      written[index] = BREAKPOINT[0]!;
    }
    for (const [{ code, original }, offset, index] of this.#covered(address, bytes.length)) {
      original[offset] = bytes[index]!;
      written[index] = code[offset]!;
    }
    for (let count = 0; count < written.length;) {
      count += this.#process.writeMemory(address + BigInt(count), written.subarray(count));
    }
  }

  /** Whether there is a breakpoint, of anybody's or of this one's. */
  hasBreakpoint(address: bigint, owner?: Owner): boolean {
    const breakpoint = this.#breakpoints.get(address);
    return breakpoint !== undefined && (owner === undefined || breakpoint.owners.has(owner));
  }

  /**
   * Puts a breakpoint there.
   *
   * @throws ZxError where nothing is mapped, and in the vDSO
   */
  insertBreakpoint(address: bigint, owner: Owner): void {
    const known = this.#breakpoints.get(address);
    if (known !== undefined) {
      known.owners.add(owner);
      return;
    }
    const [original] = this.#process.readMemory(address, 1);
    this.#process.writeMemory(address, BREAKPOINT);
    this.#breakpoints.set(address, { original: original!, owners: new Set([owner]) });
  }

  /** Puts one of the server's at a place that the program names: whether there can be one. */
  follow(address: bigint): boolean {
    return unlessRefused(() => this.insertBreakpoint(address, "server"));
  }

  /** Takes the breakpoint away, unless somebody else has put one there too. */
  removeBreakpoint(address: bigint, owner: Owner): void {
    const breakpoint = this.#breakpoints.get(address);
    if (breakpoint === undefined || !breakpoint.owners.delete(owner)) return;
    if (breakpoint.owners.size === 0) {
      this.#breakpoints.delete(address);
      this.#restore(address, breakpoint);
    }
  }

  /** Takes all of them away. */
  removeBreakpoints(): void {
    for (const [address, breakpoint] of this.#breakpoints) this.#restore(address, breakpoint);
    this.#breakpoints.clear();
  }

  /** Puts code where the program has nothing: whether it is there. */
  cover(address: bigint, code: Uint8Array): boolean {
    const original = this.#there(address, code.length);
    if (original.length < code.length) return false;
    if (!unlessRefused(() => void this.#process.writeMemory(address, code))) return false;
    this.#covers.set(address, { address, code, original });
    return this.isCovered(address);
  }

  /** Whether code that was put there still is. */
  isCovered(address: bigint): boolean {
    const cover = this.#covers.get(address);
    return cover !== undefined && this.#isThere(cover);
  }

  /** Takes all such code away. */
  uncover(): void {
    for (const cover of this.#covers.values()) {
      if (!this.#isThere(cover)) continue;
      unlessRefused(() => void this.#process.writeMemory(cover.address, cover.original));
    }
    this.#covers.clear();
  }

  /** Does something as if there were no breakpoint at an address. */
  async without(address: bigint, work: () => Promise<void>): Promise<void> {
    const breakpoint = this.#breakpoints.get(address);
    if (breakpoint !== undefined) this.#restore(address, breakpoint);
    try {
      await work();
    } finally {
      // Meanwhile it may be another's, or the process dead.
      if (breakpoint !== undefined && this.#breakpoints.get(address) === breakpoint) {
        unlessRefused(() => this.#process.writeMemory(address, BREAKPOINT));
      }
    }
  }

  /** Each byte of a range that is covered: by what, which byte of that it is, and which of the range. */
  *#covered(address: bigint, length: number): Generator<[Cover, offset: number, index: number]> {
    for (const cover of this.#covers.values()) {
      const { code } = cover;
      const isApart =
        cover.address >= address + BigInt(length) || address >= cover.address + BigInt(code.length);
      if (isApart || !this.#isThere(cover)) continue;
      const first = Number(cover.address - address);
      const end = Math.min(code.length, length - first);
      for (let offset = Math.max(0, -first); offset < end; offset++) {
        yield [cover, offset, first + offset];
      }
    }
  }

  /** Whether the program has not changed it, nor mapped something else there. */
  #isThere({ address, code }: Cover): boolean {
    return Buffer.compare(this.#there(address, code.length), code) === 0;
  }

  #restore(address: bigint, { original }: Breakpoint): void {
    // What is unmapped has none.
    unlessRefused(() => this.#process.writeMemory(address, Uint8Array.of(original)));
  }

  /** Up to `length` bytes as they are, as far as there are any. */
  #there(address: bigint, length: number): Uint8Array {
    const first = this.#part(address, length);
    if (first.length === length || first.length === 0) return first;
    const bytes = new Uint8Array(length);
    bytes.set(first);
    let count = first.length;
    while (count < length) {
      const part = this.#part(address + BigInt(count), length - count);
      if (part.length === 0) break;
      bytes.set(part, count);
      count += part.length;
    }
    return bytes.subarray(0, count);
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
    status === ZxStatus.INVALID_ARGS ||
    // A pager has it, which may be the program itself.
    status === ZxStatus.SHOULD_WAIT
  );
}
