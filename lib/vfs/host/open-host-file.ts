import type { FileHandle } from "node:fs/promises";

import type { Context } from "../../context.js";
import { ZirconiaError } from "../../errors.js";
import type { Vmo } from "../../handles/vmo.js";
import { askHost } from "../../host-status.js";
import { ZxStatus } from "../../status.js";
import type { BufferRequest, OpenFile } from "../node.js";
import { OpenBytes } from "../open-bytes.js";
import { includesRights, NodeRights } from "../rights.js";

/** A file of the host that a connection can write. */
export class OpenHostFile implements OpenFile {
  readonly isMemory = false;
  readonly #context: Context;
  readonly #file: FileHandle;
  readonly #name: string;

  constructor(context: Context, file: FileHandle, name: string) {
    this.#context = context;
    this.#file = file;
    this.#name = name;
  }

  async size(): Promise<bigint> {
    return (await askHost(() => this.#file.stat({ bigint: true }))).size;
  }

  async read(offset: bigint, length: number): Promise<Uint8Array> {
    if (offset >= (await this.size())) {
      return new Uint8Array();
    }
    const bytes = Buffer.alloc(length);
    const position = checkPosition(offset);
    const { bytesRead } = await askHost(() => this.#file.read(bytes, 0, length, position));
    return bytes.subarray(0, bytesRead);
  }

  /** A VMO with what the file holds now. */
  async buffer(request: BufferRequest): Promise<Vmo> {
    const { rights, sharing } = request;
    const isShared = sharing !== "private" && includesRights(rights, NodeRights.WRITABLE);
    if (sharing === "exact" || isShared) {
      throw new ZirconiaError("No VMO is the host's file itself", ZxStatus.NOT_SUPPORTED);
    }
    const length = Number(await this.size());
    const copy = new OpenBytes(this.#context, await this.read(0n, length), this.#name);
    try {
      return copy.buffer(request);
    } finally {
      copy.close();
    }
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<number> {
    const position = checkPosition(offset + BigInt(bytes.length)) - bytes.length;
    const { bytesWritten } = await askHost(() =>
      this.#file.write(bytes, 0, bytes.length, position),
    );
    return bytesWritten;
  }

  async truncate(size: bigint): Promise<void> {
    const length = checkPosition(size);
    await askHost(() => this.#file.truncate(length));
  }

  close(): void {
    // Nothing is left to be done about a failure.
    void this.#file.close().catch(() => {});
  }
}

/** @throws {@link ZirconiaError} `FILE_BIG` for what Node cannot count */
function checkPosition(offset: bigint): number {
  if (offset > Number.MAX_SAFE_INTEGER) {
    throw new ZirconiaError(`Offset ${offset} is too large`, ZxStatus.FILE_BIG);
  }
  return Number(offset);
}
