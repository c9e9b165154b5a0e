import { ZxStatus } from "../../base/status.js";
import { Flags, type Directory } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { MethodsOf, RequestOf } from "../../fidl/protocol.js";
import type { WireFormat } from "../../fidl/wire.js";
import { createEntry } from "../create.js";
import type { DirectorySession } from "../directory-session.js";
import type { VfsNode } from "../node.js";
import {
  includes,
  KIND_OPERATIONS,
  Operations,
  operationsOf,
  WRITE_OPERATIONS,
} from "../operations.js";
import { refusal } from "../refusal.js";
import type { Opening } from "../session.js";
import { CREATE, has, operationsIn, PROTOCOLS, protocolOf } from "./flags.js";
import { refuse } from "./outcome.js";
import { parsePath } from "./path.js";
import { representing } from "./representation.js";

const { members } = Flags;

type Request = RequestOf<MethodsOf<typeof Directory>["Open"]>;

/** What files' content is reached by. */
const CONTENT = Operations.READ_BYTES | Operations.WRITE_BYTES | Operations.EXECUTE;
/** What there may be besides rights where a node itself is opened. */
const WITH_NODE =
  members.PROTOCOL_NODE |
  PROTOCOLS |
  members.FLAG_SEND_REPRESENTATION |
  members.PERM_INHERIT_WRITE |
  members.PERM_INHERIT_EXECUTE;

/** What a path leads to. */
interface Found {
  readonly node: VfsNode;
  /** What the connection and the directories on the way allow. */
  readonly allowed: Operations;
}

/** Opens a connection to what is below the directory of another, or refuses it. */
export async function open(
  session: DirectorySession,
  request: Request,
  format: WireFormat,
): Promise<void> {
  const { flags, options, object } = request;
  try {
    const names = checkRequest(session, request);
    const found = await find(session, names, flags);
    const opening = checkFound(found, flags);
    const greets = has(flags, members.FLAG_SEND_REPRESENTATION);
    const greet = greets ? representing(format, options.attributes ?? 0n) : undefined;
    await session.server.open(found.node, object, opening, greet);
  } catch (error) {
    refuse(object, error, format);
  }
}

/**
 * Checks what can be known without looking (src/storage/lib/vfs), and splits the path.
 *
 * @throws `ZirconiaError` `INVALID_ARGS`, `BAD_PATH`, `ACCESS_DENIED`, `NOT_SUPPORTED`,
 * `ALREADY_EXISTS`
 */
