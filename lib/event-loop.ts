import type { NativeKernelOptions } from "../native.cjs";
import { abortError, checkStatus, ZxError } from "./errors.js";
import { native } from "./native.js";
import { ZxStatus } from "./status.js";
import type { TraceRecord } from "./trace.js";
import { unpackTrace } from "./trace.js";

type NativeKernel = InstanceType<typeof native.NativeKernel>;

/** What the binding returns for a wait that goes on. */
const WAIT_PENDING = 2 ** 32;
const OPERATION = "zx_object_wait_one";

/** Numbers of one completion: token, status, observed signals. */
const COMPLETION_SIZE = 3;

interface PendingWait {
  resolve(observed: number): void;
  reject(error: Error): void;
  /** Takes the listener off the AbortSignal. */
  forget?: () => void;
}

/** How a wait can end early. */
export interface WaitLimits {
  /** Absolute, in nanoseconds of the kernel's monotonic clock. */
  readonly deadline: bigint;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A native kernel and its place in Node's event loop: Node stays alive while a wait is pending or
 * a guest runs, and for nothing else.
 */
export class EventLoop {
  readonly native: NativeKernel;
  readonly #onTrace: ((records: TraceRecord[]) => void) | undefined;
  readonly #pending = new Map<number, PendingWait>();
  /** Who waits for the last guest to end. */
  readonly #idle: (() => void)[] = [];
  /** What the native kernel holds: strong while Node stays alive for this. */
  readonly #link: { weak: WeakRef<EventLoop>; strong: EventLoop | undefined };
  #lastToken = 0;
  #alive = false;
  #closed = false;

  constructor(
    options: NativeKernelOptions,
    onTrace: ((records: TraceRecord[]) => void) | undefined,
  ) {
    const link: { weak: WeakRef<EventLoop>; strong: EventLoop | undefined } = {
      weak: new WeakRef(this),
      strong: undefined,
    };
    this.#link = link;
    this.#onTrace = onTrace;
    this.native = new native.NativeKernel(options, () => link.weak.deref()?.drain());
  }

  /** `zx_object_wait_one`, as a promise of the signals at the moment it ends. */
  wait(context: number, handle: number, signals: number, limits: WaitLimits): Promise<number> {
    const { deadline, signal } = limits;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        throw abortError(signal.reason);
      }
      const token = ++this.#lastToken;
      const started = this.native.objectWaitOne(context, handle, signals, deadline, token);
      if (checkStatus(OPERATION, started) !== WAIT_PENDING) {
        resolve(started);
        return;
      }
      const wait: PendingWait = { resolve, reject };
      if (signal !== undefined) {
        const abort = () => this.#abort(token, signal);
        signal.addEventListener("abort", abort, { once: true });
        wait.forget = () => signal.removeEventListener("abort", abort);
      }
      this.#pending.set(token, wait);
      this.refresh();
    });
  }

  /** Looks again whether Node is to stay alive: after whatever may have started a guest. */
  refresh(): void {
    const alive = !this.#closed && (this.#pending.size > 0 || this.native.running > 0);
    if (alive !== this.#alive) {
      this.#alive = alive;
      this.#link.strong = alive ? this : undefined;
      this.native.keepAlive(alive);
    }
  }

  /** Hands over the trace that has gathered. */
  flushTrace(): void {
    if (this.#onTrace === undefined) {
      return;
    }
    const records = unpackTrace(this.native.takeTrace());
    if (records.length > 0) {
      this.#onTrace(records);
    }
  }

  /** Resolves once no guest runs. */
  async idle(): Promise<void> {
    if (!this.#closed && this.native.running > 0) {
      this.refresh();
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Ends everything: guests die, pending waits reject with CANCELED. */
  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.native.shutDown();
    for (const token of this.#pending.keys()) {
      this.#settle(token, ZxStatus.CANCELED, 0);
    }
    for (const resolve of this.#idle.splice(0)) {
      resolve();
    }
    this.refresh();
    this.native.close();
    this.flushTrace();
  }

  /** Takes what the kernel has told. */
  private drain(): void {
    const completions = this.native.takeCompletions();
    try {
      this.flushTrace();
    } finally {
      for (let at = 0; at + COMPLETION_SIZE <= completions.length; at += COMPLETION_SIZE) {
        this.#settle(completions[at]!, completions[at + 1]!, completions[at + 2]!);
      }
      if (this.native.running === 0) {
        for (const resolve of this.#idle.splice(0)) {
          resolve();
        }
      }
      this.refresh();
    }
  }

  #settle(token: number, status: number, observed: number): void {
    const wait = this.#pending.get(token);
    // An aborted wait may have completed as well.
    if (wait === undefined) {
      return;
    }
    this.#pending.delete(token);
    wait.forget?.();
    if (status === ZxStatus.OK) {
      wait.resolve(observed);
    } else {
      wait.reject(new ZxError(OPERATION, status, observed));
    }
  }

  #abort(token: number, signal: AbortSignal): void {
    const wait = this.#pending.get(token);
    if (wait !== undefined) {
      this.#pending.delete(token);
      this.native.cancelWait(token);
      wait.reject(abortError(signal.reason));
      this.refresh();
    }
  }
}
