import { checkStatus, ZxError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { encode } from "../base/strings.js";
import { type Bytes, checkBytes } from "../base/validate.js";
import { WireReader } from "../base/wire.js";
import { Handle } from "./handle.js";

/** A record of the kernel's debug log. */
export interface LogRecord {
  /** Its number, from 0. */
  readonly sequence: bigint;
  /** In nanoseconds of the kernel's monotonic clock. */
  readonly timestamp: bigint;
  /** The koid of the process that wrote it. */
  readonly process: bigint;
  /** The koid of the thread that wrote it; 0 for the host. */
  readonly thread: bigint;
  /** `DEBUGLOG_*` severity. */
  readonly severity: number;
  /** At most 216 bytes. */
  readonly data: Uint8Array;
}

/** Room for every record. */
const buffer = new Uint8Array(512);

/** A handle to the kernel's one debug log, with a place in it to read from. */
export class DebugLog extends Handle {
  /**
   * `zx_debuglog_write`; 216 bytes are kept. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  write(data: string | Bytes): void {
    const bytes = typeof data === "string" ? encode(data) : checkBytes("data", data);
    const status = this.native.debuglogWrite(this.context.id, this.value, 0, bytes);
    checkStatus("zx_debuglog_write", status);
  }

  /**
   * `zx_debuglog_read`: the next record of this handle. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` at the end
   */
  read(): LogRecord {
    const read = this.tryRead();
    if (typeof read === "number") {
      throw new ZxError("zx_debuglog_read", read);
    }
    return read;
  }

  /** As {@link DebugLog.read}, but what it would throw is a status. @internal */
  tryRead(): LogRecord | number {
    const size = this.native.debuglogRead(this.context.id, this.value, buffer);
    if (size < 0) {
      return size;
    }
    const reader = new WireReader(buffer.subarray(0, size));
    return jsonable({
      sequence: reader.u64(),
      timestamp: reader.i64(),
      process: reader.u64(),
      thread: reader.u64(),
      severity: reader.u8(),
      data: reader.bytes(),
    });
  }
}
