/**
 * Directories, files and services that JavaScript serves to programs.
 *
 * @module
 */
export { OpenFlags, VmoFlags } from "./dialect-2020/flags.js";
export { type ServeOptions, VfsDirectory } from "./directory.js";
export { HostDirectory } from "./host-directory.js";
export { AdvisoryLocks } from "./locks.js";
export { MemoryDirectory, type MemoryDirectoryOptions } from "./memory-directory.js";
export type {
  Appended,
  BufferRequest,
  ConnectorNode,
  DirectoryChanges,
  DirectoryNode,
  FileNode,
  LockType,
  OpenFile,
  VfsAttributes,
  VfsEntry,
  VfsEvent,
  VfsNode,
  VfsTimes,
} from "./node.js";
export { PseudoDirectory, type PseudoEntry } from "./pseudo-directory.js";
export { type FileContent, type FileOptions, PseudoFile } from "./pseudo-file.js";
export { NodeRights } from "./rights.js";
export { ServiceNode } from "./service-node.js";
export { VmoFile } from "./vmo-file.js";
