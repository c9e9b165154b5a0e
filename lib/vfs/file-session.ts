import { ZxStatus } from "../base/status.js";
import { MAX_BUF, SeekOrigin } from "../fidl/libraries/fuchsia-io.js";
import type { ValueOf } from "../fidl/type.js";
import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import type { SharedFile } from "./dialect-2020/shared-file.js";
import type { BufferRequest, FileNode, LockType, OpenFile } from "./node.js";
import { Operations } from "./operations.js";
import { refusal } from "./refusal.js";
import { type NodeServer, type Opening, Session } from "./session.js";

const MAX_OFFSET = 2n ** 64n - 1n;

/**
 * A connection to a file: where it reads and writes next. What methods throw is a
 * `ZirconiaError`: `BAD_HANDLE` for what the connection may not do or a reference, and what the
 * file fails with.
 */
export class FileSession extends Session<FileNode> {
  /** What is open; nothing, for a reference. */
  readonly #shared: SharedFile | undefined;
  #offset = 0n;

  constructor(
    server: NodeServer,
    node: FileNode,
    opening: Opening,
    context: Context,
    shared: SharedFile | undefined,
  ) {
    super(server, node, opening, context);
    this.#shared = shared;
  }

  /** Where the next read or write is. */
  get offset(): bigint {
    return this.#offset;
  }

  override reopened(opening: Opening): FileSession {
    const shared = opening.isReference ? undefined : this.#shared?.share();
    return new FileSession(this.server, this.node, opening, this.context, shared);
  }

  override ended(): void {
    this.#shared?.file.locks?.release(this);
    this.#shared?.release();
  }

  /** The file, for something that the connection may be used for. */
  file(operations: Operations = 0): OpenFile {
    if (this.#shared === undefined) {
      throw refusal(ZxStatus.BAD_HANDLE);
    }
    this.check(operations);
    return this.#shared.file;
  }

  /** @param tooMuch the status for more than one message holds */
  async read(count: bigint, tooMuch: number): Promise<Uint8Array> {
    const data = await this.readAt(this.#offset, count, tooMuch);
    this.#offset += BigInt(data.length);
    return data;
  }

  /** @param tooMuch likewise */
  async readAt(offset: bigint, count: bigint, tooMuch: number): Promise<Uint8Array> {
    const file = this.file(Operations.READ_BYTES);
    if (count > MAX_BUF) {
      throw refusal(tooMuch);
    }
    return file.read(offset, Number(count));
  }

  /** Writes where the last write or read has ended, or at the end: how many bytes. */
  async write(data: Uint8Array): Promise<bigint> {
    const file = this.file(Operations.WRITE_BYTES);
    if (this.appends) {
      const { actual, end } = (await file.append?.(data)) ?? unsupported();
      this.#offset = end;
      return BigInt(actual);
    }
    const actual = await this.writeAt(this.#offset, data);
    this.#offset += actual;
    return actual;
  }

  async writeAt(offset: bigint, data: Uint8Array): Promise<bigint> {
    const file = this.file(Operations.WRITE_BYTES);
    return BigInt((await file.write?.(offset, data)) ?? unsupported());
  }

  /** Moves to another place, and tells it: anywhere but before the start. */
  async seek(origin: ValueOf<typeof SeekOrigin>, offset: bigint): Promise<bigint> {
    const file = this.file();
    const next = (await this.#origin(origin, file)) + offset;
    if (next < 0n || next > MAX_OFFSET) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    this.#offset = next;
    return next;
  }

  async #origin(origin: ValueOf<typeof SeekOrigin>, file: OpenFile): Promise<bigint> {
    switch (origin) {
      case SeekOrigin.members.START:
        return 0n;
      case SeekOrigin.members.CURRENT:
        return this.#offset;
      default:
        return file.size();
    }
  }

  async truncate(length: bigint): Promise<void> {
    await truncate(this.file(Operations.WRITE_BYTES), length);
  }

  /** Waits until what has been written is on the disk, if there is one. */
  async sync(): Promise<void> {
    await this.file().sync?.();
  }

  async buffer(request: BufferRequest): Promise<Vmo> {
    return this.file().buffer(request);
  }

  /** Locks the file for this connection, or unlocks it: no other lock of the connection stays. */
  async lock(type: LockType | undefined, wait: boolean): Promise<void> {
    await (this.file().locks ?? unsupported()).change(this, type, wait);
  }
}

/** Gives a file another length. @throws `ZirconiaError` `NOT_SUPPORTED`, and what it fails with */
export async function truncate(file: OpenFile, length: bigint): Promise<void> {
  if (file.truncate === undefined) {
    unsupported();
  }
  await file.truncate(length);
}

function unsupported(): never {
  throw refusal(ZxStatus.NOT_SUPPORTED);
}
