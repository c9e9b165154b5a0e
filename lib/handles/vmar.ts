import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkInteger, checkU32, checkU64 } from "../base/validate.js";
import { Clock } from "./clock.js";
import { Handle } from "./handle.js";
import { Iob } from "./iob.js";
import { MAPS_SIZE, type MapsInfo, readMapsInfo } from "./maps.js";
import { type Profile, setProfile } from "./profile.js";
import { checkHandle } from "./take.js";
import { Vmo } from "./vmo.js";

const INFO_VMAR = 7;
const INFO_VMAR_MAPS = 36;

/** Options of VMARs and mappings (`zx_vm_option_t`). */
export const VmOptions = Object.freeze({
  PERM_READ: 1 << 0,
  PERM_WRITE: 1 << 1,
  PERM_EXECUTE: 1 << 2,
  COMPACT: 1 << 3,
  SPECIFIC: 1 << 4,
  SPECIFIC_OVERWRITE: 1 << 5,
  CAN_MAP_SPECIFIC: 1 << 6,
  CAN_MAP_READ: 1 << 7,
  CAN_MAP_WRITE: 1 << 8,
  CAN_MAP_EXECUTE: 1 << 9,
  MAP_RANGE: 1 << 10,
  REQUIRE_NON_RESIZABLE: 1 << 11,
  ALLOW_FAULTS: 1 << 12,
  OFFSET_IS_UPPER_LIMIT: 1 << 13,
  /** PERM_READ where execute-only memory does not exist: everywhere, here. */
  PERM_READ_IF_XOM_UNSUPPORTED: 1 << 14,
  /** Fault beyond the VMO's stream size; needs ALLOW_FAULTS. */
  FAULT_BEYOND_STREAM_SIZE: 1 << 15,
  /** See {@link vmAlign}. */
  ALIGN_MASK: 0xff00_0000,
  /** All permissions. */
  PERM_ALL: 7,
  /** All that a VMAR can allow in mappings. */
  CAN_MAP_RXW: 7 << 7,
} as const);

const ALIGN_BASE = 24;

/**
 * The {@link VmOptions} of an alignment (`ZX_VM_ALIGN_*`).
 *
 * @param log2 of the alignment in bytes: 10 to 32, though it is a page at least
 */
export function vmAlign(log2: number): number {
  return checkInteger("log2", log2, 32) * 2 ** ALIGN_BASE;
}

/** Operations of {@link Vmar.opRange} (`ZX_VMAR_OP_*`). */
export const VmarOp = Object.freeze({
  /** Give memory to every page. */
  Commit: 1,
  /** Give whole pages back: they read as zero. */
  Decommit: 2,
  /** Fill the page tables. */
  MapRange: 3,
  /** Make a range read as zero. */
  Zero: 10,
  /** A hint: the pages may go. */
  DontNeed: 12,
  /** A hint: the pages should stay. */
  AlwaysNeed: 13,
  /** A hint: the pages will be read soon. */
  Prefetch: 14,
} as const);

/** The number of an operation on a range of a VMAR. */
export type VmarOp = (typeof VmarOp)[keyof typeof VmarOp];

/** `zx_info_vmar_t` */
export interface VmarInfo {
  /** The first address. */
  readonly base: bigint;
  /** Bytes. */
  readonly size: bigint;
}

const child = new Uint32Array(1);

