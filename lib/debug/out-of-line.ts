import type { DebuggedProcess } from "./debugged-process.js";
import { codeEndOf, imageOf } from "./image.js";
import { instructionIn, MAX_LENGTH } from "./instruction.js";
import { MAX_RELOCATED, type Place, relocate } from "./relocate.js";

const PAGE = 4096n;
/** What linkers fill the rest of a page with: nothing, or traps. */
const FILLINGS = new Set([0x00, 0xcc]);

/** Where code is in place of an instruction. */
interface Slot {
  readonly address: bigint;
  /** The instruction, as it was. */
  readonly original: Uint8Array;
}

/**
 * Executes instructions that have breakpoints in their places, elsewhere: in the rest of the last page of
 * their image's code, which nothing else uses. No breakpoint is lifted for those, and no thread has to wait.
 *
 * What is written there stays as long as a thread may be there. Debuggers do not see it in the program's
 * memory, nor in a thread's registers that it is there.
 */
export class OutOfLine {
  readonly #process: DebuggedProcess;
  /** By the addresses of their instructions; `undefined` where there can be none. */
  readonly #slots = new Map<bigint, Slot | undefined>();
  /** Where threads are that are in a slot. */
  readonly #places = new Map<bigint, Place & { readonly slot: bigint }>();
  /** What is free of each rest of a page, by where that ends. */
  readonly #free = new Map<bigint, bigint>();

  constructor(process: DebuggedProcess) {
    this.#process = process;
  }

  /** Where a thread can execute the instruction at an address, if it can elsewhere. */
  slotOf(address: bigint): bigint | undefined {
    const { memory } = this.#process;
    if (!this.#slots.has(address)) this.#slots.set(address, this.#make(address));
    const slot = this.#slots.get(address);
    if (slot === undefined) return undefined;
    // The program may have changed it, or have unmapped all and mapped something else.
    const isSame = Buffer.compare(memory.read(address, slot.original.length), slot.original) === 0;
    return isSame && memory.isCovered(slot.address) ? slot.address : undefined;
  }

  /**
   * Where in its program a thread is, if it is in a slot.
   *
   * @param isSure whether what it is in cannot have become something else
   */
  placeOf(rip: bigint, isSure: boolean): Place | undefined {
    const place = this.#places.size === 0 ? undefined : this.#places.get(rip);
    if (place === undefined) return undefined;
    return isSure || this.#process.memory.isCovered(place.slot) ? place : undefined;
  }

  #make(address: bigint): Slot | undefined {
    const bytes = this.#process.memory.read(address, MAX_LENGTH);
    const instruction = instructionIn(bytes);
    const at = instruction && this.#room(address);
    if (instruction === undefined || at === undefined) return undefined;
    const relocated = relocate(instruction, bytes, address, at);
    if (relocated === undefined || !this.#process.memory.cover(at, relocated.code))
      return undefined;
    for (const [offset, place] of relocated.places) {
      this.#places.set(at + BigInt(offset), { ...place, slot: at });
    }
    return { address: at, original: bytes.slice(0, instruction.length) };
  }

  /** Takes room for code near an address. */
  #room(address: bigint): bigint | undefined {
    const image = imageOf(this.#process, address);
    const end = image && codeEndOf(this.#process, image, address);
    if (end === undefined) return undefined;
    const limit = (end + PAGE - 1n) & -PAGE;
    // Behind the trap of a breakpoint at the last byte, or at where a call there would return to, a thread
    // is in no slot.
    let at = this.#free.get(limit) ?? end + 2n;
    let next: bigint;
    // Another server may have left copies there.
    for (; (next = at + BigInt(MAX_RELOCATED)) <= limit; at = next) {
      const [first, ...others] = this.#process.memory.read(at, MAX_RELOCATED);
      const isFilling = others.every((byte) => byte === first) && FILLINGS.has(first!);
      this.#free.set(limit, next);
      if (isFilling && others.length === MAX_RELOCATED - 1) return at;
    }
    return undefined;
  }
}
