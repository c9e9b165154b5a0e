import { Channel } from "../../handles/channel.js";
import { Event, EventPair } from "../../handles/event.js";
import { Handle } from "../../handles/handle.js";
import { Socket } from "../../handles/socket.js";
import { Vmo } from "../../handles/vmo.js";
import { enumeration } from "../enums.js";
import { clientEnd, handle, serverEnd } from "../handles.js";
import { int64, int8, status, uint32, uint64 } from "../primitives.js";
import { event, oneWay, protocol, twoWay } from "../protocol.js";
import { array, bytes, string } from "../sequences.js";
import { box, struct } from "../structs.js";
import { optional } from "../type.js";
import { union } from "../unions.js";

// The library as of 2020, which calls itself fuchsia.io1 where ordinals are made.

/** Bytes of one read or write, at most. */
export const MAX_BUF = 8192;
/** Bytes of a path, at most. */
export const MAX_PATH = 4096;
/** Bytes of a name, at most. */
export const MAX_FILENAME = 255;
/** Bytes of the name of a file system, with its NUL, at most. */
const MAX_FS_NAME_BUFFER = 32;

const data = bytes(MAX_BUF);
const path = string(MAX_PATH);

/** Where {@link File}'s Seek starts from. */
export const SeekOrigin = enumeration("SeekOrigin", uint32, { START: 0, CURRENT: 1, END: 2 });

/** What is known about a node. Times are in nanoseconds. */
export const NodeAttributes = struct("NodeAttributes", {
  mode: uint32,
  id: uint64,
  contentSize: uint64,
  storageSize: uint64,
  linkCount: uint64,
  creationTime: uint64,
  modificationTime: uint64,
});

/** A node behind which there is a protocol. */
export const Service = struct("Service", {});
/** A file; its event says when it can be read or written. */
export const FileObject = struct("FileObject", {
  event: optional(handle(Event)),
  stream: optional(handle(Handle)),
});
/** A directory. */
export const DirectoryObject = struct("DirectoryObject", {});
/** A pipe. */
export const Pipe = struct("Pipe", { socket: handle(Socket) });
/** A range of a VMO. */
export const Vmofile = struct("Vmofile", { vmo: handle(Vmo), offset: uint64, length: uint64 });
/** A device; its event says when it can be read or written. */
export const Device = struct("Device", { event: optional(handle(EventPair)) });
/** A terminal; its event says when it can be read or written. */
export const Tty = struct("Tty", { event: optional(handle(EventPair)) });
/** A socket for datagrams. */
export const DatagramSocket = struct("DatagramSocket", { event: handle(EventPair) });
/** A socket for streams. */
export const StreamSocket = struct("StreamSocket", { socket: handle(Socket) });

/** What a node is. */
export const NodeInfo = union("NodeInfo", {
  service: [1, Service],
  file: [2, FileObject],
  directory: [3, DirectoryObject],
  pipe: [4, Pipe],
  vmofile: [5, Vmofile],
  device: [6, Device],
  tty: [7, Tty],
  datagramSocket: [9, DatagramSocket],
  streamSocket: [10, StreamSocket],
});

/** `fuchsia.mem/Buffer`: a VMO, and how much of it counts. */
export const Buffer = struct("fuchsia.mem.Buffer", { vmo: handle(Vmo), size: uint64 });

/** `fuchsia.io/Node`: what all nodes of a file system answer. */
export const Node = protocol("fuchsia.io/Node", {
  Clone: oneWay({ flags: uint32, object: serverEnd("fuchsia.io/Node") }),
  Close: twoWay({}, { s: status }),
  Describe: twoWay({}, { info: NodeInfo }),
  OnOpen: event({ s: status, info: optional(NodeInfo) }),
  Sync: twoWay({}, { s: status }),
  GetAttr: twoWay({}, { s: status, attributes: NodeAttributes }),
  SetAttr: twoWay({ flags: uint32, attributes: NodeAttributes }, { s: status }),
  NodeGetFlags: twoWay({}, { s: status, flags: uint32 }),
  NodeSetFlags: twoWay({ flags: uint32 }, { s: status }),
});

/** `fuchsia.io/File` */
export const File = protocol(
  "fuchsia.io/File",
  {
    Read: twoWay({ count: uint64 }, { s: status, data }),
    ReadAt: twoWay({ count: uint64, offset: uint64 }, { s: status, data }),
    Write: twoWay({ data }, { s: status, actual: uint64 }),
    WriteAt: twoWay({ data, offset: uint64 }, { s: status, actual: uint64 }),
    Seek: twoWay({ offset: int64, start: SeekOrigin }, { s: status, offset: uint64 }),
    Truncate: twoWay({ length: uint64 }, { s: status }),
    GetFlags: twoWay({}, { s: status, flags: uint32 }),
    SetFlags: twoWay({ flags: uint32 }, { s: status }),
    GetBuffer: twoWay({ flags: uint32 }, { s: status, buffer: box(Buffer) }),
  },
  { compose: Node },
);

/** `fuchsia.io/Directory` */
export const Directory = protocol(
  "fuchsia.io/Directory",
  {
    Open: oneWay({ flags: uint32, mode: uint32, path, object: serverEnd("fuchsia.io/Node") }),
    Unlink: twoWay({ path }, { s: status }),
    ReadDirents: twoWay({ maxBytes: uint64 }, { s: status, dirents: data }),
    Rewind: twoWay({}, { s: status }),
    GetToken: twoWay({}, { s: status, token: optional(handle(Handle)) }),
    Rename: twoWay({ src: path, dstParentToken: handle(Handle), dst: path }, { s: status }),
    Link: twoWay({ src: path, dstParentToken: handle(Handle), dst: path }, { s: status }),
    Watch: twoWay({ mask: uint32, options: uint32, watcher: handle(Channel) }, { s: status }),
  },
  { compose: Node },
);

/** What is known about a file system. Sizes are in bytes. */
export const FilesystemInfo = struct("FilesystemInfo", {
  totalBytes: uint64,
  usedBytes: uint64,
  totalNodes: uint64,
  usedNodes: uint64,
  freeSharedPoolBytes: uint64,
  fsId: uint64,
  blockSize: uint32,
  maxFilenameSize: uint32,
  fsType: uint32,
  padding: uint32,
  name: array(int8, MAX_FS_NAME_BUFFER),
});

/** `fuchsia.io/DirectoryAdmin` */
export const DirectoryAdmin = protocol(
  "fuchsia.io/DirectoryAdmin",
  {
    Mount: twoWay({ remote: clientEnd("fuchsia.io/Directory") }, { s: status }),
    MountAndCreate: twoWay(
      { remote: clientEnd("fuchsia.io/Directory"), name: string(MAX_FILENAME), flags: uint32 },
      { s: status },
    ),
    Unmount: twoWay({}, { s: status }),
    UnmountNode: twoWay({}, { s: status, remote: optional(clientEnd("fuchsia.io/Directory")) }),
    QueryFilesystem: twoWay({}, { s: status, info: box(FilesystemInfo) }),
    GetDevicePath: twoWay({}, { s: status, path: optional(path) }),
  },
  { compose: Directory },
);
