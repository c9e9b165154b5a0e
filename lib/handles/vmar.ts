import { checkStatus } from "../errors.js";
import { checkU32, checkU64 } from "../validate.js";
import { Handle } from "./handle.js";
import { checkHandle } from "./take.js";
import { Vmo } from "./vmo.js";

const INFO_VMAR = 7;

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
} as const);

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
   * `zx_object_get_info` with `ZX_INFO_VMAR`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): VmarInfo {
    const view = this.record(INFO_VMAR);
    return { base: view.getBigUint64(0, true), size: view.getBigUint64(8, true) };
  }

  /**
   * `zx_vmar_allocate`: a child VMAR and its base. Needs the rights of the `CAN_MAP_*` options.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `BAD_STATE` if this VMAR
   * is destroyed; `NO_MEMORY` where there is no room
   */
  allocate(options: number, offset: bigint, size: bigint): { vmar: Vmar; base: bigint } {
    checkU32("options", options);
    checkU64("offset", offset);
    checkU64("size", size);
    const { id } = this.context;
    const base = this.native.vmarAllocate(id, this.value, options, offset, size, child);
    checkStatus("zx_vmar_allocate", base);
    return { vmar: new Vmar(this.context, child[0]!), base: BigInt(base) };
  }

  /**
   * `zx_vmar_map`: the address where the VMO appears. The VMO needs MAP, and both need the rights
   * of the `PERM_*` options.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `NOT_SUPPORTED`;
   * `BUFFER_TOO_SMALL` beyond the VMO's end; `BAD_STATE`; `NO_MEMORY`
   */
  map(options: number, offset: bigint, vmo: Vmo, vmoOffset: bigint, length: bigint): bigint {
    checkU32("options", options);
    checkU64("offset", offset);
    checkHandle("vmo", vmo, Vmo);
    checkU64("vmoOffset", vmoOffset);
    checkU64("length", length);
    const { id } = this.context;
    // A handle of another context means nothing in this one.
    const value = vmo.context === this.context ? vmo.value : 0;
    const base = this.native.vmarMap(id, this.value, options, offset, value, vmoOffset, length);
    return BigInt(checkStatus("zx_vmar_map", base));
  }

  /**
   * `zx_vmar_unmap`: removes mappings and whole child VMARs in a range.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `INVALID_ARGS`; `BAD_STATE`; `ACCESS_DENIED` for the
   * vDSO's code
   */
  unmap(address: bigint, length: bigint): void {
    checkU64("address", address);
    checkU64("length", length);
    const status = this.native.vmarUnmap(this.context.id, this.value, address, length);
    checkStatus("zx_vmar_unmap", status);
  }

  /**
   * `zx_vmar_protect`: new permissions for a range that mappings fill.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `BAD_STATE`; `NOT_FOUND`
   * for a hole
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
   * `zx_vmar_destroy`: everything in it goes.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `BAD_STATE` if it is destroyed already
   */
  destroy(): void {
    checkStatus("zx_vmar_destroy", this.native.vmarDestroy(this.context.id, this.value));
  }
}
