import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";

import { ZirconiaError } from "../../base/errors.js";
import { askHost } from "../../base/host-status.js";
import { ZxStatus } from "../../base/status.js";
import type { Vmo } from "../../handles/vmo.js";
import type { Context } from "../../kernel/context.js";
import { checkCopy, copyOut } from "../buffer.js";
import type { AdvisoryLocks } from "../locks.js";
import type { Appended, BufferRequest, OpenFile } from "../node.js";
import { HostTree } from "./host-tree.js";

/** How much of a file one VMO can be a copy of, as much as Node reads of one. */
const MAX_BUFFER = 2 ** 31 - 1;

/** What has been opened, and the locks on it. */
export interface Opened {
  readonly file: FileHandle;
  readonly locks: AdvisoryLocks;
}

/** A file of the host that is open. What the host writes to it shows. */
export class OpenHostFile implements OpenFile {
  readonly isMemory = false;
  readonly locks: AdvisoryLocks;
  readonly #context: Context;
  readonly #tree: HostTree;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #closed: () => void;

  /**
   * @param opened what is at the path of the tree, or was
   * @param closed is told when it is closed
   */
  constructor(
    context: Context,
    tree: HostTree,
    path: string,
    { file, locks }: Opened,
    closed: () => void,
  ) {
    this.locks = locks;
    this.#context = context;
    this.#tree = tree;
    this.#path = path;
    this.#file = file;
    this.#closed = closed;
  }

  async size(): Promise<bigint> {
    return (await askHost(() => this.#file.stat({ bigint: true }))).size;
  }

  async read(offset: bigint, length: number): Promise<Uint8Array> {
    if (offset > Number.MAX_SAFE_INTEGER) {
      return new Uint8Array();
    }
    const bytes = new Uint8Array(length);
    const { bytesRead } = await askHost(() => this.#file.read(bytes, 0, length, Number(offset)));
    return bytes.subarray(0, bytesRead);
  }

  /** A VMO with what the file holds now. */
  async buffer(request: BufferRequest): Promise<Vmo> {
    checkCopy(request);
    return copyOut(this.#context, basename(this.#path), await this.#content(), request);
  }

  write(offset: bigint, bytes: Uint8Array): Promise<number> {
    const position = checkPosition(offset + BigInt(bytes.length)) - bytes.length;
    return this.#change(async () => {
      const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, position);
      return bytesWritten;
    });
  }

  append(bytes: Uint8Array): Promise<Appended> {
    return this.#change(async () => {
      const { size } = await this.#file.stat();
      const { bytesWritten } = await this.#file.write(bytes, 0, bytes.length, size);
      return { actual: bytesWritten, end: BigInt(size + bytesWritten) };
    });
  }

  sync(): Promise<void> {
    return HostTree.sync(() => askHost(() => this.#file.sync()));
  }

  truncate(size: bigint): Promise<void> {
    const length = checkPosition(size);
    return this.#change(() => this.#file.truncate(length));
  }

  close(): void {
    // Nothing is left to be done about a failure.
    void this.#file.close().catch(() => {});
    this.#closed();
  }

  #change<T>(body: () => Promise<T>): Promise<T> {
    return this.#tree.inTurn(() => askHost(body));
  }

  /** @throws `ZirconiaError` `FILE_BIG` */
  async #content(): Promise<Uint8Array> {
    const size = await this.size();
    if (size > MAX_BUFFER) {
      throw new ZirconiaError(`${this.#path} is too large for a VMO`, ZxStatus.FILE_BIG);
    }
    const bytes = new Uint8Array(Number(size));
    let length = 0;
    let bytesRead: number;
    do {
      ({ bytesRead } = await askHost(() =>
        this.#file.read(bytes, length, bytes.length - length, length),
      ));
      length += bytesRead;
    } while (bytesRead > 0 && length < bytes.length);
    return bytes.subarray(0, length);
  }
}

/** @throws `ZirconiaError` `FILE_BIG` for what Node cannot count */
function checkPosition(offset: bigint): number {
  if (offset > Number.MAX_SAFE_INTEGER) {
    throw new ZirconiaError(`Offset ${offset} is too large`, ZxStatus.FILE_BIG);
  }
  return Number(offset);
}
