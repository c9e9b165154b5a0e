import { statusOf } from "../../base/errors.js";
import { ZxStatus } from "../../base/status.js";
import type { Channel } from "../../handles/channel.js";
import type { DirectoryNode, VfsNode } from "../node.js";
import { splitPath } from "../path.js";
import { includesRights, NodeRights } from "../rights.js";
import { checkFlags, has, OpenFlags, refusal, RIGHTS } from "./flags.js";
import {
  checkKind,
  describing,
  type NodeServer,
  type Opening,
  type Peer,
} from "./node-connection.js";
import { refuse } from "./outcome.js";

/** A request of `fuchsia.io/Directory.Open`. */
export interface OpenRequest {
  readonly flags: number;
  readonly mode: number;
  readonly path: string;
  /** Consumed. */
  readonly object: Channel;
}

/** Bits of a mode that tell what a node is, and those of a directory. */
const MODE_TYPE = 0xf_f000;
const MODE_DIRECTORY = 0x4000;

/** What a path leads to. */
interface Found {
  readonly node: VfsNode;
  /** What the connection and the directories on the way allow. */
  readonly rights: NodeRights;
}

/** Opens a connection to what is below a directory, or refuses it. */
export async function open(
  server: NodeServer,
  directory: DirectoryNode,
  rights: NodeRights,
  request: OpenRequest,
  peer: Peer,
): Promise<void> {
  const { flags, object } = request;
  const format = describing(flags, peer);
  try {
    const names = checkRequest(rights, request);
    const found = await find({ node: directory, rights }, names, request);
    await server.open(found.node, object, checkFound(found, flags), format);
  } catch (error) {
    refuse(object, error, format);
  }
}

/**
 * Checks what can be known without looking (zircon/system/ulib/fs/directory_connection.cc, `Open`).
 *
 * @throws `ZirconiaError` `INVALID_ARGS`, `BAD_PATH`, `ACCESS_DENIED`
 */
function checkRequest(own: NodeRights, { flags, mode, path }: OpenRequest): readonly string[] {
  const rights = flags & RIGHTS;
  checkFlags(flags);
  if (
    has(flags, OpenFlags.CLONE_SAME_RIGHTS) ||
    (rights === 0 && !has(flags, OpenFlags.NODE_REFERENCE))
  ) {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
  const names = splitPath(path);
  if (!includesRights(own, rights)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  const creates = has(flags, OpenFlags.CREATE);
  const makesDirectory = (mode & MODE_TYPE) === MODE_DIRECTORY;
  if (
    (has(flags, OpenFlags.TRUNCATE) && !has(rights, OpenFlags.WRITABLE)) ||
    (has(flags, OpenFlags.CREATE_IF_ABSENT) && !creates) ||
    (creates && names.length === 0) ||
    (creates && has(flags, makesDirectory ? OpenFlags.NOT_DIRECTORY : OpenFlags.DIRECTORY))
  ) {
    throw refusal(ZxStatus.INVALID_ARGS);
  }
  return names;
}

/**
 * Goes where a path leads, and makes what is to be made there.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FOUND`, `ALREADY_EXISTS`; as {@link create}
 */
async function find(from: Found, names: readonly string[], request: OpenRequest): Promise<Found> {
  let { node, rights } = from;
  for (const [index, name] of names.entries()) {
    if (node.kind !== "directory") {
      throw refusal(ZxStatus.NOT_DIR);
    }
    rights &= node.rights;
    const isLast = index === names.length - 1;
    const next = await node.lookup(name);
    if (next !== undefined && isLast && has(request.flags, OpenFlags.CREATE_IF_ABSENT)) {
      throw refusal(ZxStatus.ALREADY_EXISTS);
    }
    if (next === undefined && !(isLast && has(request.flags, OpenFlags.CREATE))) {
      throw refusal(ZxStatus.NOT_FOUND);
    }
    node = next ?? (await create(node, rights, name, request));
  }
  return { node, rights };
}

/** @throws `ZirconiaError` `ACCESS_DENIED`, `NOT_SUPPORTED`, and what making it fails with */
async function create(
  directory: DirectoryNode,
  rights: NodeRights,
  name: string,
  { mode, flags }: OpenRequest,
): Promise<VfsNode> {
  if (!includesRights(rights, NodeRights.WRITABLE)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  const isExclusive = has(flags, OpenFlags.CREATE_IF_ABSENT);
  const kind = (mode & MODE_TYPE) === MODE_DIRECTORY ? "directory" : "file";
  if (directory.changes === undefined) {
    throw refusal(ZxStatus.NOT_SUPPORTED);
  }
  let taken: unknown;
  try {
    await directory.changes.create(name, kind);
  } catch (error) {
    if (isExclusive || statusOf(error) !== ZxStatus.ALREADY_EXISTS) {
      throw error;
    }
    // Somebody else has made it meanwhile.
    taken = error;
  }
  const node = await directory.lookup(name);
  if (node === undefined) {
    throw taken ?? refusal(ZxStatus.NOT_FOUND);
  }
  return node;
}

/**
 * What the connection to a node is like.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FILE`, `INVALID_ARGS`, `ACCESS_DENIED`
 */
function checkFound({ node, rights }: Found, flags: number): Opening {
  checkKind(node, flags);
  const allowed = rights & node.rights;
  let wanted = flags & RIGHTS;
  if (node.kind === "directory") {
    if (has(flags, OpenFlags.APPEND | OpenFlags.TRUNCATE)) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    if (has(flags, OpenFlags.POSIX)) {
      wanted |= allowed & (NodeRights.WRITABLE | NodeRights.EXECUTABLE);
    }
  }
  if (!includesRights(allowed, wanted)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  return {
    rights: wanted,
    isReference: has(flags, OpenFlags.NODE_REFERENCE),
    appends: has(flags, OpenFlags.APPEND),
    truncates: has(flags, OpenFlags.TRUNCATE),
  };
}
