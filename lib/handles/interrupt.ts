import { checkStatus } from "../base/errors.js";
import { checkI64, checkOptions, checkU64 } from "../base/validate.js";
import { WAIT_PENDING } from "../native/event-loop.js";
import { waitLimits, type WaitOptions } from "../zx/wait-options.js";
import { Handle } from "./handle.js";
import { Port } from "./port.js";
import { checkHandle } from "./take.js";

const [BIND, UNBIND] = [0, 1];

/**
 * A virtual interrupt, which programs trigger: somebody waits for it, or it is bound to a port, which
 * gets an {@link InterruptPacket} for each trigger that is acknowledged.
 */
export class Interrupt extends Handle {
  /**
   * `zx_interrupt_trigger`. Triggers that are not told yet become one, of the first moment. Needs
   * SIGNAL.
   *
   * @param timestamp when, in nanoseconds; 0 is as good as no moment
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `CANCELED` once it is destroyed
   */
  trigger(timestamp: bigint): void {
    checkI64("timestamp", timestamp);
    const status = this.native.interruptTrigger(this.context.id, this.value, timestamp);
    checkStatus("zx_interrupt_trigger", status);
  }

  /**
   * `zx_interrupt_wait`: resolves with the moment of the next trigger. It acknowledges the last one.
   * Needs WAIT.
   *
   * A pending wait keeps Node alive.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` while it is bound to a port, or
   * somebody else waits; `CANCELED` once it is destroyed
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async wait(options: Pick<WaitOptions, "signal"> = {}): Promise<bigint> {
    checkOptions(options, ["signal"]);
    const { native, id, loop } = this.context;
    const { signal } = waitLimits(options, () => native.now());
    const operation = "zx_interrupt_wait";
    return loop.wait({
      operation,
      signal,
      start: (token) => {
        const moment = new BigUint64Array(1);
        const status = native.interruptWait(id, this.value, token, moment);
        return checkStatus(operation, status) === WAIT_PENDING
          ? undefined
          : BigInt.asIntN(64, moment[0]!);
      },
      completed: ({ timestamp }) => timestamp!,
    });
  }

  /**
   * `zx_interrupt_bind`: from now on the port gets a packet. Needs READ, and WRITE on the port.
   *
   * @param port one for interrupts, as {@link Context.createPort} makes it
   * @param key that of the packets
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED` for either; `WRONG_TYPE` for another port;
   * `CANCELED` once it is destroyed; `BAD_STATE` while somebody waits; `ALREADY_BOUND`
   */
  bind(port: Port, key: bigint): void {
    this.#bind(port, checkU64("key", key), BIND);
  }

  /**
   * `zx_interrupt_bind` with UNBIND: the port gets no more packets, and loses the one that it has.
   *
   * @throws {@link ZxError} as {@link Interrupt.bind}; `NOT_FOUND` for a port that it is not bound to
   */
  unbind(port: Port): void {
    this.#bind(port, 0n, UNBIND);
  }

  /**
   * `zx_interrupt_ack` of a packet, after which the next trigger makes another. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `BAD_STATE` unless it is bound, and if it was
   * triggered again before its packet has been read; `CANCELED` once it is destroyed
   */
  acknowledge(): void {
    checkStatus("zx_interrupt_ack", this.native.interruptAck(this.context.id, this.value));
  }

  /**
   * `zx_interrupt_destroy`: whoever waits for it gets `CANCELED`, and its packet is gone.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `NOT_FOUND` if its packet was read and not acknowledged
   */
  destroy(): void {
    checkStatus("zx_interrupt_destroy", this.native.interruptDestroy(this.context.id, this.value));
  }

  #bind(port: Port, key: bigint, options: number): void {
    checkHandle("port", port, Port);
    const { id } = this.context;
    const target = port.valueIn(this.context, "port");
    const status = this.native.interruptBind(id, this.value, target, key, options);
    checkStatus("zx_interrupt_bind", status);
  }
}
