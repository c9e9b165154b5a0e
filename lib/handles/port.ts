import { checkStatus } from "../base/errors.js";
import { type Bytes, checkBytes, checkI32, checkU64, outOfRange } from "../base/validate.js";
import { WireReader } from "../base/wire.js";
import { WAIT_PENDING } from "../native/event-loop.js";
import { type PortPacket, readPacket } from "../zx/port-packet.js";
import { waitLimits, type WaitOptions } from "../zx/wait-options.js";
import { Handle } from "./handle.js";
import { checkHandle } from "./take.js";

const PAYLOAD_SIZE = 32;

/** Room for every packet. */
const packetRead = new Uint8Array(64);

/**
 * A queue of packets: of users', of signals that {@link Handle.waitAsync} asked for, and of requests to
 * a {@link Pager}.
 */
export class Port extends Handle {
  /**
   * `zx_port_queue`: a {@link UserPacket}. Needs WRITE.
   *
   * @param payload at most 32 bytes; what is missing is zero
   * @param status a `zx_status_t` of the user's choice
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `SHOULD_WAIT` while 2048 packets of users
   * wait
   */
  queue(key: bigint, payload: Bytes = new Uint8Array(), status = 0): void {
    checkU64("key", key);
    const given = checkBytes("payload", payload);
    checkI32("status", status);
    if (given.length > PAYLOAD_SIZE) {
      throw outOfRange("payload.length", `<= ${PAYLOAD_SIZE}`, given.length);
    }
    const padded = new Uint8Array(PAYLOAD_SIZE);
    padded.set(given);
    const queued = this.native.portQueue(this.context.id, this.value, key, status, padded);
    checkStatus("zx_port_queue", queued);
  }

  /**
   * `zx_port_wait`: the oldest packet, once there is one. Those who wait get packets in the order
   * of their calls. Needs READ.
   *
   * A pending wait keeps Node alive.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `TIMED_OUT`; `CANCELED` if the last
   * handle to the port is closed meanwhile
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts; the packets stay
   */
  async wait(options: WaitOptions = {}): Promise<PortPacket> {
    const { native, id, loop } = this.context;
    const { deadline, signal } = waitLimits(options, () => native.now());
    const operation = "zx_port_wait";
    return loop.wait({
      operation,
      signal,
      start: (token) => {
        const size = native.portWait(id, this.value, deadline, token, packetRead);
        return checkStatus(operation, size) === WAIT_PENDING
          ? undefined
          : readPacket(new WireReader(packetRead));
      },
      completed: ({ packet }) => packet!,
    });
  }

  /**
   * `zx_port_cancel`: takes back what {@link Handle.waitAsync} on this very handle has asked for
   * under `key`, and its packets. Needs WRITE, and WAIT on `source`.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `NOT_FOUND` if there is
   * nothing to take back
   */
  cancel(source: Handle, key: bigint): void {
    checkHandle("source", source, Handle);
    checkU64("key", key);
    const { id } = this.context;
    const watched = source.valueIn(this.context, "source");
    const status = this.native.portCancel(id, this.value, watched, key);
    checkStatus("zx_port_cancel", status);
  }

  /**
   * `zx_port_cancel_key`: takes back all waits and packets with this key, users' packets too. Needs
   * WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `NOT_FOUND` if there is nothing to take
   * back
   */
  cancelKey(key: bigint): void {
    checkU64("key", key);
    checkStatus("zx_port_cancel_key", this.native.portCancelKey(this.context.id, this.value, key));
  }
}
