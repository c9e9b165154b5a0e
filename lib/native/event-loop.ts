import { setImmediate } from "node:timers";
import { setImmediate as nextTurn } from "node:timers/promises";

import type { NativeErrors, NativeKernelOptions } from "../../native.cjs";
import { abortError, hostError, type HostError, ZxError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { WireReader } from "../base/wire.js";
import { type Completion, unpackCompletions } from "./completion.js";
import { native } from "./native.js";
import type { TraceRecord } from "./trace-record.js";
import { unpackTrace } from "./unpack-trace.js";

type NativeKernel = InstanceType<typeof native.NativeKernel>;

/** What the binding returns for a wait that goes on. */
export const WAIT_PENDING = 2 ** 32;

/** Room for what one turn takes; what is read of it is copied out before anything else can run. */
let completions = new WireReader(new Uint8Array(4096));

/** A call that may end later. */
export interface Waiting<T> {
  /** The system call. */
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
  /** Whether Node stays alive for it, as it does by default. */
  readonly keepAlive?: boolean;
  /** Makes the call: what comes of it, or `undefined` if it waits. */
  start(token: number): T | undefined;
  /** What comes of it once it has ended well. */
  completed(completion: Completion): T;
  /** What comes of it if `signal` aborts meanwhile, in place of an AbortError, which takes long to make. */
  readonly aborted?: (() => T) | undefined;
}

interface PendingWait {
  readonly waiting: Waiting<unknown>;
  readonly keepAlive: boolean;
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** Takes the listener off the AbortSignal. */
  forget: (() => void) | undefined;
}

/**
 * A native kernel and its place in Node's event loop: Node stays alive while a wait is pending or
 * a guest runs, and for nothing else; a server's wait for requests does not count.
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
  #lastStep = 0;
  /** Pending waits that Node stays alive for. */
  #keeping = 0;
  #alive = false;
  #closed = false;
  /** What the kernel tells is taken in the next turn: this one has had its share. */
  #isDeferred = false;
  /** It has told something since. */
  #isWoken = false;

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
    // A weak reference that is looked at is kept in a set until the turn is over.
    this.native = new native.NativeKernel(options, () =>
      (link.strong ?? link.weak.deref())?.wake(),
    );
  }

  /**
   * Makes a call whose end is a promise's.
   *
   * An abort takes the wait back, unless it has ended already: then its result still comes, and
   * nothing that it has brought is lost.
   */
  wait<T>(waiting: Waiting<T>): Promise<T> {
    const { signal, keepAlive = true } = waiting;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        throw abortError(signal.reason);
      }
      const token = ++this.#lastToken;
      const ended = waiting.start(token);
      if (ended !== undefined) {
        resolve(ended);
        return;
      }
      const wait = { waiting, keepAlive, resolve, reject, forget: undefined } as PendingWait;
      if (signal !== undefined) {
        const abort = () => this.#abort(token, signal);
        signal.addEventListener("abort", abort, { once: true });
        wait.forget = () => signal.removeEventListener("abort", abort);
      }
      this.#pending.set(token, wait);
      this.#keeping += Number(keepAlive);
      this.refresh();
    });
  }

  /** Looks again whether Node is to stay alive: after whatever may have started a guest. */
  refresh(): void {
    const alive = !this.#closed && (this.#keeping > 0 || this.native.running > 0);
    if (alive !== this.#alive) {
      this.#alive = alive;
      this.#link.strong = alive ? this : undefined;
      this.native.keepAlive(alive);
    }
  }

  /**
   * Tells the trace, if there is one, that JavaScript begins with a step; what is returned tells that it
   * has ended.
   */
  step(name: string, details = ""): () => void {
    if (this.#onTrace === undefined) {
      return () => {};
    }
    const id = ++this.#lastStep;
    this.native.beginStep(id, name, details);
    return () => this.native.endStep(id);
  }

  /** Whether somebody gets the trace. */
  get isTraced(): boolean {
    return this.#onTrace !== undefined;
  }

  /** Hands over the trace that has gathered. */
  flushTrace(): void {
    this.#handOver(true);
  }

  /**
   * As {@link flushTrace}, in as many turns of the event loop as it takes; ended waits that have not
   * been told of are, too.
   */
  async traced(): Promise<void> {
    while (
      this.#handOver() ||
      (!this.#closed && (this.native.isNotifying || this.native.hasMore))
    ) {
      await nextTurn();
    }
  }

  /** Why no guest can be started: what this computer lacks or refuses. */
  refusal(): HostError | undefined {
    return hostError(this.native.refusal() ?? native.hostRefusal());
  }

  /** Resolves once no guest runs, with whether one did. */
  async idle(): Promise<boolean> {
    if (this.#closed || this.native.running === 0) {
      return false;
    }
    this.refresh();
    await new Promise<void>((resolve) => this.#idle.push(resolve));
    return true;
  }

  /**
   * Ends everything: guests die, pending waits reject with CANCELED.
   *
   * @throws {@link HostError} for what the computer does not end
   */
  close(): void {
    if (this.#beginEnd()) {
      this.#finishEnd(this.native.close());
    }
  }

  /**
   * As {@link close}, while Node does other things.
   *
   * @throws {@link HostError} as for {@link close}
   */
  async end(): Promise<void> {
    if (this.#beginEnd()) {
      this.#finishEnd(await this.native.end());
    }
  }

  #beginEnd(): boolean {
    if (this.#closed) {
      return false;
    }
    this.#closed = true;
    this.native.shutDown();
    for (const token of this.#pending.keys()) {
      this.#settle({ token, status: ZxStatus.CANCELED, observed: 0 });
    }
    for (const resolve of this.#idle.splice(0)) {
      resolve();
    }
    this.refresh();
    return true;
  }

  #finishEnd(failure: NativeErrors | null): void {
    const outlived = hostError(failure);
    try {
      this.flushTrace();
    } catch (error) {
      throw outlived ?? error;
    }
    if (outlived !== undefined) {
      throw outlived;
    }
  }

  /** The kernel has told something. Comes again and again without another turn of the event loop. */
  private wake(): void {
    if (this.#isDeferred) {
      this.#isWoken = true;
    } else {
      this.#drain();
    }
  }

  /** Takes some of what the kernel has told, and the rest in the next turns of the event loop. */
  #drain(): void {
    const ended = this.#take();
    try {
      this.#handOver();
    } finally {
      this.#defer();
      for (const completion of ended) {
        this.#settle(completion);
      }
      if (this.#idle.length > 0 && this.native.running === 0) {
        for (const resolve of this.#idle.splice(0)) {
          resolve();
        }
      }
      this.refresh();
    }
  }

  /** Some of what has ended. */
  #take(): Completion[] {
    let used = this.native.takeCompletions(completions.room);
    if (used > completions.room.length) {
      completions = new WireReader(new Uint8Array(used));
      used = this.native.takeCompletions(completions.room);
    }
    completions.rewind(used);
    return unpackCompletions(completions);
  }

  /** Hands over the next of the trace, or all of it. Whether there was any. */
  #handOver(all = false): boolean {
    const records = this.#onTrace === undefined ? [] : unpackTrace(this.native.takeTrace(all));
    if (records.length > 0) {
      this.#onTrace?.(records);
    }
    return records.length > 0;
  }

  /** Leaves what there is now, and what comes in this turn, to the next one. */
  #defer(): void {
    if (!this.#closed && (this.#onTrace !== undefined || this.native.hasMore)) {
      this.#isDeferred = true;
      setImmediate(() => {
        this.#isDeferred = false;
        if (!this.#closed && (this.#isWoken || this.native.hasMore)) {
          this.#isWoken = false;
          this.#drain();
        }
      });
    }
  }

  #settle(completion: Completion): void {
    const { token, status, observed, pending } = completion;
    const wait = this.#pending.get(token);
    if (wait === undefined) {
      return;
    }
    this.#forget(token, wait);
    wait.forget?.();
    if (status === ZxStatus.OK) {
      wait.resolve(wait.waiting.completed(completion));
    } else {
      wait.reject(new ZxError(wait.waiting.operation, status, { observed, pending }));
    }
  }

  #abort(token: number, signal: AbortSignal): void {
    const wait = this.#pending.get(token);
    if (wait !== undefined && this.native.cancelWait(token)) {
      this.#forget(token, wait);
      const { aborted } = wait.waiting;
      if (aborted === undefined) {
        wait.reject(abortError(signal.reason));
      } else {
        wait.resolve(aborted());
      }
      this.refresh();
    }
  }

  #forget(token: number, { keepAlive }: PendingWait): void {
    this.#pending.delete(token);
    this.#keeping -= Number(keepAlive);
  }
}