/** A range of a process's address space. Offsets are in bytes from its base, sizes in bytes. */
export class Vmar extends Handle {
  /**
   * `zx_object_set_profile`, of memory. Needs OP_CHILDREN, and APPLY_PROFILE on the profile.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `BAD_STATE` for a destroyed VMAR
   */
  setProfile(profile: Profile): void {
    setProfile(this, profile);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_VMAR`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): VmarInfo {
    const view = this.record(INFO_VMAR);
    return jsonable({ base: view.getBigUint64(0, true), size: view.getBigUint64(8, true) });
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_VMAR_MAPS`: this VMAR and all in it, in pre-order. Needs
   * INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  mapsInfo(): MapsInfo[] {
    return this.records(INFO_VMAR_MAPS, MAPS_SIZE).map(readMapsInfo);
  }

  /**
   * `zx_vmar_allocate`: a child VMAR and its base. Needs the rights of the `CAN_MAP_*` options.
   *
   * @param options `CAN_MAP_*`, `COMPACT`, `SPECIFIC`, `OFFSET_IS_UPPER_LIMIT`, and an alignment
   * @param offset with `SPECIFIC` or `OFFSET_IS_UPPER_LIMIT`, otherwise 0
   * @param size whole pages
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for `CAN_MAP_*` that this VMAR lacks
   * and an offset in one without CAN_MAP_SPECIFIC; `INVALID_ARGS` for other options, a size or
   * offset within pages, an alignment that cannot be, and outside of this VMAR; `BAD_STATE` if it is
   * destroyed; `ALREADY_EXISTS` with SPECIFIC where something is; `NO_RESOURCES` where there is no
   * room; `NO_MEMORY`
   */
  allocate(options: number, offset: bigint, size: bigint): { vmar: Vmar; base: bigint } {
    checkU32("options", options);
    checkU64("offset", offset);
    checkU64("size", size);
    const { id } = this.context;
    const base = this.native.vmarAllocate(id, this.value, options, offset, size, child);
    checkStatus("zx_vmar_allocate", base);
    return jsonable({ vmar: new Vmar(this.context, child[0]!), base: BigInt(base) });
  }

  /**
   * `zx_vmar_map`: the address where `length` bytes of a VMO, rounded up to pages, appear. The VMO
   * needs MAP, and both need the rights of the `PERM_*` options.
   *
   * @param options `PERM_*`, `SPECIFIC`, `SPECIFIC_OVERWRITE`, `OFFSET_IS_UPPER_LIMIT`, `MAP_RANGE`,
   * `REQUIRE_NON_RESIZABLE`, `ALLOW_FAULTS`, `FAULT_BEYOND_STREAM_SIZE`, and an alignment
   * @param offset with `SPECIFIC`, `SPECIFIC_OVERWRITE` or `OFFSET_IS_UPPER_LIMIT`, otherwise 0
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for an offset in a VMAR without
   * CAN_MAP_SPECIFIC, and for a vDSO's code that is not mapped exactly or again; `INVALID_ARGS` for
   * options that do not go together, length 0, offsets within pages, and outside of this VMAR;
   * `NOT_SUPPORTED` for a resizable VMO with REQUIRE_NON_RESIZABLE and a discardable one without
   * ALLOW_FAULTS; `BUFFER_TOO_SMALL` beyond the end of a VMO of fixed size without ALLOW_FAULTS;
   * `BAD_STATE` if this VMAR is destroyed; `ALREADY_EXISTS` with SPECIFIC where something is;
   * `NO_RESOURCES` where there is no room; `NO_MEMORY`, also for an end beyond 2^63
   */
  map(options: number, offset: bigint, vmo: Vmo, vmoOffset: bigint, length: bigint): bigint {
    checkU32("options", options);
    checkU64("offset", offset);
    checkHandle("vmo", vmo, Vmo);
    checkU64("vmoOffset", vmoOffset);
    checkU64("length", length);
    const { id } = this.context;
    const value = vmo.valueIn(this.context, "vmo");
    const base = this.native.vmarMap(id, this.value, options, offset, value, vmoOffset, length);
    return BigInt(checkStatus("zx_vmar_map", base));
  }

  /**
   * `zx_vmar_map_iob`: the address where a part of a region of an IOBuffer appears: as `map` does it,
   * with what this end may do with the region in place of a VMO's rights.
   *
   * @param options those of {@link map}, but `PERM_EXECUTE` and `FAULT_BEYOND_STREAM_SIZE`
   * @throws {@link ZxError} as `map`; also `OUT_OF_RANGE` for a region that there is not;
   * `ACCESS_DENIED` for what this end may not map
   */
  mapIob(
    options: number,
    offset: bigint,
    iob: Iob,
    region: number,
    regionOffset: bigint,
    length: bigint,
  ): bigint {
    checkU32("options", options);
    checkU64("offset", offset);
    checkHandle("iob", iob, Iob);
    checkU32("region", region);
    checkU64("regionOffset", regionOffset);
    checkU64("length", length);
    const { native, context, value } = this;
    const end = iob.valueIn(context, "iob");
    const base = native.vmarMapIob(
      context.id,
      value,
      options,
      offset,
      end,
      region,
      regionOffset,
      length,
    );
    return BigInt(checkStatus("zx_vmar_map_iob", base));
  }

  /**
   * `zx_vmar_map_clock`: the address where a clock that was created MAPPABLE appears, to be read
   * there by `zx_clock_read_mapped`. The clock needs READ and MAP.
   *
   * @param options `PERM_READ`, `SPECIFIC`, `SPECIFIC_OVERWRITE`, `OFFSET_IS_UPPER_LIMIT`,
   * `MAP_RANGE`, and an alignment
   * @throws {@link ZxError} as {@link map}; also `INVALID_ARGS` for a clock that is not mappable
   */
  mapClock(options: number, offset: bigint, clock: Clock): bigint {
    checkU32("options", options);
    checkU64("offset", offset);
    checkHandle("clock", clock, Clock);
    const { native, context, value } = this;
    const mapped = clock.valueIn(context, "clock");
    const base = native.vmarMapClock(context.id, value, options, offset, mapped);
    return BigInt(checkStatus("zx_vmar_map_clock", base));
  }

  /**
   * `zx_vmar_unmap`: removes mappings and whole child VMARs in a range; holes are fine. Child VMARs
   * need OP_CHILDREN.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS` for an address within a page, length 0,
   * outside of this VMAR, for a child VMAR that is only partly covered, and without OP_CHILDREN for
   * any; `BAD_STATE` if this VMAR is destroyed; `ACCESS_DENIED` for the vDSO's code
   */
  unmap(address: bigint, length: bigint): void {
    checkU64("address", address);
    checkU64("length", length);
    const status = this.native.vmarUnmap(this.context.id, this.value, address, length);
    checkStatus("zx_vmar_unmap", status);
  }

  /**
   * `zx_vmar_protect`: new permissions for a range that mappings fill. Needs the rights of the
   * `PERM_*` options, and OP_CHILDREN for mappings in child VMARs.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also for permissions that a mapping cannot
   * have, and for the vDSO's code; `INVALID_ARGS` for other options, an address within a page,
   * length 0 and outside of this VMAR; `BAD_STATE` if it is destroyed; `NOT_FOUND` for a hole
   */
  protect(options: number, address: bigint, length: bigint): void {
    checkU32("options", options);
    checkU64("address", address);
    checkU64("length", length);
    const { id } = this.context;
    const status = this.native.vmarProtect(id, this.value, options, address, length);
    checkStatus("zx_vmar_protect", status);
  }

  /**
   * `zx_vmar_destroy`: everything in it goes. Needs OP_CHILDREN.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`, also with the vDSO inside; `BAD_STATE` if
   * it is destroyed already; `NOT_SUPPORTED` for the root of an address space
   */
  destroy(): void {
    checkStatus("zx_vmar_destroy", this.native.vmarDestroy(this.context.id, this.value));
  }

  /**
   * `zx_vmar_op_range`: does to the VMOs what mappings in a range show. What cannot be made writable
   * cannot be committed, decommitted or zeroed, what cannot be made readable cannot be prefetched.
   * Mappings in child VMARs need OP_CHILDREN, and cannot be committed, decommitted or prefetched.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `NOT_SUPPORTED` for an unknown operation; `INVALID_ARGS`
   * for length 0, an address within a page, and child VMARs as above; `OUT_OF_RANGE` outside of this
   * VMAR; `BAD_STATE` if it is destroyed, and for a hole; `ACCESS_DENIED` as above, and for the
   * vDSO's code; otherwise as {@link Vmo.opRange}
   */
  opRange(op: VmarOp, address: bigint, length: bigint): void {
    checkU32("op", op);
    checkU64("address", address);
    checkU64("length", length);
    const status = this.native.vmarOpRange(this.context.id, this.value, op, address, length);
    checkStatus("zx_vmar_op_range", status);
  }
}
