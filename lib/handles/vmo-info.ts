import { jsonable } from "../base/json.js";
import { decodeName } from "../base/strings.js";
import type { CachePolicy } from "./vmo.js";

/** `zx_info_vmo_t`. Sizes are in bytes. */
export interface VmoInfo {
  readonly koid: bigint;
  readonly name: string;
  /** Whole pages. */
  readonly size: bigint;
  /** 0 for none. */
  readonly parentKoid: bigint;
  readonly children: number;
  readonly mappings: number;
  /** In how many address spaces it is mapped; 1 if it is in none. */
  readonly shareCount: number;
  /** Bits of {@link VmoInfoFlags}. */
  readonly flags: number;
  /** What takes up room on the host. A slice's or reference's is its parent's. */
  readonly committedBytes: bigint;
  /** Rights of the handle asked through; 0 for a VMO found through a mapping. */
  readonly handleRights: number;
  readonly cachePolicy: CachePolicy;
  /** Committed bytes that no other VMO shares. */
  readonly committedPrivateBytes: bigint;
  /** Committed bytes, each divided by the number of VMOs that share it. */
  readonly committedScaledBytes: bigint;
}

/** What is special about a VMO (`ZX_INFO_VMO_*`). */
export const VmoInfoFlags = Object.freeze({
  TYPE_PAGED: 1 << 0,
  RESIZABLE: 1 << 1,
  /** A copy-on-write child. */
  IS_COW_CLONE: 1 << 2,
  VIA_HANDLE: 1 << 3,
  VIA_MAPPING: 1 << 4,
  DISCARDABLE: 1 << 7,
  /** It cannot have changed since it was made. */
  IMMUTABLE: 1 << 8,
} as const);

/** Bytes of one record. */
export const VMO_INFO_SIZE = 176;

/** Reads a record of version 4. */
export function readVmoInfo(view: DataView): VmoInfo {
  return jsonable({
    koid: view.getBigUint64(0, true),
    name: decodeName(view, 8),
    size: view.getBigUint64(40, true),
    parentKoid: view.getBigUint64(48, true),
    children: Number(view.getBigUint64(56, true)),
    mappings: Number(view.getBigUint64(64, true)),
    shareCount: Number(view.getBigUint64(72, true)),
    flags: view.getUint32(80, true),
    committedBytes: view.getBigUint64(88, true),
    handleRights: view.getUint32(96, true),
    cachePolicy: view.getUint32(100, true) as CachePolicy,
    committedPrivateBytes: view.getBigUint64(128, true),
    committedScaledBytes: view.getBigUint64(144, true),
  });
}
