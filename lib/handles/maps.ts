import { jsonable } from "../base/json.js";
import { decodeName } from "../base/strings.js";

/** `zx_info_maps_t`: one line of an address space. Sizes are in bytes. */
export type MapsInfo = {
  /** Of the process, `root`, `useralloc`, or the VMO's. */
  readonly name: string;
  /** The first address. */
  readonly base: bigint;
  readonly size: bigint;
  /** Nesting. */
  readonly depth: number;
} & (
  | { readonly type: "aspace" | "vmar" }
  | {
      readonly type: "mapping";
      /** `PERM_*` bits of {@link VmOptions}. */
      readonly permissions: number;
      readonly vmoKoid: bigint;
      /** Where in the VMO the mapping begins. */
      readonly vmoOffset: bigint;
      /** What of it takes up room on the host. */
      readonly committedBytes: bigint;
      /** Committed bytes that no other VMO shares. */
      readonly committedPrivateBytes: bigint;
      /** Committed bytes, each divided by the number of VMOs that share it. */
      readonly committedScaledBytes: bigint;
    }
);

/** Bytes of one record. */
export const MAPS_SIZE = 152;

const ASPACE = 1;
const MAPPING = 3;

/** Reads a record of version 3. */
export function readMapsInfo(view: DataView): MapsInfo {
  const line = {
    name: decodeName(view, 0),
    base: view.getBigUint64(32, true),
    size: view.getBigUint64(40, true),
    depth: Number(view.getBigUint64(48, true)),
  };
  const type = view.getUint32(56, true);
  if (type !== MAPPING) {
    return jsonable({ ...line, type: type === ASPACE ? "aspace" : "vmar" });
  }
  return jsonable({
    ...line,
    type: "mapping",
    permissions: view.getUint32(64, true),
    vmoKoid: view.getBigUint64(72, true),
    vmoOffset: view.getBigUint64(80, true),
    committedBytes: view.getBigUint64(88, true),
    committedPrivateBytes: view.getBigUint64(104, true),
    committedScaledBytes: view.getBigUint64(120, true),
  });
}
