import { Channel } from "../../handles/channel.js";
import { Event } from "../../handles/event.js";
import { Handle } from "../../handles/handle.js";
import { Vmo } from "../../handles/vmo.js";
import { bits, enumeration, type MembersType } from "../enums.js";
import { handle, serverEnd } from "../handles.js";
import { bool, int64, status, uint32, uint64, uint8 } from "../primitives.js";
import { event, flexible, oneWay, protocol, selector, twoWay } from "../protocol.js";
import { flexibleResult, result } from "../results.js";
import { bytes, string, vector } from "../sequences.js";
import { box, struct } from "../structs.js";
import { table } from "../tables.js";
import { type FidlType, optional, type ValueOf } from "../type.js";
import { flexibleUnion } from "../unions.js";
import { FilesystemInfo, MAX_BUF, MAX_FILENAME, SeekOrigin } from "./fuchsia-io.js";

// The library as of today, less what it calls deprecated: that is in the one of 2020. Values that are
// in many messages have types with names, for declarations would spell them out in each.

/** Bytes of one read or write, at most. */
export const MAX_TRANSFER_SIZE = MAX_BUF;
/** Bytes of a path, at most. */
export const MAX_PATH_LENGTH = 4095;
/** Bytes of a name, at most. */
export const MAX_NAME_LENGTH = MAX_FILENAME;
/** Bytes of the value of an extended attribute in a message, at most. */
const MAX_INLINE_ATTRIBUTE_VALUE = 32_768;

const data = bytes(MAX_TRANSFER_SIZE);
const path = string(MAX_PATH_LENGTH);
const name = string(MAX_NAME_LENGTH);
const attributeName = bytes(255);
const target = bytes(MAX_PATH_LENGTH);

const flags = {
  PERM_CONNECT: 0x1n,
  PERM_READ_BYTES: 0x2n,
  PERM_WRITE_BYTES: 0x4n,
  PERM_EXECUTE: 0x8n,
  PERM_GET_ATTRIBUTES: 0x10n,
  PERM_UPDATE_ATTRIBUTES: 0x20n,
  PERM_ENUMERATE: 0x40n,
  PERM_TRAVERSE: 0x80n,
  PERM_MODIFY_DIRECTORY: 0x100n,
  /** A directory also gets the rights to write, where its parent's connection has all of them. */
  PERM_INHERIT_WRITE: 0x2000n,
  PERM_INHERIT_EXECUTE: 0x4000n,
  /** Makes what does not exist. */
  FLAG_MAYBE_CREATE: 0x1_0000n,
  /** Makes it, and fails if it exists. */
  FLAG_MUST_CREATE: 0x2_0000n,
  FILE_TRUNCATE: 0x4_0000n,
  PROTOCOL_DIRECTORY: 0x8_0000n,
  FILE_APPEND: 0x10_0000n,
  /** A connection to the node itself, without rights to its content. */
  PROTOCOL_NODE: 0x40_0000n,
  PROTOCOL_SERVICE: 0x1_0000_0000n,
  PROTOCOL_FILE: 0x2_0000_0000n,
  PROTOCOL_SYMLINK: 0x4_0000_0000n,
  FLAG_CREATE_AS_UNNAMED_TEMPORARY: 0x8_0000_0000n,
  /** OnRepresentation is sent. */
  FLAG_SEND_REPRESENTATION: 0x100_0000_0000n,
} as const;
/** The members of {@link Flags}. */
export interface FlagsMembers extends Readonly<typeof flags> {}
/** How something is opened: rights, what it may be, and what is to be done. */
export const Flags: MembersType<bigint, FlagsMembers> = bits("Flags", uint64, flags, "flexible");

const nodeAttributesQuery = {
  PROTOCOLS: 0x1n,
  ABILITIES: 0x2n,
  CONTENT_SIZE: 0x4n,
  STORAGE_SIZE: 0x8n,
  LINK_COUNT: 0x10n,
  ID: 0x20n,
  CREATION_TIME: 0x40n,
  MODIFICATION_TIME: 0x80n,
  MODE: 0x100n,
  UID: 0x200n,
  GID: 0x400n,
  RDEV: 0x800n,
  ACCESS_TIME: 0x1000n,
  CHANGE_TIME: 0x2000n,
} as const;
/** The members of {@link NodeAttributesQuery}. */
export interface NodeAttributesQueryMembers extends Readonly<typeof nodeAttributesQuery> {}
/** Which attributes are asked for. */
export const NodeAttributesQuery: MembersType<bigint, NodeAttributesQueryMembers> = bits(
  "NodeAttributesQuery",
  uint64,
  nodeAttributesQuery,
  "flexible",
);

