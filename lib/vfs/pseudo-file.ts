import { encode } from "../base/strings.js";
import { type Bytes, checkBytes, checkOptions, invalidType, isBytes } from "../base/validate.js";
import type { Context } from "../kernel/context.js";
import { pseudoAttributes } from "./attributes.js";
import type { FileNode, OpenFile, VfsAttributes } from "./node.js";
import { OpenBytes } from "./open-bytes.js";
import { checkNodeRights, type NodeRights, READ_EXECUTE } from "./rights.js";

/** What a {@link PseudoFile} holds. */
export type FileContent = string | Bytes;

/** How a file is served. */
export interface FileOptions {
  /** What its connections may have at most: bits of {@link OpenFlags}. Read and execute by default. */
  rights?: NodeRights;
}

/** A file of bytes that are given, or made anew for each connection. It cannot be written. */
export class PseudoFile implements FileNode {
  readonly kind = "file";
  readonly rights: NodeRights;
  readonly #content: Uint8Array | (() => FileContent | Promise<FileContent>);

  /** @param content the bytes, a string for its UTF-8, or what makes either when it is opened */
  constructor(
    content: FileContent | (() => FileContent | Promise<FileContent>),
    options: FileOptions = {},
  ) {
    checkOptions(options, ["rights"]);
    const { rights = READ_EXECUTE } = options;
    this.rights = checkNodeRights("options.rights", rights, READ_EXECUTE);
    this.#content = typeof content === "function" ? content : toBytes("content", content);
  }

  /** The size of content that is not made yet is 0. */
  attributes(): VfsAttributes {
    const content = this.#content;
    return pseudoAttributes(typeof content === "function" ? 0n : BigInt(content.length));
  }

  async open(context: Context): Promise<OpenFile> {
    const content = this.#content;
    const bytes = typeof content === "function" ? toBytes("content()", await content()) : content;
    return new OpenBytes(context, bytes);
  }
}

function toBytes(name: string, content: unknown): Uint8Array {
  if (typeof content === "string") {
    return encode(content);
  }
  if (isBytes(content)) {
    return checkBytes(name, content);
  }
  throw invalidType(name, "a string or bytes", content);
}
