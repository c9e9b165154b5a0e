import { ZxStatus } from "../../base/status.js";
import { File, MAX_BUF, type NodeInfo, SeekOrigin } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import { type Implementation, serve } from "../../fidl/server.js";
import type { ValueOf } from "../../fidl/type.js";
import type { Channel } from "../../handles/channel.js";
import type { BufferRequest, FileNode, OpenFile } from "../node.js";
import { includesRights, NodeRights } from "../rights.js";
import { has, refusal, VmoFlags } from "./flags.js";
import { NodeConnection, type NodeServer, type Opening, type Served } from "./node-connection.js";
import { answer } from "./outcome.js";
import type { SharedFile } from "./shared-file.js";

type FileMethods = MethodsOf<typeof File>;
type Request<K extends keyof FileMethods> = RequestOf<FileMethods[K]>;
type Reply<K extends keyof FileMethods> = ResponseOf<FileMethods[K]>;

const NOTHING: Uint8Array = new Uint8Array();
const MAX_OFFSET = 2n ** 64n - 1n;

/**
 * Answers `fuchsia.io/File` for one connection (zircon/system/ulib/fs/file_connection.cc).
 */
export class FileConnection
  extends NodeConnection<FileNode>
  implements Implementation<FileMethods>
{
  /** What is open; nothing, for a reference. */
  readonly #shared: SharedFile | undefined;
  #offset = 0n;

  constructor(server: NodeServer, node: FileNode, opening: Opening, file: SharedFile | undefined) {
    super(server, node, opening);
    this.#shared = file;
  }

  override serve(channel: Channel): Served {
    return serve(File, channel, this);
  }

  override reopened(opening: Opening): FileConnection {
    const file = opening.isReference ? undefined : this.#shared?.share();
    return new FileConnection(this.server, this.node, opening, file);
  }

  override ended(): void {
    this.#shared?.release();
  }

  override async info(): Promise<ValueOf<typeof NodeInfo>> {
    if (this.#shared === undefined) {
      return super.info();
    }
    const { file } = this.#shared;
    const { rights } = this.opening;
    const isReadOnly = has(rights, NodeRights.READABLE) && !has(rights, NodeRights.WRITABLE);
    if (!file.isMemory || !isReadOnly) {
      return { kind: "file", value: {} };
    }
    const length = await file.size();
    return { kind: "vmofile", value: { vmo: await file.buffer({ rights }), offset: 0n, length } };
  }

  override sync(): Reply<"Sync"> {
    return { s: this.denied() ?? ZxStatus.OK };
  }

  read({ count }: Request<"Read">): Promise<Reply<"Read">> {
    return answer({ data: NOTHING }, async () => {
      const data = await this.#read(this.#offset, count);
      this.#offset += BigInt(data.length);
      return { data };
    });
  }

  readAt({ count, offset }: Request<"ReadAt">): Promise<Reply<"ReadAt">> {
    return answer({ data: NOTHING }, async () => ({ data: await this.#read(offset, count) }));
  }

  write({ data }: Request<"Write">): Promise<Reply<"Write">> {
    return answer({ actual: 0n }, async () => {
      const file = this.#open(NodeRights.WRITABLE);
      if (this.appends) {
        const { actual, end } = (await file.append?.(data)) ?? unsupported();
        this.#offset = end;
        return { actual: BigInt(actual) };
      }
      const actual = await write(file, this.#offset, data);
      this.#offset += actual;
      return { actual };
    });
  }

  writeAt({ data, offset }: Request<"WriteAt">): Promise<Reply<"WriteAt">> {
    return answer({ actual: 0n }, async () => ({
      actual: await write(this.#open(NodeRights.WRITABLE), offset, data),
    }));
  }

  async seek({ offset, start }: Request<"Seek">): Promise<Reply<"Seek">> {
    const { s } = await answer({}, async () => {
      const next = (await this.#origin(start)) + offset;
      if (next < 0n || next > MAX_OFFSET) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      this.#offset = next;
      return {};
    });
    return { s, offset: this.#offset };
  }

  truncate({ length }: Request<"Truncate">): Promise<Reply<"Truncate">> {
    return answer({}, async () => {
      await truncate(this.#open(NodeRights.WRITABLE), length);
      return {};
    });
  }

  getFlags(): Reply<"GetFlags"> {
    return this.nodeGetFlags();
  }

  setFlags(request: Request<"SetFlags">): Reply<"SetFlags"> {
    return this.nodeSetFlags(request);
  }

  getBuffer({ flags }: Request<"GetBuffer">): Promise<Reply<"GetBuffer">> {
    return answer({}, async () => {
      const file = this.#open();
      const request = this.#bufferRequest(flags);
      const size = await file.size();
      return { buffer: { vmo: await file.buffer(request), size } };
    });
  }

  /** @throws `ZirconiaError` `BAD_HANDLE` */
  #open(rights: NodeRights = 0): OpenFile {
    if (this.#shared === undefined) {
      throw refusal(ZxStatus.BAD_HANDLE);
    }
    this.check(rights);
    return this.#shared.file;
  }

  async #read(offset: bigint, count: bigint): Promise<Uint8Array> {
    const file = this.#open(NodeRights.READABLE);
    if (count > MAX_BUF) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    return file.read(offset, Number(count));
  }

  async #origin(start: ValueOf<typeof SeekOrigin>): Promise<bigint> {
    const file = this.#open();
    switch (start) {
      case SeekOrigin.members.START:
        return 0n;
      case SeekOrigin.members.CURRENT:
        return this.#offset;
      default:
        return file.size();
    }
  }

  /** @throws `ZirconiaError` `INVALID_ARGS`, `ACCESS_DENIED` */
  #bufferRequest(flags: number): BufferRequest {
    const isPrivate = has(flags, VmoFlags.PRIVATE);
    const isExact = has(flags, VmoFlags.EXACT);
    if (isPrivate && isExact) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    const rights =
      (has(flags, VmoFlags.READ) ? NodeRights.READABLE : 0) |
      (has(flags, VmoFlags.WRITE) ? NodeRights.WRITABLE : 0) |
      (has(flags, VmoFlags.EXEC) ? NodeRights.EXECUTABLE : 0);
    const appends = this.appends && has(flags, VmoFlags.WRITE);
    if (appends || !includesRights(this.opening.rights, rights | NodeRights.READABLE)) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    return {
      rights,
      ...(isPrivate ? { sharing: "private" } : isExact ? { sharing: "exact" } : {}),
    };
  }
}

/** @throws `ZirconiaError` `NOT_SUPPORTED`, and what writing fails with */
async function write(file: OpenFile, offset: bigint, data: Uint8Array): Promise<bigint> {
  return BigInt((await file.write?.(offset, data)) ?? unsupported());
}

/** Gives a file another length. @throws `ZirconiaError` likewise */
export async function truncate(file: OpenFile, length: bigint): Promise<void> {
  if (file.truncate === undefined) {
    unsupported();
  }
  await file.truncate(length);
}

function unsupported(): never {
  throw refusal(ZxStatus.NOT_SUPPORTED);
}