/** What a node can be spoken to by. */
export const NodeProtocolKinds = bits(
  "NodeProtocolKinds",
  uint64,
  { CONNECTOR: 1n, DIRECTORY: 2n, FILE: 4n, SYMLINK: 8n },
  "flexible",
);

const SelinuxContext = flexibleUnion("SelinuxContext", {
  data: [1, bytes(256)],
  useExtendedAttribute: [2, struct("EmptyStruct", {})],
});

const mutableNodeAttributes = table("MutableNodeAttributes", {
  creationTime: [1, uint64],
  modificationTime: [2, uint64],
  mode: [3, uint32],
  uid: [4, uint32],
  gid: [5, uint32],
  rdev: [6, uint64],
  accessTime: [7, uint64],
  casefold: [8, bool],
  selinuxContext: [9, SelinuxContext],
  wrappingKeyId: [10, struct("WrappingKeyId", { low: uint64, high: uint64 })],
});
/** What clients may set of a node. Times are in nanoseconds since 1970, UTC. */
export interface MutableNodeAttributes extends ValueOf<typeof mutableNodeAttributes> {}
/** What clients may set of a node. Times are in nanoseconds since 1970, UTC. */
export const MutableNodeAttributes: FidlType<MutableNodeAttributes> = mutableNodeAttributes;

const immutableNodeAttributes = table("ImmutableNodeAttributes", {
  protocols: [1, NodeProtocolKinds],
  abilities: [2, uint64],
  contentSize: [3, uint64],
  storageSize: [4, uint64],
  linkCount: [5, uint64],
  id: [6, uint64],
  changeTime: [7, uint64],
});
/** What else is known about a node. */
export interface ImmutableNodeAttributes extends ValueOf<typeof immutableNodeAttributes> {}
/** What else is known about a node. */
export const ImmutableNodeAttributes: FidlType<ImmutableNodeAttributes> = immutableNodeAttributes;

const ATTRIBUTES = {
  mutableAttributes: MutableNodeAttributes,
  immutableAttributes: ImmutableNodeAttributes,
};

const nodeAttributes2 = struct("NodeAttributes2", ATTRIBUTES);
/** All that is known about a node. */
export interface NodeAttributes2 extends ValueOf<typeof nodeAttributes2> {}
/** All that is known about a node. */
export const NodeAttributes2: FidlType<NodeAttributes2> = nodeAttributes2;

const options = table("Options", {
  attributes: [1, NodeAttributesQuery],
  createAttributes: [2, MutableNodeAttributes],
});
/** What more there is to opening something. */
export interface Options extends ValueOf<typeof options> {}
/** What more there is to opening something. */
export const Options: FidlType<Options> = options;

const nodeInfo = table("NodeInfo", { attributes: [1, NodeAttributes2] });
/** A connection to a node. */
export interface NodeInfo extends ValueOf<typeof nodeInfo> {}
/** A connection to a node. */
export const NodeInfo: FidlType<NodeInfo> = nodeInfo;
const directoryInfo = table("DirectoryInfo", { attributes: [1, NodeAttributes2] });
/** A connection to a directory. */
export interface DirectoryInfo extends ValueOf<typeof directoryInfo> {}
/** A connection to a directory. */
export const DirectoryInfo: FidlType<DirectoryInfo> = directoryInfo;
const fileInfo = table("FileInfo", {
  isAppend: [1, bool],
  observer: [2, handle(Event)],
  stream: [3, handle(Handle)],
  attributes: [4, NodeAttributes2],
});
/** A connection to a file; its observer says when it can be read or written. */
export interface FileInfo extends ValueOf<typeof fileInfo> {}
/** A connection to a file; its observer says when it can be read or written. */
export const FileInfo: FidlType<FileInfo> = fileInfo;
const symlinkInfo = table("SymlinkInfo", {
  target: [1, target],
  attributes: [2, NodeAttributes2],
});
/** A connection to a symbolic link. */
export interface SymlinkInfo extends ValueOf<typeof symlinkInfo> {}
/** A connection to a symbolic link. */
export const SymlinkInfo: FidlType<SymlinkInfo> = symlinkInfo;

/** What a connection is to. */
export const Representation = flexibleUnion("Representation", {
  node: [1, NodeInfo],
  directory: [2, DirectoryInfo],
  file: [3, FileInfo],
  symlink: [4, SymlinkInfo],
});

/** The value of an extended attribute. */
export const ExtendedAttributeValue = flexibleUnion("ExtendedAttributeValue", {
  bytes: [1, bytes(MAX_INLINE_ATTRIBUTE_VALUE)],
  buffer: [2, handle(Vmo)],
});

