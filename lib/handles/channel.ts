import { checkStatus } from "../base/errors.js";
import {
  type Bytes,
  checkArray,
  checkBytes,
  checkChoice,
  checkOptions,
  checkU32,
} from "../base/validate.js";
import type { ReceivedHandle } from "../native/completion.js";
import type { ObjectType } from "../zx/object-type.js";
import { Rights } from "../zx/rights.js";
import { waitLimits, type WaitOptions } from "../zx/wait-options.js";
import { Handle } from "./handle.js";
import { PeerHandle } from "./peer.js";
import { checkGiven, checkHandle, takeValues } from "./take.js";

/** What a channel transports: up to 65,536 bytes and 64 handles. */
export interface ChannelMessage {
  readonly bytes: Uint8Array;
  /** They belong to the reader. */
  readonly handles: readonly Handle[];
}

/** A handle that was read, with what it is (`zx_handle_info_t`). */
export interface HandleReceived {
  /** It belongs to the reader. */
  readonly handle: Handle;
  readonly type: ObjectType;
  readonly rights: Rights;
}

/** A message whose handles tell what they are. */
export interface ChannelMessageEtc {
  readonly bytes: Uint8Array;
  readonly handles: readonly HandleReceived[];
}

const OPERATIONS = ["move", "duplicate"] as const;

/** What becomes of a handle that is written (`zx_handle_disposition_t`). */
export interface HandleDisposition {
  readonly handle: Handle;
  /** `move` consumes it; `duplicate` leaves it where it is. `move` by default. */
  readonly operation?: (typeof OPERATIONS)[number];
  /** The type that it must have; any by default. */
  readonly type?: ObjectType;
  /** The rights that the reader gets; all by default. */
  readonly rights?: Rights;
}

const MAX_BYTES = 65_536;
const MAX_HANDLES = 64;
/** Numbers of a handle that was read: value, type, rights. */
const INFO_SIZE = 3;

// Room for every message; what is read is copied out before another is.
const bytesRead = new Uint8Array(MAX_BYTES);
const viewRead = new DataView(bytesRead.buffer);
/** The number of handles, and then what they are. */
const handlesRead = new Uint32Array(1 + INFO_SIZE * MAX_HANDLES);

const NO_HANDLES: readonly Handle[] = Object.freeze([]);

/**
 * One end of a channel: messages of bytes and handles, in order.
 *
 * @example
 * ```ts
 * import { Kernel } from "zirconia";
 *
 * using kernel = new Kernel();
 * const [one, other] = kernel.createChannel();
 * const event = kernel.createEvent();
 * one.write(Buffer.from("an event"), [event]);
 * const { bytes, handles } = other.read();
 * ```
 */
export class Channel extends PeerHandle {
  /**
   * `zx_channel_write`. Needs WRITE, and TRANSFER on the handles. The handles are consumed on every
   * outcome.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for the channel; `OUT_OF_RANGE` beyond
   * 65,536 bytes or 64 handles; per handle `BAD_HANDLE`, `ACCESS_DENIED`, `NOT_SUPPORTED` for the
   * channel itself; `PEER_CLOSED`; `SHOULD_WAIT` while 3,500 messages wait to be read
   */
  write(bytes: Bytes, handles: readonly Handle[] = NO_HANDLES): void {
    const checked = checkBytes("bytes", bytes);
    const channel = this.value;
    const values = takeValues(this.context, "handles", handles);
    const status = this.native.channelWrite(this.context.id, channel, 0, checked, values);
    checkStatus("zx_channel_write", status);
  }

  /**
   * `zx_channel_write_etc`: as {@link Channel.write}, for handles that are moved or duplicated, and
   * may lose rights. Duplicating needs DUPLICATE besides. Those that are moved are consumed on every
   * outcome.
   *
   * @throws {@link ZxError} as {@link Channel.write}; per handle also `WRONG_TYPE`, `INVALID_ARGS`
   * for rights that are not held
   */
  writeEtc(bytes: Bytes, dispositions: readonly HandleDisposition[]): void {
    const checked = checkBytes("bytes", bytes);
    const channel = this.value;
    const entries = checkArray("dispositions", dispositions).map(checkDisposition);
    const moved = entries.filter(({ operation }) => operation === "move");
    try {
      entries.forEach(({ handle }, index) =>
        handle.valueIn(this.context, `dispositions[${index}].handle`),
      );
    } catch (error) {
      moved.forEach(({ handle }) => handle.close());
      throw error;
    }
    const packed = entries.flatMap(({ handle, operation, type, rights }) => {
      const value = operation === "move" ? handle.take() : handle.value;
      return [OPERATIONS.indexOf(operation), value, type, rights, 0];
    });
    const numbers = Uint32Array.from(packed);
    const status = this.native.channelWriteEtc(this.context.id, channel, 0, checked, numbers);
    checkStatus("zx_channel_write_etc", status);
  }

