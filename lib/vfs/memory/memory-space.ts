import { ZxStatus } from "../../base/status.js";
import { refusal } from "../refusal.js";

/** Bytes that an entry counts for, whatever it holds. */
export const ENTRY_SIZE = 512;

/** How much a directory in memory may hold, with all that is below it. */
export class MemorySpace {
  #free: number;
  #lastId = 0n;

  constructor(capacity: number) {
    this.#free = capacity;
  }

  get free(): number {
    return this.#free;
  }

  /** A number for a node, which no other has or had. */
  nextId(): bigint {
    this.#lastId += 1n;
    return this.#lastId;
  }

  /** @throws `ZirconiaError` `NO_SPACE` */
  take(bytes: number): void {
    if (bytes > this.#free) {
      throw refusal(ZxStatus.NO_SPACE);
    }
    this.#free -= bytes;
  }

  give(bytes: number): void {
    this.#free += bytes;
  }
}

/** The time as files have it: nanoseconds since 1970. */
export function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