function checkRequest(
  { operations }: DirectorySession,
  { path, flags, options }: Request,
): readonly string[] {
  const names = parsePath(path);
  const creates = has(flags, CREATE);
  const { attributes = 0n, createAttributes } = options;
  if (
    !includes(operations, operationsIn(flags)) ||
    (attributes !== 0n && !includes(operations, Operations.GET_ATTRIBUTES))
  ) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  if (createAttributes !== undefined && !creates) {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
  if (has(flags, members.FLAG_CREATE_AS_UNNAMED_TEMPORARY)) {
    throw refusal(ZxStatus.NOT_SUPPORTED);
  }
  if (creates) {
    checkCreation(operations, flags);
    if (createAttributes !== undefined && Object.keys(createAttributes).length > 0) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    if (names.length === 0 && has(flags, members.FLAG_MUST_CREATE)) {
      throw refusal(ZxStatus.ALREADY_EXISTS);
    }
  }
  return names;
}

/** @throws `ZirconiaError` `ACCESS_DENIED`, `INVALID_ARGS`, `NOT_SUPPORTED` */
function checkCreation(operations: Operations, flags: bigint): void {
  if (!includes(operations, Operations.MODIFY_DIRECTORY)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  const protocols = flags & (PROTOCOLS | members.PROTOCOL_NODE);
  const isOne = protocols !== 0n && (protocols & (protocols - 1n)) === 0n;
  if (!isOne) {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
  if (!has(protocols, members.PROTOCOL_DIRECTORY | members.PROTOCOL_FILE)) {
    throw refusal(ZxStatus.NOT_SUPPORTED);
  }
}

/**
 * Goes where a path leads, and makes what is to be made there.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FOUND`, `ALREADY_EXISTS`, `ACCESS_DENIED`; as
 * {@link createEntry}
 */
async function find(
  session: DirectorySession,
  names: readonly string[],
  flags: bigint,
): Promise<Found> {
  let node: VfsNode = session.node;
  let allowed = session.operations;
  for (const [index, name] of names.entries()) {
    if (node.kind !== "directory") {
      throw refusal(ZxStatus.NOT_DIR);
    }
    allowed &= operationsOf(node.rights);
    const isLast = index === names.length - 1;
    const next = await node.lookup(name);
    if (next !== undefined) {
      if (isLast && has(flags, members.FLAG_MUST_CREATE)) {
        throw refusal(ZxStatus.ALREADY_EXISTS);
      }
      node = next;
      continue;
    }
    if (!isLast || !has(flags, CREATE)) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    if (!includes(allowed, Operations.MODIFY_DIRECTORY)) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    const kind = has(flags, members.PROTOCOL_DIRECTORY) ? "directory" : "file";
    node = await createEntry(node, name, kind, has(flags, members.FLAG_MUST_CREATE));
  }
  return { node, allowed };
}

/**
 * What the connection to a node is like.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FILE`, `WRONG_TYPE`, `INVALID_ARGS`, `ACCESS_DENIED`
 */
function checkFound({ node, allowed }: Found, flags: bigint): Opening {
  const { kind } = node;
  const requested = flags & PROTOCOLS;
  if (requested !== 0n && !has(requested, protocolOf(kind))) {
    throw refusal(mismatch(requested));
  }
  const wanted = operationsIn(flags);
  const opening = { operations: wanted, isReference: false, appends: false, truncates: false };
  if (has(flags, members.PROTOCOL_NODE)) {
    if (has(flags & ~BigInt(0x1ff), ~WITH_NODE)) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    return { ...opening, operations: wanted & Operations.GET_ATTRIBUTES, isReference: true };
  }
  switch (kind) {
    case "service":
      if (has(flags, ~members.PROTOCOL_SERVICE)) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      return opening;
    case "directory":
      if (has(flags, members.FILE_APPEND | members.FILE_TRUNCATE)) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      return { ...opening, operations: directoryOperations(node, allowed, flags) };
    case "file": {
      const truncates = has(flags, members.FILE_TRUNCATE);
      const own = operationsOf(node.rights) & allowed;
      if (!includes(own, wanted & CONTENT)) {
        throw refusal(ZxStatus.ACCESS_DENIED);
      }
      if (truncates && !includes(wanted, Operations.WRITE_BYTES)) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      const operations = wanted & own & KIND_OPERATIONS.file;
      return { ...opening, operations, appends: has(flags, members.FILE_APPEND), truncates };
    }
  }
}

/** @throws `ZirconiaError` `ACCESS_DENIED` */
function directoryOperations(node: VfsNode, allowed: Operations, flags: bigint): Operations {
  const wanted = operationsIn(flags);
  const own = operationsOf(node.rights) & allowed;
  if (!includes(own, wanted)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  const inherited = [
    { flag: members.PERM_INHERIT_WRITE, operations: WRITE_OPERATIONS },
    { flag: members.PERM_INHERIT_EXECUTE, operations: Operations.EXECUTE },
  ].filter(({ flag, operations }) => has(flags, flag) && includes(own, operations));
  return inherited.reduce((all, { operations }) => all | operations, wanted);
}

/** The status for a node that is nothing of what was asked for. */
function mismatch(requested: bigint): number {
  if (has(requested, members.PROTOCOL_DIRECTORY)) {
    return ZxStatus.NOT_DIR;
  }
  return has(requested, members.PROTOCOL_FILE) ? ZxStatus.NOT_FILE : ZxStatus.WRONG_TYPE;
}