/** How a file comes as a VMO. */
export const VmoFlags = bits("VmoFlags", uint32, {
  READ: 1,
  WRITE: 2,
  EXECUTE: 4,
  /** A copy-on-write VMO of the client's own. */
  PRIVATE_CLONE: 0x1_0000,
  /** The VMO that the file itself has. */
  SHARED_BUFFER: 0x2_0000,
});

/** How an entry is removed. */
export const UnlinkFlags = bits("UnlinkFlags", uint64, { MUST_BE_DIRECTORY: 1n }, "flexible");
const unlinkOptions = table("UnlinkOptions", { flags: [1, UnlinkFlags] });
/** What more there is to removing an entry. */
export interface UnlinkOptions extends ValueOf<typeof unlinkOptions> {}
/** What more there is to removing an entry. */
export const UnlinkOptions: FidlType<UnlinkOptions> = unlinkOptions;

/** Of which events a watcher is told. */
export const WatchMask = bits("WatchMask", uint32, {
  DELETED: 1,
  ADDED: 2,
  REMOVED: 4,
  EXISTING: 8,
  IDLE: 0x10,
});

/** What a lock keeps others from, or that it is given up. */
export const AdvisoryLockType = enumeration("AdvisoryLockType", uint32, {
  READ: 1,
  WRITE: 2,
  UNLOCK: 3,
});
/** A part of a file. */
export const AdvisoryLockRange = struct("AdvisoryLockRange", {
  origin: SeekOrigin,
  offset: int64,
  length: int64,
});
const advisoryLockRequest = table("AdvisoryLockRequest", {
  type: [1, AdvisoryLockType],
  range: [2, AdvisoryLockRange],
  wait: [3, bool],
});
/** A request to lock. */
export interface AdvisoryLockRequest extends ValueOf<typeof advisoryLockRequest> {}
/** A request to lock. */
export const AdvisoryLockRequest: FidlType<AdvisoryLockRequest> = advisoryLockRequest;

/** How room for a file is made. */
export const AllocateMode = bits("AllocateMode", uint32, {
  KEEP_SIZE: 1,
  UNSHARE_RANGE: 2,
  PUNCH_HOLE: 4,
  COLLAPSE_RANGE: 8,
  ZERO_RANGE: 0x10,
  INSERT_RANGE: 0x20,
});

const verificationOptions = table("VerificationOptions", {
  hashAlgorithm: [1, uint8],
  salt: [2, bytes(32)],
});
/** How a file's integrity is to be guarded. */
export interface VerificationOptions extends ValueOf<typeof verificationOptions> {}
/** How a file's integrity is to be guarded. */
export const VerificationOptions: FidlType<VerificationOptions> = verificationOptions;

/** How an extended attribute is set. */
export const SetExtendedAttributeMode = enumeration("SetExtendedAttributeMode", uint32, {
  SET: 1,
  CREATE: 2,
  REPLACE: 3,
});

const TODAY = { hashedAs: "fuchsia.io", openness: "open" } as const;

/** `fuchsia.io/ExtendedAttributeIterator` */
export const ExtendedAttributeIterator = protocol(
  "fuchsia.io/ExtendedAttributeIterator",
  {
    GetNext: twoWay(
      {},
      result("ExtendedAttributeIterator_GetNext", {
        attributes: vector(attributeName, 128),
        last: bool,
      }),
    ),
  },
  { hashedAs: "fuchsia.io" },
);

/** `fuchsia.io/Node`: what all nodes of a file system answer. */
export const Node = protocol(
  "fuchsia.io/Node",
  {
    Clone: selector(
      "fuchsia.unknown/Cloneable.Clone",
      oneWay({ request: serverEnd("fuchsia.unknown/Cloneable") }),
    ),
    Close: twoWay({}, result("Closeable_Close", {})),
    Query: selector("fuchsia.unknown/Queryable.Query", twoWay({}, { protocol: bytes() })),
    OnRepresentation: event({ payload: Representation }),
    GetAttributes: twoWay({ query: NodeAttributesQuery }, result("Node_GetAttributes", ATTRIBUTES)),
    UpdateAttributes: twoWay(
      { payload: MutableNodeAttributes },
      result("Node_UpdateAttributes", {}),
    ),
    Sync: twoWay({}, result("Node_Sync", {})),
    GetFlags: flexible(twoWay({}, flexibleResult("Node_GetFlags", { flags: Flags }))),
    SetFlags: flexible(twoWay({ flags: Flags }, flexibleResult("Node_SetFlags", {}))),
    QueryFilesystem: selector(
      "fuchsia.io.admin/DirectoryAdmin.QueryFilesystem",
      twoWay({}, { s: status, info: box(FilesystemInfo) }),
    ),
    ListExtendedAttributes: oneWay({
      iterator: serverEnd("fuchsia.io/ExtendedAttributeIterator"),
    }),
    GetExtendedAttribute: twoWay(
      { name: attributeName },
      result("Node_GetExtendedAttribute", { value: ExtendedAttributeValue }),
    ),
    SetExtendedAttribute: twoWay(
      { name: attributeName, value: ExtendedAttributeValue, mode: SetExtendedAttributeMode },
      result("Node_SetExtendedAttribute", {}),
    ),
    RemoveExtendedAttribute: twoWay(
      { name: attributeName },
      result("Node_RemoveExtendedAttribute", {}),
    ),
  },
  TODAY,
);

