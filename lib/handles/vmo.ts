import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { type Bytes, checkBytes, checkInteger, checkU32, checkU64 } from "../base/validate.js";
import { WireReader } from "../base/wire.js";
import { Handle } from "./handle.js";
import { Resource } from "./resource.js";
import { Stream } from "./stream.js";
import { WAIT_PENDING } from "../native/event-loop.js";
import { waitLimits, type WaitOptions } from "../zx/wait-options.js";
import { checkHandle } from "./take.js";
import { readVmoInfo, type VmoInfo } from "./vmo-info.js";

const INFO_VMO = 0x3000_0017;
const PROP_VMO_CONTENT_SIZE = 17;

/** Options of {@link Context.createVmo}. */
export const VmoOptions = Object.freeze({
  /** The VMO can be resized. */
  RESIZABLE: 1 << 1,
  /** The kernel may discard the pages while they are not locked, which this one never does. */
  DISCARDABLE: 1 << 2,
  /** For VMOs of pagers only: a clean page is written once the pager allows it. */
  TRAP_DIRTY: 1 << 3,
  /** As large as a VMO can be; the size is that of its stream only. */
  UNBOUNDED: 1 << 4,
} as const);

/** Options of {@link Vmo.createChild}: one kind, and what goes with it. */
export const VmoChildOptions = Object.freeze({
  /** A kind: copy-on-write, as if copied now. */
  SNAPSHOT: 1 << 0,
  /** The child can be resized. */
  RESIZABLE: 1 << 2,
  /** A kind: a window on the parent. */
  SLICE: 1 << 3,
  /** A kind: copy-on-write; pages are taken when the child writes at the latest. */
  SNAPSHOT_AT_LEAST_ON_WRITE: 1 << 4,
  /** The child's handle cannot write. */
  NO_WRITE: 1 << 5,
  /** A kind: the parent under another koid. */
  REFERENCE: 1 << 6,
  /** A kind: copy-on-write of the pages already modified. */
  SNAPSHOT_MODIFIED: 1 << 7,
} as const);

/** Operations of {@link Vmo.opRange} (`ZX_VMO_OP_*`). */
export const VmoOp = Object.freeze({
  /** Give memory to every page. */
  Commit: 1,
  /** Give whole pages back: they read as zero. */
  Decommit: 2,
  /** Keep the pages of a discardable VMO. */
  Lock: 3,
  /** Let the pages of a discardable VMO go. */
  Unlock: 4,
  CacheSync: 6,
  CacheInvalidate: 7,
  CacheClean: 8,
  CacheCleanInvalidate: 9,
  /** Make a range read as zero. */
  Zero: 10,
  /** As `Lock`, unless pages were discarded. */
  TryLock: 11,
  /** A hint: the pages may go. */
  DontNeed: 12,
  /** A hint: the pages should stay. */
  AlwaysNeed: 13,
  /** A hint: the pages will be read soon. */
  Prefetch: 14,
} as const);

/** The number of an operation on a range of a VMO. */
export type VmoOp = (typeof VmoOp)[keyof typeof VmoOp];

/** How mappings of a VMO are cached (`ZX_CACHE_POLICY_*`). */
export const CachePolicy = Object.freeze({
  Cached: 0,
  Uncached: 1,
  UncachedDevice: 2,
  WriteCombining: 3,
} as const);

/** The number of a cache policy. */
export type CachePolicy = (typeof CachePolicy)[keyof typeof CachePolicy];

/** `zx_vmo_lock_state_t`, in bytes. */
export interface VmoLockState {
  readonly offset: bigint;
  readonly size: bigint;
  /** Where discarded pages begin. */
  readonly discardedOffset: bigint;
  /** What from there on holds all discarded pages; 0, as this kernel discards none. */
  readonly discardedSize: bigint;
}

/** Room for the state of a lock. */
const lockState = new Uint8Array(32);

/**
 * Memory that can be read, written and mapped. Sizes and offsets are in bytes.
 *
 * @example
 * ```ts
 * import { Kernel } from "zirconia";
 *
 * using kernel = new Kernel();
 * const vmo = kernel.createVmo(4096n);
 * vmo.write(0n, Buffer.from("hello"));
 * console.log(Buffer.from(vmo.read(0n, 5)).toString());
 * ```
 */
export class Vmo extends Handle {
  /**
   * `zx_vmo_read`: `length` bytes from `offset` on. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists;
   * `SHOULD_WAIT` for what a pager has not supplied, see {@link Vmo.prefetch}
   */
  read(offset: bigint, length: number): Uint8Array {
    checkU64("offset", offset);
    checkInteger("length", length, Number.MAX_SAFE_INTEGER);
    const bytes = new Uint8Array(length);
    const status = this.native.vmoRead(this.context.id, this.value, offset, bytes);
    checkStatus("zx_vmo_read", status);
    return bytes;
  }

