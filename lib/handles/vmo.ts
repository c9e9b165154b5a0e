import { checkStatus } from "../errors.js";
import { decode } from "../strings.js";
import { checkBytes, checkInteger, checkU32, checkU64 } from "../validate.js";
import { Handle } from "./handle.js";

const INFO_VMO = 23;
const PROP_VMO_CONTENT_SIZE = 17;

/** Options of {@link Context.createVmo}. */
export const VmoOptions = Object.freeze({
  /** The VMO can be resized. */
  RESIZABLE: 1 << 1,
} as const);

/** Options of {@link Vmo.createChild}. */
export const VmoChildOptions = Object.freeze({
  /** Copy-on-write, as if copied now. */
  SNAPSHOT: 1 << 0,
  /** The child can be resized. */
  RESIZABLE: 1 << 2,
  /** Copy-on-write; pages are taken when the child writes at the latest. */
  SNAPSHOT_AT_LEAST_ON_WRITE: 1 << 4,
  /** The child's handle cannot write. */
  NO_WRITE: 1 << 5,
} as const);

/** `zx_info_vmo_t` */
export interface VmoInfo {
  readonly koid: bigint;
  readonly name: string;
  /** In bytes, whole pages. */
  readonly size: bigint;
  /** 0 for none. */
  readonly parentKoid: bigint;
  readonly children: number;
  readonly mappings: number;
  /** `ZX_INFO_VMO_*` */
  readonly flags: number;
  /** Bytes that take up room on the host. */
  readonly committedBytes: bigint;
  /** Rights of the handle asked through. */
  readonly handleRights: number;
}

/** Memory that can be read, written and mapped. Sizes and offsets are in bytes. */
export class Vmo extends Handle {
  /**
   * `zx_vmo_read`: `length` bytes from `offset` on. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` if not all of it exists
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
   * `NO_MEMORY`
   */
  write(offset: bigint, bytes: Uint8Array): void {
    checkU64("offset", offset);
    const checked = checkBytes("bytes", bytes);
    const status = this.native.vmoWrite(this.context.id, this.value, offset, checked);
    checkStatus("zx_vmo_write", status);
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
    const buffer = new BigUint64Array(1);
    const bytes = new Uint8Array(buffer.buffer);
    const { id } = this.context;
    const read = this.native.objectGetProperty(id, this.value, PROP_VMO_CONTENT_SIZE, bytes);
    checkStatus("zx_object_get_property", read);
    return buffer[0]!;
  }

  /**
   * `zx_vmo_create_child`: a copy-on-write child. Needs DUPLICATE and READ.
   *
   * @param options `SNAPSHOT` or `SNAPSHOT_AT_LEAST_ON_WRITE`, and other {@link VmoChildOptions}
   * @param offset where in this VMO the child begins: a multiple of the page size
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS`; `NOT_SUPPORTED` for other
   * kinds of children; `OUT_OF_RANGE`; `NO_MEMORY`
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
   * `zx_vmo_replace_as_executable` without a resource: the same VMO through a handle that has
   * EXECUTE. This handle is gone afterwards, also on an error.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` by the policy AMBIENT_MARK_VMO_EXEC
   */
  replaceAsExecutable(): Vmo {
    const value = this.native.vmoReplaceAsExecutable(this.context.id, this.take());
    return new Vmo(this.context, checkStatus("zx_vmo_replace_as_executable", value));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_VMO`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): VmoInfo {
    const view = this.record(INFO_VMO);
    const name = new Uint8Array(view.buffer, view.byteOffset + 8, 32);
    const end = name.indexOf(0);
    return {
      koid: view.getBigUint64(0, true),
      name: decode(end < 0 ? name : name.subarray(0, end)),
      size: view.getBigUint64(40, true),
      parentKoid: view.getBigUint64(48, true),
      children: Number(view.getBigUint64(56, true)),
      mappings: Number(view.getBigUint64(64, true)),
      flags: view.getUint32(80, true),
      committedBytes: view.getBigUint64(88, true),
      handleRights: view.getUint32(96, true),
    };
  }
}
