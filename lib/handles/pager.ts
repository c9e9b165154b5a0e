import { checkStatus } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkU32, checkU64, invalidValue } from "../base/validate.js";
import { WireReader } from "../base/wire.js";
import { Handle } from "./handle.js";
import { Port } from "./port.js";
import { checkHandle } from "./take.js";
import { Vmo } from "./vmo.js";

/** Operations of `zx_pager_op_range` (`ZX_PAGER_OP_*`). */
export const PagerOp = Object.freeze({
  /** Requests for the range have failed. */
  Fail: 1,
  /** The range may be written. */
  Dirty: 2,
  /** What is dirty in the range is being written back. */
  WritebackBegin: 3,
  /** It has been. */
  WritebackEnd: 4,
} as const);

/** With what {@link Pager.failPages} may fail. */
export type PageFailure =
  "IO" | "IO_DATA_INTEGRITY" | "BAD_STATE" | "NO_SPACE" | "BUFFER_TOO_SMALL";

const FAILURES: readonly string[] = [
  "IO",
  "IO_DATA_INTEGRITY",
  "BAD_STATE",
  "NO_SPACE",
  "BUFFER_TOO_SMALL",
] satisfies PageFailure[];

/** `zx_vmo_dirty_range_t`, in bytes. */
export interface DirtyRange {
  readonly offset: bigint;
  readonly length: bigint;
  /** Nobody has written there: the VMO has grown, and is zero. */
  readonly zero: boolean;
}

const DIRTY_RANGE_IS_ZERO = 1n;
const RESET_VMO_STATS = 1;

/** Ranges of one call. */
const RANGES = 128;
const RANGE_SIZE = 24;
const rangesRead = new Uint8Array(RANGES * RANGE_SIZE);

/**
 * Supplies the pages of VMOs when somebody needs them. What is needed, and what is to be written, comes
 * to a port as {@link PageRequestPacket}; who needs it waits until the pager has answered.
 *
 * Ranges are in bytes, and whole pages of 4,096.
 *
 * @example
 * ```ts
 * import { Kernel } from "zirconia";
 *
 * using kernel = new Kernel();
 * const [pager, port] = [kernel.createPager(), kernel.createPort()];
 * const file = pager.createVmo(port, 7n, 8192n);
 * const reader = file.prefetch(4096n, 5n).then(() => file.read(4096n, 5));
 *
 * const request = await port.wait();
 * if (request.type === "pageRequest" && request.command === "read") {
 *   const pages = kernel.createVmo(request.length);
 *   pages.write(0n, Buffer.from("hello"));
 *   pager.supplyPages(file, request.offset, request.length, pages, 0n);
 * }
 * console.log(Buffer.from(await reader).toString());
 * ```
 */
export class Pager extends Handle {
  /**
   * `zx_pager_create_vmo`: a VMO none of whose pages is there. Needs ATTACH_VMO, and WRITE on the port.
   *
   * @param key of the packets that come to the port
   * @param size rounded up to pages
   * @param options RESIZABLE, TRAP_DIRTY and UNBOUNDED of {@link VmoOptions}; the second has a write to
   * a clean page wait for {@link Pager.allowWrites}
   * @throws {@link ZxError} `ACCESS_DENIED` by policy, and for either handle; `BAD_HANDLE`;
   * `INVALID_ARGS` for options that are not for pagers or do not go together; `OUT_OF_RANGE`;
   * `NO_MEMORY`
   */
  createVmo(port: Port, key: bigint, size: bigint, options = 0): Vmo {
    checkHandle("port", port, Port);
    checkU64("key", key);
    checkU64("size", size);
    checkU32("options", options);
    const { id } = this.context;
    const to = port.valueIn(this.context, "port");
    const vmo = this.native.pagerCreateVmo(id, this.value, options, to, key, size);
    return new Vmo(this.context, checkStatus("zx_pager_create_vmo", vmo));
  }

