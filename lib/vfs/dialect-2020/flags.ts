import { ZxStatus } from "../../base/status.js";
import { refusal } from "../refusal.js";
import { NodeRights } from "../rights.js";

/** Flags of `fuchsia.io/Directory.Open` and `Node.Clone`, as of 2020. */
export const OpenFlags = Object.freeze({
  ...NodeRights,
  /** The right to mount, which nodes here do not have. */
  ADMIN: 1 << 2,
  /** Makes what does not exist. */
  CREATE: 1 << 16,
  /** With CREATE: fails if it exists. */
  CREATE_IF_ABSENT: 1 << 17,
  /** Empties a file. */
  TRUNCATE: 1 << 18,
  /** Fails unless it is a directory. */
  DIRECTORY: 1 << 19,
  /** Every write is at the end of the file. */
  APPEND: 1 << 20,
  NO_REMOTE: 1 << 21,
  /** A connection to the node itself, without rights to its content. */
  NODE_REFERENCE: 1 << 22,
  /** OnOpen is sent. */
  DESCRIBE: 1 << 23,
  /** A directory also gets WRITABLE and EXECUTABLE, where its parent's connection has them. */
  POSIX: 1 << 24,
  /** Fails if it is a directory. */
  NOT_DIRECTORY: 1 << 25,
  /** Clone only: the rights of the connection that is cloned. */
  CLONE_SAME_RIGHTS: 1 << 26,
} as const);

/** Flags of `fuchsia.io/File.GetBuffer`. */
export const VmoFlags = Object.freeze({
  READ: 1 << 0,
  WRITE: 1 << 1,
  EXEC: 1 << 2,
  /** A copy-on-write VMO of the client's own. */
  PRIVATE: 1 << 16,
  /** The VMO that the file itself has. */
  EXACT: 1 << 17,
} as const);

/** What SetAttr is to set. */
export const CREATION_TIME = 1 << 0;
export const MODIFICATION_TIME = 1 << 1;
/** All that it can. */
export const ATTRIBUTES = CREATION_TIME | MODIFICATION_TIME;

/** Bits that are kept for rights. */
const RIGHTS_SPACE = 0xffff;
/** The bits among them that mean something. */
export const RIGHTS =
  OpenFlags.READABLE | OpenFlags.WRITABLE | OpenFlags.ADMIN | OpenFlags.EXECUTABLE;

const WITH_NODE_REFERENCE =
  OpenFlags.NODE_REFERENCE | OpenFlags.DIRECTORY | OpenFlags.NOT_DIRECTORY | OpenFlags.DESCRIBE;

/** Whether one of some flags is set. */
export function has(flags: number, some: number): boolean {
  return (flags & some) !== 0;
}

/**
 * Checks flags that contradict each other or mean nothing (zircon/system/ulib/fs/connection.cc,
 * `PrevalidateFlags`).
 *
 * @throws `ZirconiaError` `INVALID_ARGS`
 */
export function checkFlags(flags: number): void {
  const both = OpenFlags.DIRECTORY | OpenFlags.NOT_DIRECTORY;
  if (
    has(flags, RIGHTS_SPACE & ~RIGHTS) ||
    (has(flags, OpenFlags.NODE_REFERENCE) && has(flags, ~WITH_NODE_REFERENCE)) ||
    (flags & both) === both
  ) {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
}
