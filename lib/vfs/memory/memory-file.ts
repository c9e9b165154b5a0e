import { ZxStatus } from "../../base/status.js";
import type { Vmo } from "../../handles/vmo.js";
import type { Context } from "../../kernel/context.js";
import { pseudoAttributes } from "../attributes.js";
import { copyOut } from "../buffer.js";
import { AdvisoryLocks } from "../locks.js";
import type {
  Appended,
  BufferRequest,
  FileNode,
  OpenFile,
  VfsAttributes,
  VfsTimes,
} from "../node.js";
import { refusal } from "../refusal.js";
import type { NodeRights } from "../rights.js";
import { type MemorySpace, now } from "./memory-space.js";

/** A file in memory. It is there while it has a place in a directory, or somebody has it open. */
export class MemoryFile implements FileNode {
  readonly kind = "file";
  readonly rights: NodeRights;
  readonly locks = new AdvisoryLocks();
  /** What it takes its room from. */
  readonly space: MemorySpace;
  readonly id: bigint;
  /** As much as has been taken of the space; zeros after the content. */
  #bytes = new Uint8Array();
  #size = 0;
  #links = 0;
  #openings = 0;
  #times: Required<VfsTimes>;

  constructor(space: MemorySpace, rights: NodeRights) {
    this.space = space;
    this.rights = rights;
    this.id = space.nextId();
    const time = now();
    this.#times = { creationTime: time, modificationTime: time, accessTime: time };
  }

  get size(): number {
    return this.#size;
  }

  attributes(): VfsAttributes {
    return {
      ...pseudoAttributes(BigInt(this.#size)),
      id: this.id,
      storageSize: BigInt(this.#bytes.length),
      linkCount: BigInt(this.#links),
      ...this.#times,
    };
  }

  setTimes(times: VfsTimes): void {
    this.#times = { ...this.#times, ...times };
  }

  open(context: Context): OpenFile {
    this.#openings += 1;
    return new OpenMemoryFile(context, this);
  }

  /** Whether it is in a directory. */
  get isPlaced(): boolean {
    return this.#links > 0;
  }

  /** It has one more place, or one less. */
  placed(by: 1 | -1): void {
    this.#links += by;
    this.#giveUp();
  }

  /** Somebody who had it open has not any more. */
  closed(): void {
    this.#openings -= 1;
    this.#giveUp();
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.#size, offset + length);
    return this.#bytes.slice(Math.min(offset, end), end);
  }

  /** @throws `ZirconiaError` `NO_SPACE` */
  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    this.#reserve(end);
    this.#bytes.set(bytes, offset);
    this.#size = Math.max(this.#size, end);
    this.#times = { ...this.#times, modificationTime: now() };
  }

  /** @throws `ZirconiaError` `NO_SPACE` */
  truncate(size: number): void {
    if (size > this.#size) {
      this.#reserve(size);
    } else if (size < this.#bytes.length / 2) {
      this.#resize(size);
    } else {
      this.#bytes.fill(0, size);
    }
    this.#size = size;
    this.#times = { ...this.#times, modificationTime: now() };
  }

  /** Makes room, for more than is needed if there is enough, so that appending costs little. */
  #reserve(size: number): void {
    const { length } = this.#bytes;
    if (size > length) {
      const most = length + this.space.free;
      this.#resize(Math.max(size, Math.min(2 * length, most)));
    }
  }

  #resize(length: number): void {
    const old = this.#bytes;
    this.space.take(Math.max(0, length - old.length));
    this.#bytes = new Uint8Array(length);
    this.#bytes.set(old.subarray(0, length));
    this.space.give(Math.max(0, old.length - length));
  }

  #giveUp(): void {
    if (this.#links === 0 && this.#openings === 0) {
      this.#resize(0);
      this.#size = 0;
    }
  }
}

class OpenMemoryFile implements OpenFile {
  readonly isMemory = false;
  readonly locks: AdvisoryLocks;
  readonly #context: Context;
  readonly #file: MemoryFile;

  constructor(context: Context, file: MemoryFile) {
    this.locks = file.locks;
    this.#context = context;
    this.#file = file;
  }

  size(): bigint {
    return BigInt(this.#file.size);
  }

  read(offset: bigint, length: number): Uint8Array {
    return this.#file.read(offset < this.size() ? Number(offset) : this.#file.size, length);
  }

  buffer(request: BufferRequest): Vmo {
    return copyOut(this.#context, "file", this.#file.read(0, this.#file.size), request);
  }

  write(offset: bigint, bytes: Uint8Array): number {
    this.#file.write(checkSize(offset), bytes);
    return bytes.length;
  }

  append(bytes: Uint8Array): Appended {
    this.#file.write(this.#file.size, bytes);
    return { actual: bytes.length, end: this.size() };
  }

  truncate(size: bigint): void {
    this.#file.truncate(checkSize(size));
  }

  close(): void {
    this.#file.closed();
  }
}

/** @throws `ZirconiaError` `NO_SPACE` for what no space has room for */
function checkSize(size: bigint): number {
  if (size > Number.MAX_SAFE_INTEGER) {
    throw refusal(ZxStatus.NO_SPACE);
  }
  return Number(size);
}