  /**
   * `zx_pager_detach_vmo`: nothing more is asked for it, and who waits for its pages fails with
   * `BAD_STATE`. What is dirty stays; the rest goes. The last packet has the command `complete`. Needs
   * ATTACH_VMO and MANAGE_VMO, and WRITE on the VMO.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for a VMO of another
   */
  detachVmo(vmo: Vmo): void {
    const status = this.native.pagerDetachVmo(this.context.id, this.value, this.#valueOf(vmo));
    checkStatus("zx_pager_detach_vmo", status);
  }

  /**
   * `zx_pager_supply_pages`: moves pages of `aux` to where the VMO has none; all of the range of `aux`
   * reads as zero afterwards. Needs MANAGE_VMO, WRITE on the VMO, READ and WRITE on `aux`.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for offsets or a length within pages, and for a VMO of
   * another; `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of either range exists;
   * `NOT_SUPPORTED` for an `aux` with a pager; `BAD_STATE` for a VMO that is detached; `NO_MEMORY`
   */
  supplyPages(vmo: Vmo, offset: bigint, length: bigint, aux: Vmo, auxOffset: bigint): void {
    const to = this.#valueOf(vmo);
    checkU64("offset", offset);
    checkU64("length", length);
    checkHandle("aux", aux, Vmo);
    checkU64("auxOffset", auxOffset);
    const { native, context, value } = this;
    const from = aux.valueIn(context, "aux");
    const status = native.pagerSupplyPages(context.id, value, to, offset, length, from, auxOffset);
    checkStatus("zx_pager_supply_pages", status);
  }

  /**
   * `zx_pager_op_range` with FAIL: who waits for a page of the range gets this error, a program that
   * accesses it ends. They may try again. Needs MANAGE_VMO, and WRITE on the VMO.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for an offset or a length within pages, and for a VMO of
   * another; `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE`; `BAD_STATE` for a VMO that is detached
   */
  failPages(vmo: Vmo, offset: bigint, length: bigint, failure: PageFailure = "IO"): void {
    if (!FAILURES.includes(failure)) {
      throw invalidValue("failure", `must be one of ${FAILURES.join(", ")}`, failure);
    }
    this.#opRange(PagerOp.Fail, vmo, offset, length, BigInt(ZxStatus[failure]));
  }

  /**
   * `zx_pager_op_range` with DIRTY: lets the pages be written that a packet with the command `dirty` asks
   * for. Needs MANAGE_VMO, and WRITE on the VMO.
   *
   * @throws {@link ZxError} as {@link Pager.failPages}; `NOT_SUPPORTED` without TRAP_DIRTY; `NOT_FOUND`
   * if a page is not there
   */
  allowWrites(vmo: Vmo, offset: bigint, length: bigint): void {
    this.#opRange(PagerOp.Dirty, vmo, offset, length, 0n);
  }

  /**
   * `zx_pager_op_range` with WRITEBACK_BEGIN, before what is dirty in the range is read and written to
   * where it comes from. What programs write from here on stays dirty. Needs MANAGE_VMO, and WRITE on the
   * VMO.
   *
   * @param zero write back what {@link Pager.dirtyRanges} has told is zero, and nothing else
   * @throws {@link ZxError} `INVALID_ARGS` for an offset or a length within pages, and for a VMO of
   * another; `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE`
   */
  beginWriteback(vmo: Vmo, offset: bigint, length: bigint, zero = false): void {
    const data = zero ? DIRTY_RANGE_IS_ZERO : 0n;
    this.#opRange(PagerOp.WritebackBegin, vmo, offset, length, data);
  }

  /**
   * `zx_pager_op_range` with WRITEBACK_END: what {@link Pager.beginWriteback} has begun is clean, unless
   * it has been written since. Needs MANAGE_VMO, and WRITE on the VMO.
   *
   * @throws {@link ZxError} as {@link Pager.beginWriteback}
   */
  endWriteback(vmo: Vmo, offset: bigint, length: bigint): void {
    this.#opRange(PagerOp.WritebackEnd, vmo, offset, length, 0n);
  }

  /**
   * `zx_pager_query_dirty_ranges`, as often as it takes: what has been written and not been written back,
   * ascending. Needs MANAGE_VMO, and READ on the VMO.
   *
   * @param length to the end of the VMO, by default
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for a VMO of another;
   * `OUT_OF_RANGE`
   */
  dirtyRanges(vmo: Vmo, offset = 0n, length?: bigint): DirtyRange[] {
    const value = this.#valueOf(vmo);
    checkU64("offset", offset);
    if (length !== undefined) {
      checkU64("length", length);
    }
    const size = vmo.getSize();
    let rest = length ?? (offset < size ? size - offset : 0n);
    const ranges: DirtyRange[] = [];
    for (let at = offset, more = true; more;) {
      const { native, context } = this;
      const count = checkStatus(
        "zx_pager_query_dirty_ranges",
        native.pagerQueryDirtyRanges(context.id, this.value, value, at, rest, rangesRead),
      );
      const reader = new WireReader(rangesRead);
      for (let index = 0; index < Math.min(count, RANGES); index++) {
        const [start, bytes, options] = [reader.u64(), reader.u64(), reader.u64()];
        ranges.push({ offset: start, length: bytes, zero: options === DIRTY_RANGE_IS_ZERO });
      }
      more = count > RANGES;
      if (more) {
        const last = ranges.at(-1)!;
        const next = last.offset + last.length;
        [at, rest] = [next, at + rest - next];
      }
    }
    return ranges;
  }

  /**
   * `zx_pager_query_vmo_stats`: whether the VMO has been written, zeroed or resized, since it was made or
   * since a call that has reset that. Needs MANAGE_VMO, and READ on the VMO.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for a VMO of another
   */
  isModified(vmo: Vmo, reset = false): boolean {
    const { native, context, value } = this;
    const options = reset ? RESET_VMO_STATS : 0;
    const modified = native.pagerQueryVmoStats(context.id, value, this.#valueOf(vmo), options);
    return checkStatus("zx_pager_query_vmo_stats", modified) !== 0;
  }

  #opRange(op: number, vmo: Vmo, offset: bigint, length: bigint, data: bigint): void {
    const value = this.#valueOf(vmo);
    checkU64("offset", offset);
    checkU64("length", length);
    const { native, context } = this;
    const unsigned = BigInt.asUintN(64, data);
    const status = native.pagerOpRange(context.id, this.value, op, value, offset, length, unsigned);
    checkStatus("zx_pager_op_range", status);
  }

  #valueOf(vmo: Vmo): number {
    return checkHandle("vmo", vmo, Vmo).valueIn(this.context, "vmo");
  }
}
