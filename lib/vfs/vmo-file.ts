import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkOptions } from "../base/validate.js";
import { moveInto } from "../handles/move.js";
import { checkHandle } from "../handles/take.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { Rights } from "../zx/rights.js";
import { pseudoAttributes } from "./attributes.js";
import { handOut } from "./buffer.js";
import type { BufferRequest, FileNode, OpenFile, VfsAttributes } from "./node.js";
import type { FileOptions } from "./pseudo-file.js";
import { checkNodeRights, NodeRights, READ_EXECUTE } from "./rights.js";

/**
 * A file whose content is a VMO's: as many bytes as its content size says, which clients may map.
 */
export class VmoFile implements FileNode {
  readonly kind = "file";
  readonly rights: NodeRights;
  readonly #vmo: Vmo;

  /**
   * @param vmo is borrowed: it needs DUPLICATE, TRANSFER and READ while the file is served, MAP and
   * GET_PROPERTY for buffers
   * @param options the rights are READABLE, and EXECUTABLE if the VMO's handle has EXECUTE, by
   * default. WRITABLE needs WRITE: what is written is written to the VMO, within its content size.
   * @throws `ZxError` `BAD_HANDLE`
   */
  constructor(vmo: Vmo, options: FileOptions = {}) {
    this.#vmo = checkHandle("vmo", vmo, Vmo);
    checkOptions(options, ["rights"]);
    const possible = rightsOf(vmo);
    const { rights = possible & READ_EXECUTE } = options;
    this.rights = checkNodeRights("options.rights", rights, possible);
  }

  attributes(): VfsAttributes {
    return {
      ...pseudoAttributes(this.#vmo.getStreamSize()),
      storageSize: this.#vmo.getSize(),
    };
  }

  open(context: Context): OpenFile {
    return new OpenVmo(moveInto(context, "vmo", this.#vmo.duplicate()));
  }
}

/** What a handle of a VMO lets a file be used for. */
function rightsOf(vmo: Vmo): NodeRights {
  const { rights } = vmo;
  return (
    ((rights & Rights.READ) === 0 ? 0 : NodeRights.READABLE) |
    ((rights & Rights.WRITE) === 0 ? 0 : NodeRights.WRITABLE) |
    ((rights & Rights.EXECUTE) === 0 ? 0 : NodeRights.EXECUTABLE)
  );
}

class OpenVmo implements OpenFile {
  readonly isMemory = true;
  readonly #vmo: Vmo;

  constructor(vmo: Vmo) {
    this.#vmo = vmo;
  }

  size(): bigint {
    return this.#vmo.getStreamSize();
  }

  read(offset: bigint, length: number): Uint8Array {
    const rest = this.#rest(offset);
    return this.#vmo.read(offset, rest < length ? Number(rest) : length);
  }

  buffer(request: BufferRequest): Vmo {
    return handOut(this.#vmo, this.size(), request);
  }

  write(offset: bigint, bytes: Uint8Array): number {
    const rest = this.#rest(offset);
    const fitting = rest < bytes.length ? bytes.subarray(0, Number(rest)) : bytes;
    if (fitting.length === 0 && bytes.length > 0) {
      throw new ZirconiaError("The file ends here", ZxStatus.NO_SPACE);
    }
    this.#vmo.write(offset, fitting);
    return fitting.length;
  }

  truncate(size: bigint): void {
    this.#vmo.setStreamSize(size);
  }

  close(): void {
    this.#vmo.close();
  }

  /** How much content there is from an offset on. */
  #rest(offset: bigint): bigint {
    const size = this.size();
    return offset < size ? size - offset : 0n;
  }
}