const advisoryLock = selector(
  "fuchsia.io/AdvisoryLocking.AdvisoryLock",
  twoWay({ request: AdvisoryLockRequest }, result("AdvisoryLocking_AdvisoryLock", {})),
);
const linkInto = selector(
  "fuchsia.io/Linkable.LinkInto",
  twoWay({ dstParentToken: handle(Event), dst: name }, result("Linkable_LinkInto", {})),
);

/** `fuchsia.io/File` */
export const File = protocol(
  "fuchsia.io/File",
  {
    AdvisoryLock: advisoryLock,
    LinkInto: linkInto,
    Describe: twoWay({}, { payload: FileInfo }),
    Read: twoWay({ count: uint64 }, result("File_Read", { data })),
    ReadAt: twoWay({ count: uint64, offset: uint64 }, result("File_ReadAt", { data })),
    Write: twoWay({ data }, result("File_Write", { actualCount: uint64 })),
    WriteAt: twoWay({ data, offset: uint64 }, result("File_WriteAt", { actualCount: uint64 })),
    Seek: twoWay(
      { origin: SeekOrigin, offset: int64 },
      result("File_Seek", { offsetFromStart: uint64 }),
    ),
    Resize: twoWay({ length: uint64 }, result("File_Resize", {})),
    GetBackingMemory: twoWay(
      { flags: VmoFlags },
      result("File_GetBackingMemory", { vmo: handle(Vmo) }),
    ),
    Allocate: flexible(
      twoWay(
        { offset: uint64, length: uint64, mode: AllocateMode },
        flexibleResult("File_Allocate", {}),
      ),
    ),
    EnableVerity: flexible(
      twoWay({ options: VerificationOptions }, flexibleResult("File_EnableVerity", {})),
    ),
  },
  { ...TODAY, compose: Node },
);

/** `fuchsia.io/Symlink` */
export const Symlink = protocol(
  "fuchsia.io/Symlink",
  {
    LinkInto: linkInto,
    Describe: flexible(twoWay({}, flexibleResult("Symlink_Describe", { payload: SymlinkInfo }))),
  },
  { ...TODAY, compose: Node },
);

/** `fuchsia.io/Directory` */
export const Directory = protocol(
  "fuchsia.io/Directory",
  {
    AdvisoryLock: advisoryLock,
    Open: selector(
      "fuchsia.io/Directory.Open3",
      flexible(oneWay({ path, flags: Flags, options: Options, object: handle(Channel) })),
    ),
    Unlink: twoWay({ name, options: UnlinkOptions }, result("Directory_Unlink", {})),
    ReadDirents: selector(
      "fuchsia.io1/Directory.ReadDirents",
      twoWay({ maxBytes: uint64 }, { s: status, dirents: data }),
    ),
    Rewind: selector("fuchsia.io1/Directory.Rewind", twoWay({}, { s: status })),
    GetToken: selector(
      "fuchsia.io1/Directory.GetToken",
      twoWay({}, { s: status, token: optional(handle(Handle)) }),
    ),
    Rename: twoWay(
      { src: name, dstParentToken: handle(Event), dst: name },
      result("Directory_Rename", {}),
    ),
    Link: selector(
      "fuchsia.io1/Directory.Link",
      twoWay({ src: name, dstParentToken: handle(Handle), dst: name }, { s: status }),
    ),
    CreateSymlink: twoWay(
      { name, target, connection: optional(serverEnd("fuchsia.io/Symlink")) },
      result("Directory_CreateSymlink", {}),
    ),
    Watch: selector(
      "fuchsia.io1/Directory.Watch",
      twoWay(
        { mask: WatchMask, options: uint32, watcher: serverEnd("fuchsia.io/DirectoryWatcher") },
        { s: status },
      ),
    ),
  },
  { ...TODAY, compose: Node },
);