  /**
   * `zx_channel_read`. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` without a message,
   * `PEER_CLOSED` if none can come
   */
  read(): ChannelMessage {
    const { bytes, received } = this.#read("zx_channel_read");
    return { bytes, handles: this.#adopt(received) };
  }

  /**
   * `zx_channel_read_etc`: as {@link Channel.read}, with type and rights of each handle. Needs READ.
   *
   * @throws {@link ZxError} as {@link Channel.read}
   */
  readEtc(): ChannelMessageEtc {
    const { bytes, received } = this.#read("zx_channel_read_etc");
    const handles = received.map(({ value, type, rights }) => ({
      handle: this.context.adopt(value, type),
      type: type as ObjectType,
      rights,
    }));
    return { bytes, handles };
  }

  /**
   * `zx_channel_call`: sends a message and waits for its reply, which is not seen by
   * {@link Channel.read}. The kernel puts a transaction id into the first 4 bytes of what is sent,
   * and the reply is the message that begins with the same. Needs READ and WRITE, and TRANSFER on
   * the handles, which are consumed on every outcome but misuse and an abort before the start.
   *
   * A pending call keeps Node alive. When it ends early, its message stays sent, and a late reply
   * comes as any other message.
   *
   * @throws {@link ZxError} as {@link Channel.write}; `INVALID_ARGS` for fewer than 4 bytes;
   * `TIMED_OUT`; `PEER_CLOSED`; `CANCELED` if the last handle to this end is closed meanwhile
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async call(
    bytes: Bytes,
    handles: readonly Handle[] = NO_HANDLES,
    options: WaitOptions = {},
  ): Promise<ChannelMessage> {
    const checked = checkBytes("bytes", bytes);
    const { native, id, loop } = this.context;
    const { deadline, signal } = waitLimits(options, () => native.now());
    const channel = this.value;
    const operation = "zx_channel_call";
    return loop.wait({
      operation,
      signal,
      start: (token) => {
        const values = takeValues(this.context, "handles", handles);
        const status = native.channelCall(id, channel, checked, values, deadline, token);
        checkStatus(operation, status);
        return undefined;
      },
      completed: ({ reply }) => ({ bytes: reply!.bytes, handles: this.#adopt(reply!.handles) }),
    });
  }

  /**
   * As {@link Channel.read}, for messages with one handle. Their bytes are in `view` until any channel is
   * read again.
   *
   * @throws {@link ZxError} as {@link Channel.read}
   * @internal
   */
  protected readRecord(): { view: DataView; handle: Handle } {
    this.#take("zx_channel_read");
    return { view: viewRead, handle: this.context.adopt(handlesRead[1]!, handlesRead[2]) };
  }

  #read(operation: string): { bytes: Uint8Array; received: readonly ReceivedHandle[] } {
    const size = this.#take(operation);
    const received: ReceivedHandle[] = [];
    const end = 1 + INFO_SIZE * handlesRead[0]!;
    for (let at = 1; at < end; at += INFO_SIZE) {
      const [value, type, rights] = [handlesRead[at]!, handlesRead[at + 1]!, handlesRead[at + 2]!];
      received.push({ value, type, rights });
    }
    return { bytes: bytesRead.slice(0, size), received };
  }

  /** Reads a message to where there is room for every one, and returns how many bytes it has. */
  #take(operation: string): number {
    const { native, id } = this.context;
    return checkStatus(operation, native.channelRead(id, this.value, bytesRead, handlesRead));
  }

  #adopt(received: readonly ReceivedHandle[]): readonly Handle[] {
    return received.length === 0
      ? NO_HANDLES
      : received.map(({ value, type }) => this.context.adopt(value, type));
  }
}

function checkDisposition(disposition: unknown, index: number) {
  const name = `dispositions[${index}]`;
  checkOptions(disposition, ["handle", "operation", "type", "rights"], name);
  const {
    handle,
    operation = "move",
    type = 0,
    rights = Rights.SAME_RIGHTS,
  } = disposition as HandleDisposition;
  checkChoice(`${name}.operation`, operation, OPERATIONS);
  const check = operation === "move" ? checkGiven : checkHandle;
  return {
    handle: check(`${name}.handle`, handle, Handle),
    operation,
    type: checkU32(`${name}.type`, type),
    rights: checkU32(`${name}.rights`, rights),
  };
}
