import { ZxStatus } from "../../base/status.js";
import { type File, VmoFlags } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { MethodsOf, RequestOf, ResponseOf } from "../../fidl/protocol.js";
import type { Implementation } from "../../fidl/server.js";
import type { FileSession } from "../file-session.js";
import type { BufferRequest } from "../node.js";
import { includes, Operations } from "../operations.js";
import { checkName } from "../path.js";
import { refusal } from "../refusal.js";
import { NodeRights } from "../rights.js";
import { advisoryLock } from "./advisory-lock.js";
import { NodeConnection, unsupported } from "./node-connection.js";
import { answer, attempt } from "./outcome.js";
import { fileInfo } from "./representation.js";

type FileMethods = MethodsOf<typeof File>;
type Request<K extends keyof FileMethods> = RequestOf<FileMethods[K]>;
type Reply<K extends keyof FileMethods> = Promise<ResponseOf<FileMethods[K]>>;

const LINKABLE =
  Operations.READ_BYTES |
  Operations.WRITE_BYTES |
  Operations.GET_ATTRIBUTES |
  Operations.UPDATE_ATTRIBUTES;

/** Answers `fuchsia.io/File` for one connection. */
export class FileConnection
  extends NodeConnection<FileSession>
  implements Implementation<FileMethods>
{
  override readonly protocol: string = "fuchsia.io.File";

  describe(): ResponseOf<FileMethods["Describe"]> {
    return { payload: fileInfo(this.session) };
  }

  override sync(): Reply<"Sync"> {
    return attempt(() => this.session.sync());
  }

  read({ count }: Request<"Read">): Reply<"Read"> {
    return answer(async () => ({ data: await this.session.read(count, ZxStatus.OUT_OF_RANGE) }));
  }

  readAt({ count, offset }: Request<"ReadAt">): Reply<"ReadAt"> {
    return answer(async () => ({
      data: await this.session.readAt(offset, count, ZxStatus.OUT_OF_RANGE),
    }));
  }

  write({ data }: Request<"Write">): Reply<"Write"> {
    return answer(async () => ({ actualCount: await this.session.write(data) }));
  }

  writeAt({ data, offset }: Request<"WriteAt">): Reply<"WriteAt"> {
    return answer(async () => ({ actualCount: await this.session.writeAt(offset, data) }));
  }

  seek({ origin, offset }: Request<"Seek">): Reply<"Seek"> {
    return answer(async () => ({
      offsetFromStart: await this.session.seek(origin, offset),
    }));
  }

  resize({ length }: Request<"Resize">): Reply<"Resize"> {
    return attempt(() => this.session.truncate(length));
  }

  getBackingMemory({ flags }: Request<"GetBackingMemory">): Reply<"GetBackingMemory"> {
    return answer(async () => ({ vmo: await this.session.buffer(this.#bufferRequest(flags)) }));
  }

  allocate(): Reply<"Allocate"> {
    return attempt(unsupported);
  }

  enableVerity(): Reply<"EnableVerity"> {
    return attempt(unsupported);
  }

  advisoryLock({ request }: Request<"AdvisoryLock">): Reply<"AdvisoryLock"> {
    return advisoryLock(this.session, request);
  }

  linkInto({ dstParentToken, dst }: Request<"LinkInto">): Reply<"LinkInto"> {
    return attempt(async () => {
      try {
        const { node, operations, server } = this.session;
        const name = checkName(dst);
        if (!includes(operations, LINKABLE)) {
          throw refusal(ZxStatus.ACCESS_DENIED);
        }
        const target = server.tokens.find(dstParentToken, ZxStatus.NOT_FOUND);
        if (target.put === undefined) {
          unsupported();
        }
        await target.put(name, node);
      } finally {
        dstParentToken.close();
      }
    });
  }

  /** @throws `ZirconiaError` `INVALID_ARGS`, `ACCESS_DENIED` */
  #bufferRequest(flags: number): BufferRequest {
    const { READ, WRITE, EXECUTE, PRIVATE_CLONE, SHARED_BUFFER } = VmoFlags.members;
    const isPrivate = (flags & PRIVATE_CLONE) !== 0;
    const isShared = (flags & SHARED_BUFFER) !== 0;
    if (isPrivate && isShared) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    const wanted = [
      { flag: READ, right: NodeRights.READABLE, operation: Operations.READ_BYTES },
      { flag: WRITE, right: NodeRights.WRITABLE, operation: Operations.WRITE_BYTES },
      { flag: EXECUTE, right: NodeRights.EXECUTABLE, operation: Operations.EXECUTE },
    ].filter(({ flag }) => (flags & flag) !== 0);
    if (!wanted.every(({ operation }) => includes(this.session.operations, operation))) {
      throw refusal(ZxStatus.ACCESS_DENIED);
    }
    return {
      rights: wanted.reduce((rights, { right }) => rights | right, 0),
      ...(isPrivate ? { sharing: "private" } : isShared ? { sharing: "exact" } : {}),
    };
  }
}
