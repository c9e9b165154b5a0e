import { ZxStatus } from "../../base/status.js";
import type { File } from "../../fidl/libraries/fuchsia-io.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation } from "../../fidl/server.js";
import type { FileSession } from "../file-session.js";
import type { BufferRequest } from "../node.js";
import { refusal } from "../refusal.js";
import { includesRights, NodeRights } from "../rights.js";
import { has, VmoFlags } from "./flags.js";
import { NodeConnection } from "./node-connection.js";
import { answer } from "./outcome.js";

type FileMethods = MethodsOf<typeof File>;
type Request<K extends keyof FileMethods> = RequestOf<FileMethods[K]>;
type Reply<K extends keyof FileMethods> = ResponseOf<FileMethods[K]>;

const NOTHING: Uint8Array = new Uint8Array();

/**
 * Answers `fuchsia.io/File` for one connection (zircon/system/ulib/fs/file_connection.cc).
 */
export class FileConnection
  extends NodeConnection<FileSession>
  implements Implementation<FileMethods>
{
  override sync(): Reply<"Sync"> {
    return { s: this.denied() ?? ZxStatus.OK };
  }

  read({ count }: Request<"Read">): Promise<Reply<"Read">> {
    return answer({ data: NOTHING }, async () => ({
      data: await this.session.read(count, ZxStatus.INVALID_ARGS),
    }));
  }

  readAt({ count, offset }: Request<"ReadAt">): Promise<Reply<"ReadAt">> {
    return answer({ data: NOTHING }, async () => ({
      data: await this.session.readAt(offset, count, ZxStatus.INVALID_ARGS),
    }));
  }

  write({ data }: Request<"Write">): Promise<Reply<"Write">> {
    return answer({ actual: 0n }, async () => ({ actual: await this.session.write(data) }));
  }

  writeAt({ data, offset }: Request<"WriteAt">): Promise<Reply<"WriteAt">> {
    return answer({ actual: 0n }, async () => ({
      actual: await this.session.writeAt(offset, data),
    }));
  }

  async seek({ offset, start }: Request<"Seek">): Promise<Reply<"Seek">> {
    const { s } = await answer({}, async () => {
      await this.session.seek(start, offset);
      return {};
    });
    return { s, offset: this.session.offset };
  }

  truncate({ length }: Request<"Truncate">): Promise<Reply<"Truncate">> {
    return answer({}, async () => {
      await this.session.truncate(length);
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
      const file = this.session.file();
      const request = this.#bufferRequest(flags);
      const size = await file.size();
      return { buffer: { vmo: await file.buffer(request), size } };
    });
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
    const { appends: atEnd, rights: own } = this.session;
    const appends = atEnd && has(flags, VmoFlags.WRITE);
    if (appends || !includesRights(own, rights | NodeRights.READABLE)) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    return {
      rights,
      ...(isPrivate ? { sharing: "private" } : isExact ? { sharing: "exact" } : {}),
    };
  }
}
