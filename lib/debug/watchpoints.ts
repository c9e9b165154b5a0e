import type { DebugRegisters } from "../zx/thread-state.js";
import { ProtocolError } from "./protocol-error.js";
import type { Stop, WatchKind } from "./stop.js";

/** What debug registers are asked to stop at. */
export type HardwareKind = "execute" | WatchKind;

/** An address that they stop at, with up to eight bytes. */
interface Watched {
  readonly kind: HardwareKind;
  readonly address: bigint;
  readonly length: number;
  /** What was asked for, of which this may be a part. */
  readonly of: string;
  readonly first: bigint;
}

/** How many addresses there are. */
const COUNT = 4;
/** Bits of `dr7` for each kind. Reads alone cannot be watched: gdb leaves writes out by itself. */
const KINDS: Readonly<Record<HardwareKind, bigint>> = {
  execute: 0n,
  watch: 1n,
  rwatch: 3n,
  awatch: 3n,
};
/** The same for each length. */
const LENGTHS = new Map<number, bigint>([
  [1, 0n],
  [2, 1n],
  [4, 3n],
  [8, 2n],
]);

/** What the debug registers of all threads of a process are to have. */
export class Watchpoints {
  #watched: readonly Watched[] = [];

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#watched.length === 0;
  }

  /** The registers. */
  get registers(): DebugRegisters {
    const dr = Array.from({ length: COUNT }, (_, index) => this.#watched[index]?.address ?? 0n);
    const dr7 = this.#watched.reduce((bits, { kind, length }, index) => {
      const what = KINDS[kind] | (LENGTHS.get(length)! << 2n);
      return bits | (1n << BigInt(2 * index)) | (what << BigInt(16 + 4 * index));
    }, 0n);
    return { dr, dr6: 0n, dr7 };
  }

  /**
   * The same with one more.
   *
   * @throws {@link ProtocolError} for more than there is room for
   */
  with(kind: HardwareKind, address: bigint, length: number): Watchpoints {
    const of = nameOf(kind, address, length);
    if (this.#watched.some((watched) => watched.of === of)) return this;
    const parts = kind === "execute" ? [{ address, length: 1 }] : [...partsOf(address, length)];
    const more = parts.map((part): Watched => {
      const { address: at, length: size } = part;
      return { address: at, length: size, kind, of, first: address };
    });
    return this.#like([...this.#watched, ...more]);
  }

  /** The same without one. */
  without(kind: HardwareKind, address: bigint, length: number): Watchpoints {
    const of = nameOf(kind, address, length);
    return this.#like(this.#watched.filter((watched) => watched.of !== of));
  }

  /** What has been hit, as `dr6` has it. */
  stopOf(dr6: bigint): Stop | undefined {
    const hit = this.#watched.find((_, index) => ((dr6 >> BigInt(index)) & 1n) !== 0n);
    if (hit === undefined) return undefined;
    return hit.kind === "execute"
      ? { kind: "breakpoint", hardware: true }
      : { kind: "watchpoint", watch: hit.kind, address: hit.first };
  }

  #like(watched: readonly Watched[]): Watchpoints {
    if (watched.length > COUNT) {
      throw new ProtocolError(`the processor watches ${COUNT} addresses, of 8 bytes each`);
    }
    const watchpoints = new Watchpoints();
    watchpoints.#watched = watched;
    return watchpoints;
  }
}

function nameOf(kind: HardwareKind, address: bigint, length: number): string {
  return `${kind} ${address} ${length}`;
}

/** A range in parts that each register can watch: 1, 2, 4 or 8 bytes, at a multiple of that. */
function* partsOf(address: bigint, length: number): Generator<{ address: bigint; length: number }> {
  const end = address + BigInt(length);
  let count = 0;
  for (let at = address; at < end && count <= COUNT; count++) {
    const size = [8, 4, 2, 1].find((size) => at % BigInt(size) === 0n && at + BigInt(size) <= end)!;
    yield { address: at, length: size };
    at += BigInt(size);
  }
}
