import { setImmediate } from "node:timers/promises";

import { Abort } from "../base/abort.js";
import { DISPOSE } from "../base/dispose.js";
import { abortError, ZxError } from "../base/errors.js";
import { statusName, ZxStatus } from "../base/status.js";
import { checkOptions } from "../base/validate.js";
import { Channel, type ChannelMessage } from "../handles/channel.js";
import { checkHandle } from "../handles/take.js";
import { Signals } from "../zx/signals.js";
import { beginWait, TIME_INFINITE, type WaitLimits, type WaitOptions } from "../zx/wait-options.js";
import { closedError, FidlError } from "./errors.js";
import { closeHandles } from "./handles.js";
import { decodeBody, decodeEpitaph, decodeHeader, encodeBody, EPITAPH } from "./message.js";
import type { Method, Methods, Protocol, RequestOf, ResponseOf } from "./protocol.js";
import { MESSAGES_A_TURN } from "./requests.js";
import type { FieldValues, Fields } from "./structs.js";
import { checkWireFormat, type WireFormat } from "./wire.js";

type MethodsOfKind<M extends Methods, Kind> = {
  [K in keyof M]: M[K]["kind"] extends Kind ? K : never;
}[keyof M] &
  string;

type Arguments<Q> = {} extends Q ? [request?: Q] : [request: Q];

/** The methods of a protocol, to be called: `proxy.loadObject({ objectName })`. */
export type Proxy<M extends Methods> = {
  readonly [K in MethodsOfKind<M, "one-way"> as Uncapitalize<K>]: (
    ...request: Arguments<RequestOf<M[K]>>
  ) => void;
} & {
  readonly [K in MethodsOfKind<M, "two-way"> as Uncapitalize<K>]: (
    ...request: [...Arguments<RequestOf<M[K]>>, limits?: WaitOptions]
  ) => Promise<ResponseOf<M[K]>>;
};

/** An event of a protocol. */
export type ProtocolEvent<M extends Methods> = {
  readonly [K in MethodsOfKind<M, "event">]: {
    readonly kind: Uncapitalize<K>;
    readonly value: ResponseOf<M[K]>;
  };
}[MethodsOfKind<M, "event">];

/** How a client or server speaks. */
export interface ConnectionOptions {
  /**
   * The wire format of what is sent. A client sends 2 by default; a server sends what its client
   * began with, and 2 before that. What is received may be either.
   */
  wireFormat?: WireFormat;
}

/** Who waits for something to come. */
interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface Transaction extends Waiter<unknown> {
  readonly method: Method & { readonly kind: "two-way" };
}

const MAX_TXID = 0x7fff_ffff;
/** Events that are kept for whoever may ask for them: as many as a channel keeps messages. */
const MAX_EVENTS = 3_500;
/** Why waits are aborted that nobody needs any more; without a reason, making one up takes longest. */
const OVER = "over";

/**
 * The client of a protocol, over a client end.
 *
 * Requests may be sent before earlier ones are answered. A pending call keeps Node alive; a client
 * at rest does not even wait, and its channel can be passed on. Events that come during a call are
 * kept for {@link Client.nextEvent}; more than 3,500 of them end the client, with `NO_RESOURCES`.
 */
export class Client<M extends Methods> implements Disposable {
  readonly protocol: Protocol<M>;
  /** The methods of the protocol. */
  readonly proxy: Proxy<M>;
  readonly #channel: Channel;
  readonly #format: WireFormat;
  readonly #transactions = new Map<number, Transaction>();
  /** Transactions that nobody waits for any more, but whose replies may come. */
  readonly #abandoned = new Set<number>();
  readonly #events: ProtocolEvent<M>[] = [];
  readonly #eventWaiters: Waiter<ProtocolEvent<M>>[] = [];
  #lastTxid = 0;
  #isListening = false;
  /** Ends the wait for messages. */
  #stop = new Abort();
  #failure: FidlError | undefined;

  /** Speaks over a channel, which belongs to the client until {@link Client.intoChannel}. */
  constructor(protocol: Protocol<M>, channel: Channel, options: ConnectionOptions = {}) {
    checkOptions(options, ["wireFormat"]);
    this.protocol = protocol;
    this.#channel = checkHandle("channel", channel, Channel);
    this.#format = checkWireFormat(options.wireFormat) ?? 2;
    this.proxy = Object.fromEntries(
      protocol.allMethods
        .filter(({ kind }) => kind !== "event")
        .map((method) => [method.key, this.#caller(method)]),
    ) as unknown as Proxy<M>;
  }

  /**
   * The next event: one that came already, or else the first that comes. A pending one keeps Node
   * alive.
   *
   * @throws {@link FidlError} `Closed`, `Timeout`, and what is wrong with what came
   */
  async nextEvent(limits: WaitOptions = {}): Promise<ProtocolEvent<M>> {
    const event = this.#events.shift();
    if (event !== undefined) {
      return event;
    }
    const checked = this.#beginWait(limits);
    this.checkAlive();
    return this.#limited(checked, "an event", (waiter) => {
      this.#eventWaiters.push(waiter);
      return () => void this.#eventWaiters.splice(this.#eventWaiters.indexOf(waiter), 1);
    });
  }

