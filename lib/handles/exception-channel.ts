import { statusOf } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { ZxStatus } from "../base/status.js";
import { exceptionTypeName, type ExceptionType, type ExceptionTypeName } from "../zx/exception.js";
import { Signals } from "../zx/signals.js";
import type { WaitOptions } from "../zx/wait-options.js";
import { Channel } from "./channel.js";
import type { Exception } from "./exception.js";

/** What came through an exception channel (`zx_exception_info_t`). */
export interface ExceptionMessage {
  readonly type: ExceptionType;
  /** The type's name, less its `ZX_EXCP_`. */
  readonly name: ExceptionTypeName | "UNKNOWN";
  /** The process's koid. */
  readonly process: bigint;
  /** The koid of the thread, which waits until `exception` is closed. */
  readonly thread: bigint;
  readonly exception: Exception;
}

/**
 * What is told of the exceptions of a task, as long as it is open: one {@link ExceptionMessage} after
 * the other. Whoever closes it answers all that have not been read with "ask the next one".
 *
 * @example
 * ```ts
 * import { ExceptionState, Kernel } from "zirconia";
 *
 * using kernel = new Kernel();
 * using channel = kernel.rootJob.createExceptionChannel();
 *
 * async function handle(): Promise<void> {
 *   for await (const { name, exception } of channel) {
 *     const thread = exception.getThread();
 *     console.log(`${name} at ${thread.readState().rip.toString(16)}`);
 *     thread.close();
 *     exception.close();
 *   }
 * }
 * ```
 */
export class ExceptionChannel extends Channel {
  /**
   * Resolves with the next exception, which belongs to the caller. A pending wait keeps Node alive.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED` once the task is dead;
   * `TIMED_OUT`; `CANCELED` if the channel is closed or moved meanwhile
   * @throws an AbortError, with code `ABORT_ERR`, when `options.signal` aborts
   */
  async receive(options: WaitOptions = {}): Promise<ExceptionMessage> {
    for (;;) {
      await this.waitFor(Signals.READABLE | Signals.PEER_CLOSED, options, true);
      const message = this.poll();
      if (message !== undefined) {
        return message;
      }
    }
  }

  /**
   * The next exception, if there is one already.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED`; `PEER_CLOSED` once the task is dead
   */
  poll(): ExceptionMessage | undefined {
    try {
      const { view, handle } = this.readRecord();
      const type = view.getUint32(16, true) as ExceptionType;
      return jsonable({
        type,
        name: exceptionTypeName(type),
        process: view.getBigUint64(0, true),
        thread: view.getBigUint64(8, true),
        exception: handle as Exception,
      });
    } catch (error) {
      if (statusOf(error) === ZxStatus.SHOULD_WAIT) {
        return undefined;
      }
      throw error;
    }
  }

  /** Exceptions until the task is dead or the channel is closed; who stops earlier leaves it open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ExceptionMessage, void, undefined> {
    try {
      for (;;) {
        yield await this.receive();
      }
    } catch (error) {
      if (this.isValid && statusOf(error) !== ZxStatus.PEER_CLOSED) {
        throw error;
      }
    }
  }
}
