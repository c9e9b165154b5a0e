import type { Channel } from "../handles/channel.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import type { AdvisoryLocks } from "./locks.js";
import type { NodeRights } from "./rights.js";

// What nodes are, whichever protocol they are served over.

/** What is known about a node. Sizes are in bytes, times in nanoseconds since 1970. */
export interface VfsAttributes {
  /** Distinguishes a node from others of its file system; unknown by default. */
  readonly id?: bigint;
  /** How long the content is. */
  readonly contentSize: bigint;
  /** How much room the content takes. */
  readonly storageSize: bigint;
  readonly linkCount: bigint;
  readonly creationTime: bigint;
  readonly modificationTime: bigint;
  readonly accessTime?: bigint;
  /** When something about it has changed last, its attributes among it. */
  readonly changeTime?: bigint;
}

/** Times that a node is to have, in nanoseconds since 1970; what is left out stays. */
export type VfsTimes = Partial<
  Pick<VfsAttributes, "creationTime" | "modificationTime" | "accessTime">
>;

interface NodeBase {
  /** What connections to the node may have at most. */
  readonly rights: NodeRights;
  attributes(): VfsAttributes | Promise<VfsAttributes>;
  /** How clients set its times; left out where they cannot. */
  setTimes?(times: VfsTimes): void | Promise<void>;
}

/** An entry of a directory. */
export interface VfsEntry {
  readonly name: string;
  readonly kind: VfsNode["kind"];
  /** The number of its node, as in its attributes; left out where it is not known. */
  readonly id?: bigint;
}

/** What happens in a directory: an entry came or went, or the directory itself is gone. */
export type VfsEvent =
  { readonly kind: "added" | "removed"; readonly name: string } | { readonly kind: "deleted" };

/**
 * A directory. Names are of 1 to 255 bytes, without `/` and NUL, and neither `.` nor `..`; they are
 * compared byte by byte. What a method throws is its status if it is a `ZirconiaError`, and
 * `INTERNAL` otherwise.
 */
export interface DirectoryNode extends NodeBase {
  readonly kind: "directory";
  /** The node of a name, if there is one. */
  lookup(name: string): VfsNode | undefined | Promise<VfsNode | undefined>;
  /** All entries, in any order. */
  entries(): readonly VfsEntry[] | Promise<readonly VfsEntry[]>;
  /** How clients change it; left out where they cannot. */
  readonly changes?: DirectoryChanges | undefined;
  /**
   * Tells of what happens from now on, until the result is called; left out where nobody knows.
   */
  watch?(listener: (event: VfsEvent) => void): () => void;
  /** The locks on it, whoever has it open; left out where it cannot be locked. */
  locks?(): AdvisoryLocks | Promise<AdvisoryLocks>;
}

/** How clients change a directory. */
export interface DirectoryChanges {
  /** Makes an empty file or directory. */
  create(name: string, kind: "directory" | "file"): void | Promise<void>;
  /** Removes an entry; a directory must be empty. */
  unlink(name: string, mustBeDirectory: boolean): void | Promise<void>;
  /** Moves an entry to another place, which may be taken. */
  rename(
    name: string,
    mustBeDirectory: boolean,
    target: DirectoryChanges,
    newName: string,
  ): void | Promise<void>;
  /** Gives a file a further place. */
  link(name: string, target: DirectoryChanges, newName: string): void | Promise<void>;
  /** Gives a file that is open a further place; left out where only entries can be linked. */
  put?(name: string, file: FileNode): void | Promise<void>;
}

/** A file. */
export interface FileNode extends NodeBase {
  readonly kind: "file";
  /**
   * Opens the file for one connection, and its clones.
   *
   * @param context on whose behalf it is served: whose VMOs its buffers are
   * @param rights of the connection; its clones have no more
   */
  open(context: Context, rights: NodeRights): OpenFile | Promise<OpenFile>;
}

/** A node behind which there is a protocol other than those of file systems. */
export interface ConnectorNode extends NodeBase {
  readonly kind: "service";
  /**
   * Connects a client to what is behind the node: its server end, which is consumed. It is closed
   * if this fails.
   */
  connect(channel: Channel): void | Promise<void>;
}

/** A node of a tree that can be served. */
export type VfsNode = DirectoryNode | FileNode | ConnectorNode;

/** How a file's content is to come as a VMO. */
export interface BufferRequest {
  /** The rights of the VMO. */
  readonly rights: NodeRights;
  /** A VMO of the client's own, or the file's very own; either, by default. */
  readonly sharing?: "private" | "exact";
}

/** What has been written at the end of a file. */
export interface Appended {
  /** How many bytes. */
  readonly actual: number;
  /** Where the file ends now. */
  readonly end: bigint;
}

/** What others may still do with a file that is locked: read it, or nothing. */
export type LockType = "read" | "write";

/** A file that a connection has opened. */
export interface OpenFile {
  /** Whether the content is a VMO's that clients may read directly while they cannot write. */
  readonly isMemory: boolean;
  /** The length of the content in bytes. */
  size(): bigint | Promise<bigint>;
  /** Up to `length` bytes from `offset` on: fewer at the end, none beyond. */
  read(offset: bigint, length: number): Uint8Array | Promise<Uint8Array>;
  /** The content as a VMO, which belongs to the caller. */
  buffer(request: BufferRequest): Vmo | Promise<Vmo>;
  /** Writes bytes, and tells how many. Connections to files that cannot be written do not ask. */
  write?(offset: bigint, bytes: Uint8Array): number | Promise<number>;
  /** Writes bytes at the end, wherever that is by then, likewise. */
  append?(bytes: Uint8Array): Appended | Promise<Appended>;
  /** Makes the content longer or shorter, likewise. */
  truncate?(size: bigint): void | Promise<void>;
  /** Waits until what was written will last. */
  sync?(): Promise<void>;
  /** The locks on the file, whoever has opened it. */
  readonly locks?: AdvisoryLocks;
  /** Gives up what it has. */
  close(): void;
}