  /**
   * Gives the channel back, and ends the client.
   *
   * @throws {@link FidlError} `Channel` with `BAD_STATE` while something is in flight
   */
  intoChannel(): Channel {
    if (this.#transactions.size + this.#abandoned.size + this.#events.length > 0) {
      throw new FidlError("Channel", "Something is in flight on the channel", {
        status: ZxStatus.BAD_STATE,
      });
    }
    this.#fail(closedError(this.protocol.debugName, ZxStatus.CANCELED));
    return this.#channel;
  }

  /** Closes the channel; what is pending fails with `CANCELED`. */
  close(): void {
    this.#fail(closedError(this.protocol.debugName, ZxStatus.CANCELED));
    closeHandles(this.#events.splice(0));
    this.#channel.close();
  }

  /**
   * Throws why the client has ended, if it has.
   *
   * @internal
   */
  checkAlive(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  /** Same as {@link Client.close}. */
  [DISPOSE](): void {
    this.close();
  }

  #caller(method: Method): (request?: FieldValues<Fields>, limits?: WaitOptions) => unknown {
    if (method.kind === "two-way") {
      return async (request = {}, limits = {}) => this.#call(method, request, limits);
    }
    return (request = {}) => this.#send(method, 0, request);
  }

  async #call(
    method: Transaction["method"],
    request: FieldValues<Fields>,
    limits: WaitOptions,
  ): Promise<unknown> {
    const checked = closingOnFailure(request, () => this.#beginWait(limits));
    const txid = this.#nextTxid();
    this.#send(method, txid, request);
    return this.#limited(checked, method.name, ({ resolve, reject }) => {
      this.#transactions.set(txid, { method, resolve, reject });
      return () => {
        if (this.#transactions.delete(txid)) {
          this.#abandoned.add(txid);
        }
      };
    });
  }

  #nextTxid(): number {
    do {
      this.#lastTxid = this.#lastTxid === MAX_TXID ? 1 : this.#lastTxid + 1;
    } while (this.#transactions.has(this.#lastTxid) || this.#abandoned.has(this.#lastTxid));
    return this.#lastTxid;
  }

  #send(method: Method, txid: number, request: FieldValues<Fields>): void {
    if (method.kind === "event") {
      return;
    }
    closingOnFailure(request, () => this.checkAlive());
    const { ordinal, isFlexible } = method;
    const header = { txid, ordinal, format: this.#format, isFlexible };
    const { bytes, handles } = encodeBody(header, method.request, request, this.#channel.context);
    try {
      this.#channel.write(bytes, handles);
    } catch (error) {
      const broken = this.#broken(error);
      if (broken.kind === "Closed") {
        // The server may have answered, and said why, before it went.
        this.#drain();
      }
      throw this.#failure ?? broken;
    }
  }

  #beginWait(limits: WaitOptions): WaitLimits {
    return beginWait(limits, () => this.#channel.kernel.now());
  }

  /** Waits for what `register` asks for, and takes it back when that ends early. */
  #limited<T>(
    { deadline, signal }: WaitLimits,
    what: string,
    register: (waiter: Waiter<T>) => () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const over = deadline === TIME_INFINITE ? undefined : new Abort();
      const end = () => {
        over?.abort(OVER);
        signal?.removeEventListener("abort", abort);
      };
      const withdraw = register({
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      const giveUp = (error: unknown) => {
        withdraw();
        end();
        this.#rest();
        reject(error);
      };
      const abort = () => giveUp(abortError(signal?.reason));
      signal?.addEventListener("abort", abort, { once: true });
      if (over !== undefined) {
        // No signal but the clock's. Whatever else ends this wait ends the one for messages, too.
        this.#channel
          .waitOne(Signals.NONE, { deadline, signal: over.signal })
          .catch((error: unknown) => {
            const timedOut = error instanceof ZxError && error.status === ZxStatus.TIMED_OUT;
            if (timedOut && !over.signal.aborted) {
              const text = `${this.protocol.debugName}: timed out waiting for ${what}`;
              giveUp(new FidlError("Timeout", text, { status: error.status, cause: error }));
            }
          });
      }
      this.#listen();
    });
  }

  get #wanted(): boolean {
    return this.#transactions.size > 0 || this.#eventWaiters.length > 0;
  }

  /** Stops listening if nobody waits. */
  #rest(): void {
    if (this.#isListening && !this.#wanted) {
      this.#stop.abort(OVER);
      this.#stop = new Abort();
      this.#isListening = false;
    }
  }

  /** Listens for as long as somebody waits. */
  #listen(): void {
    if (!this.#isListening && this.#wanted) {
      this.#isListening = true;
      void this.#read(this.#stop.signal);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      for (let messages = 1; this.#wanted; messages += 1) {
        await this.#channel.waitOne(Signals.READABLE | Signals.PEER_CLOSED, { signal });
        if (signal.aborted) {
          return;
        }
        this.#receive(this.#channel.read());
        if (messages % MESSAGES_A_TURN === 0) {
          await setImmediate();
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(this.#broken(error));
      }
    } finally {
      if (!signal.aborted) {
        this.#isListening = false;
      }
    }
  }

  /** Takes what came before the channel was closed. */
  #drain(): void {
    try {
      while (this.#failure === undefined) {
        this.#receive(this.#channel.read());
      }
    } catch (error) {
      this.#fail(this.#broken(error));
    }
  }

  #receive(message: ChannelMessage): void {
    try {
      this.#dispatch(message);
    } catch (error) {
      closeHandles(message.handles);
      this.#fail(error as FidlError);
    }
  }

  #dispatch(message: ChannelMessage): void {
    const { txid, ordinal, format, isFlexible } = decodeHeader(message.bytes);
    if (ordinal === EPITAPH && txid === 0) {
      throw closedError(this.protocol.debugName, decodeEpitaph(message, format));
    }
    if (txid === 0) {
      const method = this.protocol.method(ordinal);
      if (method === undefined && isFlexible === true && this.protocol.openness !== "closed") {
        closeHandles(message.handles);
        return;
      }
      if (method?.kind !== "event") {
        throw unknown("Ordinal", "ordinal", 8);
      }
      this.#takeEvent(method, decodeBody(message, format, method.response));
      return;
    }
    if (this.#abandoned.delete(txid)) {
      closeHandles(message.handles);
      return;
    }
    const transaction = this.#transactions.get(txid);
    if (transaction === undefined) {
      throw unknown("TransactionId", "transaction id", 0);
    }
    const { method, resolve, reject } = transaction;
    if (ordinal !== method.ordinal) {
      throw unknown("Ordinal", "ordinal", 8);
    }
    this.#transactions.delete(txid);
    try {
      resolve(decodeBody(message, format, method.response));
    } catch (error) {
      reject(error);
    }
  }

  #takeEvent({ key }: Method, value: unknown): void {
    const event = { kind: key, value } as ProtocolEvent<M>;
    const waiter = this.#eventWaiters.shift();
    if (waiter !== undefined) {
      waiter.resolve(event);
    } else if (this.#events.push(event) > MAX_EVENTS) {
      closeHandles(this.#events.pop());
      throw channelError(this.protocol.debugName, ZxStatus.NO_RESOURCES);
    }
  }

  /** Ends the client for this reason, unless it has ended before; the reason that counts. */
  #fail(error: FidlError): FidlError {
    this.#failure ??= error;
    const waiters = [...this.#transactions.values(), ...this.#eventWaiters];
    this.#transactions.clear();
    this.#eventWaiters.length = 0;
    waiters.forEach(({ reject }) => reject(this.#failure));
    this.#rest();
    return this.#failure;
  }

  #broken(error: unknown): FidlError {
    if (!(error instanceof ZxError)) {
      throw error;
    }
    const { debugName } = this.protocol;
    const { status } = error;
    if (status === ZxStatus.PEER_CLOSED) {
      return closedError(debugName, status, error);
    }
    return channelError(debugName, status, error);
  }
}

/** Checks something about a request that is to be sent, whose handles are consumed in any case. */
function closingOnFailure<T>(request: FieldValues<Fields>, check: () => T): T {
  try {
    return check();
  } catch (error) {
    closeHandles(request);
    throw error;
  }
}

function channelError(protocol: string, status: number, cause?: ZxError): FidlError {
  const text = `A FIDL client's channel to the protocol ${protocol} failed: ${statusName(status)}`;
  return new FidlError("Channel", text, { status, ...(cause === undefined ? {} : { cause }) });
}

function unknown(kind: "Ordinal" | "TransactionId", what: string, offset: number): FidlError {
  return new FidlError(kind, `message has an unknown ${what}`, { offset });
}
