import type { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { handOut } from "./buffer.js";
import type { BufferRequest, OpenFile } from "./node.js";

/** Bytes as one connection sees them: a VMO is made when it is asked for. */
export class OpenBytes implements OpenFile {
  readonly isMemory = false;
  readonly #context: Context;
  readonly #bytes: Uint8Array;
  #vmo: Vmo | undefined;

  constructor(context: Context, bytes: Uint8Array) {
    this.#context = context;
    this.#bytes = bytes;
  }

  size(): bigint {
    return BigInt(this.#bytes.length);
  }

  read(offset: bigint, length: number): Uint8Array {
    const from = Number(offset < this.size() ? offset : this.size());
    return this.#bytes.subarray(from, from + length);
  }

  buffer(request: BufferRequest): Vmo {
    this.#vmo ??= this.#context.vmoFromBytes(this.#bytes);
    return handOut(this.#vmo, this.size(), request);
  }

  close(): void {
    this.#vmo?.close();
  }
}
