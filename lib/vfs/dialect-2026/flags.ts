import { Flags } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { VfsNode } from "../node.js";
import { ALL_OPERATIONS, type Operations } from "../operations.js";

const { members } = Flags;

/** The flags that name what a node may be. */
export const PROTOCOLS =
  members.PROTOCOL_SERVICE |
  members.PROTOCOL_DIRECTORY |
  members.PROTOCOL_FILE |
  members.PROTOCOL_SYMLINK;

/** The flags that make what does not exist. */
export const CREATE = members.FLAG_MAYBE_CREATE | members.FLAG_MUST_CREATE;

const PROTOCOL_OF = {
  directory: members.PROTOCOL_DIRECTORY,
  file: members.PROTOCOL_FILE,
  service: members.PROTOCOL_SERVICE,
} as const satisfies Record<VfsNode["kind"], bigint>;

/** The flag that names what a node is. */
export function protocolOf(kind: VfsNode["kind"]): bigint {
  return PROTOCOL_OF[kind];
}

/** Whether one of some flags is set. */
export function has(flags: bigint, some: bigint): boolean {
  return (flags & some) !== 0n;
}

/** The operations that flags ask for. */
export function operationsIn(flags: bigint): Operations {
  return Number(flags & BigInt(ALL_OPERATIONS));
}
