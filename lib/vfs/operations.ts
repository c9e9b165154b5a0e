import type { VfsNode } from "./node.js";
import { includesRights, NodeRights } from "./rights.js";

/**
 * What a connection may be used for, as fine as any fuchsia.io tells it apart: bits, with the values
 * of `fuchsia.io/Operations`.
 */
export const Operations = Object.freeze({
  CONNECT: 1 << 0,
  READ_BYTES: 1 << 1,
  WRITE_BYTES: 1 << 2,
  EXECUTE: 1 << 3,
  GET_ATTRIBUTES: 1 << 4,
  UPDATE_ATTRIBUTES: 1 << 5,
  ENUMERATE: 1 << 6,
  TRAVERSE: 1 << 7,
  MODIFY_DIRECTORY: 1 << 8,
} as const);

/** Operations that are combined. */
export type Operations = number;

/** All there are. */
export const ALL_OPERATIONS: Operations = 0x1ff;

const COMMON =
  Operations.CONNECT | Operations.GET_ATTRIBUTES | Operations.ENUMERATE | Operations.TRAVERSE;
/** What being writable means for a directory and all below it. */
export const WRITE_OPERATIONS: Operations =
  Operations.WRITE_BYTES |
  Operations.UPDATE_ATTRIBUTES |
  Operations.ENUMERATE |
  Operations.MODIFY_DIRECTORY;

/** What each right stands for, with whose bit among the operations a file has it. */
const RIGHTS = [
  { right: NodeRights.READABLE, all: COMMON | Operations.READ_BYTES, own: Operations.READ_BYTES },
  {
    right: NodeRights.WRITABLE,
    all: Operations.CONNECT | Operations.TRAVERSE | WRITE_OPERATIONS,
    own: Operations.WRITE_BYTES,
  },
  {
    right: NodeRights.EXECUTABLE,
    all: Operations.CONNECT | Operations.ENUMERATE | Operations.TRAVERSE | Operations.EXECUTE,
    own: Operations.EXECUTE,
  },
] as const;

const FILE =
  Operations.READ_BYTES |
  Operations.WRITE_BYTES |
  Operations.EXECUTE |
  Operations.GET_ATTRIBUTES |
  Operations.UPDATE_ATTRIBUTES;

/** What means something for a node of a kind. */
export const KIND_OPERATIONS: Readonly<Record<VfsNode["kind"], Operations>> = {
  directory: ALL_OPERATIONS,
  file: FILE,
  service: Operations.GET_ATTRIBUTES,
};

/** What rights stand for. Attributes can always be asked for. */
export function operationsOf(rights: NodeRights): Operations {
  return RIGHTS.filter(({ right }) => includesRights(rights, right)).reduce(
    (operations, { all }) => operations | all,
    Operations.GET_ATTRIBUTES,
  );
}

/** The rights that operations on a node of a kind amount to. */
export function rightsOf(kind: VfsNode["kind"], operations: Operations): NodeRights {
  return RIGHTS.filter(({ all, own }) =>
    includes(operations, kind === "directory" ? all : own),
  ).reduce((rights, { right }) => rights | right, 0);
}

/** Whether all of some operations are among others. */
export function includes(operations: Operations, wanted: Operations): boolean {
  return (wanted & ~operations) === 0;
}