  /**
   * `zx_vmo_write`: copies the bytes to `offset`. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists;
   * `NO_MEMORY`; `SHOULD_WAIT` for what a pager has not supplied, or not allowed to be written
   */
  write(offset: bigint, bytes: Bytes): void {
    checkU64("offset", offset);
    const checked = checkBytes("bytes", bytes);
    const status = this.native.vmoWrite(this.context.id, this.value, offset, checked);
    checkStatus("zx_vmo_write", status);
  }

  /**
   * `zx_vmo_op_range` with PREFETCH: waits until the pages that a range touches are there, if a
   * {@link Pager} is to supply them. Needs READ.
   *
   * A pending wait keeps Node alive. Without an end of its own it ends after five minutes.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists;
   * `BAD_STATE` if the pager is gone or the VMO is detached; what the pager fails with; `TIMED_OUT`
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async prefetch(offset: bigint, size: bigint, options: WaitOptions = {}): Promise<void> {
    checkU64("offset", offset);
    checkU64("size", size);
    const { native, id, loop } = this.context;
    const { deadline, signal } = waitLimits(options, () => native.now());
    const operation = "zx_vmo_op_range";
    await loop.wait<true>({
      operation,
      signal,
      start: (token) => {
        const begun = native.vmoPrefetch(id, this.value, offset, size, deadline, token);
        return checkStatus(operation, begun) === WAIT_PENDING ? undefined : true;
      },
      completed: () => true,
    });
  }

  /**
   * `zx_vmo_get_size`: whole pages. Needs no right.
   *
   * @throws {@link ZxError} `BAD_HANDLE`
   */
  getSize(): bigint {
    const size = this.native.vmoGetSize(this.context.id, this.value);
    return BigInt(checkStatus("zx_vmo_get_size", size));
  }

  /**
   * `zx_vmo_set_size`, rounded up to pages. Needs WRITE and RESIZE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `UNAVAILABLE` for a VMO of fixed size;
   * `OUT_OF_RANGE`; `NO_MEMORY`
   */
  setSize(size: bigint): void {
    checkU64("size", size);
    const status = this.native.vmoSetSize(this.context.id, this.value, size);
    checkStatus("zx_vmo_set_size", status);
  }

  /**
   * `ZX_PROP_VMO_CONTENT_SIZE`: how many of the bytes are content. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getContentSize(): bigint {
    return this.getProperty(PROP_VMO_CONTENT_SIZE);
  }

  /**
   * Sets `ZX_PROP_VMO_CONTENT_SIZE`, as {@link Vmo.setStreamSize}. Needs SET_PROPERTY and WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` beyond the VMO's size;
   * `NO_MEMORY`
   */
  setContentSize(size: bigint): void {
    this.setProperty(PROP_VMO_CONTENT_SIZE, checkU64("size", size));
  }

  /**
   * `zx_vmo_get_stream_size`: how many of the bytes are content. Needs no right.
   *
   * @throws {@link ZxError} `BAD_HANDLE`
   */
  getStreamSize(): bigint {
    const size = this.native.vmoGetStreamSize(this.context.id, this.value);
    return BigInt(checkStatus("zx_vmo_get_stream_size", size));
  }

  /**
   * `zx_vmo_set_stream_size`. What lies beyond the old or the new one becomes zero. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` beyond the VMO's size;
   * `NO_MEMORY`
   */
  setStreamSize(size: bigint): void {
    checkU64("size", size);
    const status = this.native.vmoSetStreamSize(this.context.id, this.value, size);
    checkStatus("zx_vmo_set_stream_size", status);
  }

  /**
   * `zx_vmo_create_child`. Needs DUPLICATE and READ.
   *
   * The copy-on-write kinds are one on a VMO without a pager: a copy made now, which may reach beyond
   * this VMO, where it is zero. With one there is no SNAPSHOT, and a copy shows what this VMO holds until
   * it is written; SNAPSHOT_MODIFIED of such a copy shows the pages that it has of its own as they are
   * now. A slice is a window on this VMO. A reference is this VMO under another koid, with offset and
   * size 0. Copies can be written unless under NO_WRITE, and not be executed.
   *
   * @param options a kind and other bits of {@link VmoChildOptions}
   * @param offset where in this VMO the child begins: a multiple of the page size
   * @param size rounded up to pages
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for options that do not go
   * together, an offset within a page, a slice not wholly inside and a reference with a range;
   * `OUT_OF_RANGE`, also for a copy of a slice that reaches beyond it; `NOT_SUPPORTED` for a child of a
   * discardable VMO, SNAPSHOT of one with a pager, any copy of a slice without one, SNAPSHOT_MODIFIED of a
   * slice of a copy, of a copy that others show and of a copy of a copy, a slice of a resizable VMO, a
   * reference to a slice, and a resizable reference to one of fixed size; `BAD_STATE` unless this
   * VMO is cached; `NO_MEMORY`
   */
  createChild(options: number, offset: bigint, size: bigint): Vmo {
    checkU32("options", options);
    checkU64("offset", offset);
    checkU64("size", size);
    const { id } = this.context;
    const child = this.native.vmoCreateChild(id, this.value, options, offset, size);
    return new Vmo(this.context, checkStatus("zx_vmo_create_child", child));
  }

