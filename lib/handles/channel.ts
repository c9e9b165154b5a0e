import { checkStatus } from "../errors.js";
import { checkBytes } from "../validate.js";
import type { Handle } from "./handle.js";
import { PeerHandle } from "./peer.js";
import { takeValues } from "./take.js";

/** What a channel transports: up to 65,536 bytes and 64 handles. */
export interface ChannelMessage {
  readonly bytes: Uint8Array;
  /** They belong to the reader. */
  readonly handles: readonly Handle[];
}

const MAX_BYTES = 65_536;
const MAX_HANDLES = 64;

// Room for every message; what is read is copied out before anything else can run.
const bytesRead = new Uint8Array(MAX_BYTES);
/** The number of handles, and then their values. */
const handlesRead = new Uint32Array(1 + MAX_HANDLES);

const NO_HANDLES: readonly Handle[] = Object.freeze([]);

/** One end of a channel: messages of bytes and handles, in order. */
export class Channel extends PeerHandle {
  /**
   * `zx_channel_write`. Needs WRITE, and TRANSFER on the handles. The handles are consumed on every
   * outcome.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for the channel; `OUT_OF_RANGE` beyond
   * 65,536 bytes or 64 handles; per handle `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED` for the
   * channel itself; `PEER_CLOSED`
   */
  write(bytes: Uint8Array, handles: readonly Handle[] = NO_HANDLES): void {
    const checked = checkBytes("bytes", bytes);
    const channel = this.value;
    const values = takeValues(this.context, "handles", handles);
    const status = this.native.channelWrite(this.context.id, channel, 0, checked, values);
    checkStatus("zx_channel_write", status);
  }

  /**
   * `zx_channel_read`. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` without a message,
   * `PEER_CLOSED` if none can come
   */
  read(): ChannelMessage {
    const { id } = this.context;
    const size = this.native.channelRead(id, this.value, bytesRead, handlesRead);
    checkStatus("zx_channel_read", size);
    const bytes = bytesRead.slice(0, size);
    const count = handlesRead[0]!;
    if (count === 0) {
      return { bytes, handles: NO_HANDLES };
    }
    const values = Array.from(handlesRead.subarray(1, 1 + count));
    return { bytes, handles: values.map((value) => this.context.adopt(value)) };
  }
}
