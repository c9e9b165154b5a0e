import { checkStatus, ZxError } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import {
  type Bytes,
  checkBytes,
  checkChoice,
  checkInteger,
  checkOptions,
} from "../base/validate.js";
import { PeerHandle } from "./peer.js";

const INFO_SOCKET = 22;
const PROP_RX_THRESHOLD = 12;
const PROP_TX_THRESHOLD = 13;
const PEEK = 8;
const DEFAULT_READ_SIZE = 65_536;

/** What is read goes here first: most of it is short. */
const scratch = new Uint8Array(DEFAULT_READ_SIZE);

/** `zx_info_socket_t`, in bytes. */
export interface SocketInfo {
  /** Creation options: 1 for datagrams. */
  readonly options: number;
  /** What can be buffered for reading. */
  readonly receiveBufferMax: bigint;
  /** What is buffered for reading. */
  readonly receiveBufferSize: bigint;
  /** What can be read at once. */
  readonly receiveBufferAvailable: bigint;
  /** What the peer can buffer. */
  readonly transmitBufferMax: bigint;
  /** What the peer has buffered. */
  readonly transmitBufferSize: bigint;
}

const DISPOSITIONS = ["keep", "disabled", "enabled"] as const;

/** What happens to writing at one end of a socket. */
export type SocketDisposition = (typeof DISPOSITIONS)[number];

/** What sockets transport, in the order of `zx_socket_create`'s options. */
export const SOCKET_MODES = ["stream", "datagram"] as const;

/** What a socket transports: a stream of bytes, or datagrams one by one. */
export type SocketMode = (typeof SOCKET_MODES)[number];

/** One end of a socket: a stream of bytes, or datagrams, in both directions. */
export class Socket extends PeerHandle {
  /**
   * `zx_socket_write`: how many bytes were taken, which may be fewer than given of a stream; a
   * datagram goes as a whole. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `BAD_STATE` when writing
   * is disabled; `SHOULD_WAIT` without room; `OUT_OF_RANGE` for a datagram of more than 262,144
   * bytes
   */
  write(bytes: Bytes): number {
    const checked = checkBytes("bytes", bytes);
    const count = this.native.socketWrite(this.context.id, this.value, 0, checked);
    return checkStatus("zx_socket_write", count);
  }

  /**
   * `zx_socket_read` of at most `max` bytes; with `peek` they stay. One read gets at most one
   * datagram, of which what exceeds `max` is lost. Needs READ.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; when empty `SHOULD_WAIT`, `BAD_STATE` if
   * the peer has disabled writing, `PEER_CLOSED` if it is gone
   */
  read(max = DEFAULT_READ_SIZE, options: { peek?: boolean } = {}): Uint8Array {
    checkInteger("max", max, Number.MAX_SAFE_INTEGER);
    checkOptions(options, ["peek"]);
    const read = this.tryRead(max, options.peek === true ? PEEK : 0);
    if (typeof read === "number") {
      throw new ZxError("zx_socket_read", read);
    }
    return read;
  }

  /** As {@link Socket.read}, but what it would throw is a status. @internal */
  tryRead(max = DEFAULT_READ_SIZE, flags = 0): Uint8Array | number {
    const buffer = max <= scratch.length ? scratch.subarray(0, max) : new Uint8Array(max);
    const count = this.native.socketRead(this.context.id, this.value, flags, buffer);
    if (count < 0) {
      return count;
    }
    return max > scratch.length && count === max ? buffer : buffer.slice(0, count);
  }

  /**
   * `zx_socket_set_disposition`: disables or enables writing at this end and at its peer. Needs
   * MANAGE_SOCKET.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` for enabling an end whose
   * peer still has data to read from before
   */
  setDisposition(own: SocketDisposition, peer: SocketDisposition = "keep"): void {
    const number = (name: string, value: SocketDisposition) =>
      DISPOSITIONS.indexOf(checkChoice(name, value, DISPOSITIONS));
    const [first, second] = [number("own", own), number("peer", peer)];
    const status = this.native.socketSetDisposition(this.context.id, this.value, first, second);
    checkStatus("zx_socket_set_disposition", status);
  }

  /**
   * `ZX_PROP_SOCKET_RX_THRESHOLD` in bytes; 0 for none. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getReadThreshold(): number {
    return Number(this.getProperty(PROP_RX_THRESHOLD));
  }

  /**
   * Sets `ZX_PROP_SOCKET_RX_THRESHOLD`: READ_THRESHOLD is set while this many bytes or more can be
   * read; never with 0. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `INVALID_ARGS` for more than 262,144
   */
  setReadThreshold(bytes: number): void {
    checkInteger("bytes", bytes, Number.MAX_SAFE_INTEGER);
    this.setProperty(PROP_RX_THRESHOLD, BigInt(bytes));
  }

  /**
   * `ZX_PROP_SOCKET_TX_THRESHOLD` in bytes; 0 for none. Needs GET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  getWriteThreshold(): number {
    return Number(this.getProperty(PROP_TX_THRESHOLD));
  }

  /**
   * Sets `ZX_PROP_SOCKET_TX_THRESHOLD`: WRITE_THRESHOLD is set while this many bytes or more can be
   * written; never with 0. Needs SET_PROPERTY.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED`; `INVALID_ARGS` for more
   * than 262,144
   */
  setWriteThreshold(bytes: number): void {
    checkInteger("bytes", bytes, Number.MAX_SAFE_INTEGER);
    this.setProperty(PROP_TX_THRESHOLD, BigInt(bytes));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_SOCKET`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): SocketInfo {
    const view = this.record(INFO_SOCKET);
    return jsonable({
      options: view.getUint32(0, true),
      receiveBufferMax: view.getBigUint64(8, true),
      receiveBufferSize: view.getBigUint64(16, true),
      receiveBufferAvailable: view.getBigUint64(24, true),
      transmitBufferMax: view.getBigUint64(32, true),
      transmitBufferSize: view.getBigUint64(40, true),
    });
  }
}
