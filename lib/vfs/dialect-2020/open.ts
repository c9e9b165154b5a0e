import { ZxStatus } from "../../base/status.js";
import type { Channel } from "../../handles/channel.js";
import { createEntry } from "../create.js";
import type { DirectorySession } from "../directory-session.js";
import type { DirectoryNode, VfsNode } from "../node.js";
import { type Operations, operationsOf } from "../operations.js";
import { splitPath } from "../path.js";
import { refusal } from "../refusal.js";
import { includesRights, NodeRights } from "../rights.js";
import type { Opening } from "../session.js";
import { checkFlags, has, OpenFlags, RIGHTS } from "./flags.js";
import { greeting } from "./info.js";
import { checkKind, describing, type Peer } from "./node-connection.js";
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

/** Opens a connection to what is below the directory of another, or refuses it. */
export async function open(
  { server, node, rights, operations }: DirectorySession,
  request: OpenRequest,
  peer: Peer,
): Promise<void> {
  const { flags, object } = request;
  const format = describing(flags, peer);
  try {
    const names = checkRequest(rights, request);
    const found = await find({ node, rights }, names, request);
    const opening = checkFound(found, flags, operations);
    await server.open(found.node, object, opening, greeting(format));
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

/** @throws `ZirconiaError` `ACCESS_DENIED`, and as {@link createEntry} */
async function create(
  directory: DirectoryNode,
  rights: NodeRights,
  name: string,
  { mode, flags }: OpenRequest,
): Promise<VfsNode> {
  if (!includesRights(rights, NodeRights.WRITABLE)) {
    throw refusal(ZxStatus.ACCESS_DENIED);
  }
  const kind = (mode & MODE_TYPE) === MODE_DIRECTORY ? "directory" : "file";
  return createEntry(directory, name, kind, has(flags, OpenFlags.CREATE_IF_ABSENT));
}

/**
 * What the connection to a node is like.
 *
 * @throws `ZirconiaError` `NOT_DIR`, `NOT_FILE`, `INVALID_ARGS`, `ACCESS_DENIED`
 */
function checkFound({ node, rights }: Found, flags: number, operations: Operations): Opening {
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
    operations: operations & operationsOf(wanted),
    isReference: has(flags, OpenFlags.NODE_REFERENCE),
    appends: has(flags, OpenFlags.APPEND),
    truncates: has(flags, OpenFlags.TRUNCATE),
  };
}