  /**
   * `zx_vmo_replace_as_executable`: the same VMO through a handle that has EXECUTE. This handle is
   * gone afterwards, also on an error.
   *
   * @param vmex a resource that gives part 1 of the system; without one, policy decides
   * @throws {@link ZxError} `BAD_HANDLE`; `WRONG_TYPE`, `OUT_OF_RANGE` for another resource;
   * `ACCESS_DENIED` by the policy AMBIENT_MARK_VMO_EXEC
   */
  replaceAsExecutable(vmex?: Resource): Vmo {
    if (vmex !== undefined) checkHandle("vmex", vmex, Resource);
    const resource = vmex?.valueIn(this.context, "vmex") ?? 0;
    const value = this.native.vmoReplaceAsExecutable(this.context.id, this.take(), resource);
    return new Vmo(this.context, checkStatus("zx_vmo_replace_as_executable", value));
  }

  /**
   * `zx_vmo_op_range`: the state of a lock from `Lock`, nothing from others. Commits whole pages
   * around the range. Needs WRITE to commit, decommit, invalidate caches and zero; READ for other
   * operations on caches and to prefetch; either to lock and unlock; none for other hints.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for an unknown operation; `ACCESS_DENIED`;
   * `NOT_SUPPORTED` to lock what is not discardable and to decommit a copy-on-write child or what has
   * one, or has a pager; `SHOULD_WAIT` for what a pager has not supplied, to commit, prefetch or always
   * need it; `INVALID_ARGS` for an empty range of a cache and a range within pages to decommit;
   * `OUT_OF_RANGE` if not all of it exists, but for what is decommitted only if it begins beyond the
   * end, and to lock less than everything; `BAD_STATE` to unlock
   * what is not locked and to zero what is not cached; `NO_MEMORY`
   */
  opRange(op: VmoOp, offset: bigint, size: bigint): VmoLockState | undefined {
    checkU32("op", op);
    checkU64("offset", offset);
    checkU64("size", size);
    const { id } = this.context;
    const numbers = this.native.vmoOpRange(id, this.value, op, offset, size, lockState);
    if (checkStatus("zx_vmo_op_range", numbers) === 0) {
      return undefined;
    }
    const reader = new WireReader(lockState);
    return jsonable({
      offset: reader.u64(),
      size: reader.u64(),
      discardedOffset: reader.u64(),
      discardedSize: reader.u64(),
    });
  }

  /**
   * `zx_vmo_set_cache_policy`. What is not cached cannot be read or written by calls, nor have
   * children. Needs MAP.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for an unknown policy; `BAD_HANDLE`; `ACCESS_DENIED`;
   * `BAD_STATE` for a VMO that is mapped, has children or is one, and for a discardable one unless
   * it stays cached
   */
  setCachePolicy(policy: CachePolicy): void {
    checkU32("policy", policy);
    const status = this.native.vmoSetCachePolicy(this.context.id, this.value, policy);
    checkStatus("zx_vmo_set_cache_policy", status);
  }

  /**
   * `zx_vmo_transfer_data`: moves whole pages from `source` here; there they read as zero
   * afterwards. Needs WRITE, and READ and WRITE on `source`.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for offsets or a length within pages; `BAD_HANDLE`,
   * `ACCESS_DENIED` for either; `OUT_OF_RANGE` if not all of either range exists; `NO_MEMORY`
   */
  transferData(offset: bigint, length: bigint, source: Vmo, sourceOffset: bigint): void {
    checkU64("offset", offset);
    checkU64("length", length);
    checkHandle("source", source, Vmo);
    checkU64("sourceOffset", sourceOffset);
    const { id } = this.context;
    const from = source.valueIn(this.context, "source");
    const status = this.native.vmoTransferData(id, this.value, offset, length, from, sourceOffset);
    checkStatus("zx_vmo_transfer_data", status);
  }

  /**
   * `zx_stream_create`: a stream over this VMO's content, which it keeps. Needs READ and WRITE, as far
   * as `mode` says; with RESIZE, writes beyond the end make a resizable VMO larger.
   *
   * @param mode bits of {@link StreamMode}
   * @param seek where the first read or write begins, in bytes
   * @throws {@link ZxError} `INVALID_ARGS` for other bits; `BAD_HANDLE`; `ACCESS_DENIED`; `NO_MEMORY`
   */
  createStream(mode: number, seek = 0n): Stream {
    checkU32("mode", mode);
    checkU64("seek", seek);
    const stream = this.native.streamCreate(this.context.id, mode, this.value, seek);
    return new Stream(this.context, checkStatus("zx_stream_create", stream));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_VMO`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): VmoInfo {
    return readVmoInfo(this.record(INFO_VMO));
  }
}
