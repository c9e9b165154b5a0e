import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import {
  type Bytes,
  checkBoolean,
  checkBytes,
  checkChoice,
  checkI64,
  checkInteger,
  checkOptions,
  checkU64,
} from "../base/validate.js";
import { Handle } from "./handle.js";

const INFO_STREAM = 26;
const PROP_STREAM_MODE_APPEND = 19;
const APPEND = 1;

/** What a stream is for (`ZX_STREAM_MODE_*`). */
export const StreamMode = Object.freeze({
  READ: 1 << 0,
  WRITE: 1 << 1,
  /** Writes go to the end, wherever the seek offset is. */
  APPEND: 1 << 2,
} as const);

/** What a new seek offset is relative to, in the order of `zx_stream_seek_origin_t`. */
const SEEK_ORIGINS = ["start", "current", "end"] as const;

/** What a new seek offset is relative to. */
export type SeekOrigin = (typeof SEEK_ORIGINS)[number];

/** How {@link Stream.write} writes. */
export interface StreamWriteOptions {
  /** At the end of the content, to which the seek offset moves. */
  append?: boolean;
}

/** `zx_info_stream_t` */
export interface StreamInfo {
  /** Bits of {@link StreamMode}. */
  readonly mode: number;
  /** The seek offset in bytes. */
  readonly seek: bigint;
  /** Bytes of content. */
  readonly contentSize: bigint;
}

const place = new BigUint64Array(1);

/** The content of a VMO, and a place in it. Sizes and offsets are in bytes. */
export class Stream extends Handle {
  /**
   * `zx_stream_readv` into one buffer: at most `max` bytes from the seek offset on, which moves; none
   * at the end. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless the VMO is cached
   */
  read(max: number): Uint8Array {
    return this.#read("zx_stream_readv", max);
  }

  /**
   * `zx_stream_readv_at` into one buffer: at most `max` bytes from `offset` on; none at the end or
   * beyond. Needs READ.
   *
   * @throws {@link ZxError} as {@link Stream.read}
   */
  readAt(offset: bigint, max: number): Uint8Array {
    return this.#read("zx_stream_readv_at", max, checkU64("offset", offset));
  }

  /**
   * `zx_stream_writev` of one buffer at the seek offset, which moves: how many bytes were written.
   * Content grows, and a resizable VMO with it; what lies between its end and the offset becomes
   * zero. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `OUT_OF_RANGE` where the VMO has no room;
   * `FILE_BIG` for an end beyond 2^64; `BAD_STATE` unless the VMO is cached; `NO_MEMORY`
   */
  write(bytes: Bytes, options: StreamWriteOptions = {}): number {
    checkOptions(options, ["append"]);
    const { append = false } = options;
    const flags = checkBoolean("options.append", append) ? APPEND : 0;
    return this.#write("zx_stream_writev", bytes, flags);
  }

  /**
   * `zx_stream_writev_at` of one buffer: how many bytes were written at `offset`. Needs WRITE.
   *
   * @throws {@link ZxError} as {@link Stream.write}
   */
  writeAt(offset: bigint, bytes: Bytes): number {
    return this.#write("zx_stream_writev_at", bytes, 0, checkU64("offset", offset));
  }

  /**
   * `zx_stream_seek`: the new offset, which may lie beyond the end. Needs READ or WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for an offset below 0 or
   * beyond 2^64
   */
  seek(origin: SeekOrigin, offset = 0n): bigint {
    const whence = SEEK_ORIGINS.indexOf(checkChoice("origin", origin, SEEK_ORIGINS));
    checkI64("offset", offset);
    const status = this.native.streamSeek(this.context.id, this.value, whence, offset, place);
    checkStatus("zx_stream_seek", status);
    return place[0]!;
  }

  /**
   * Sets `ZX_PROP_STREAM_MODE_APPEND`: whether writes go to the end. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  setAppend(append: boolean): void {
    const value = checkBoolean("append", append) ? 1n : 0n;
    this.setProperty(PROP_STREAM_MODE_APPEND, value);
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_STREAM`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): StreamInfo {
    const view = this.record(INFO_STREAM);
    return jsonable({
      mode: view.getUint32(0, true),
      seek: view.getBigUint64(8, true),
      contentSize: view.getBigUint64(16, true),
    });
  }

  #read(operation: string, max: number, at?: bigint): Uint8Array {
    const bytes = new Uint8Array(checkInteger("max", max, Number.MAX_SAFE_INTEGER));
    const size = this.native.streamRead(this.context.id, this.value, at, bytes);
    return bytes.subarray(0, checkStatus(operation, size));
  }

  #write(operation: string, bytes: Bytes, options: number, at?: bigint): number {
    const checked = checkBytes("bytes", bytes);
    const { native, context, value } = this;
    return checkStatus(operation, native.streamWrite(context.id, value, options, at, checked));
  }
}
