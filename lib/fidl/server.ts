import { setImmediate } from "node:timers/promises";

import { DISPOSE } from "../base/dispose.js";
import { ForeignHandleError, statusOf, ZxError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { checkOptions } from "../base/validate.js";
import { Channel, type ChannelMessage } from "../handles/channel.js";
import { checkHandle } from "../handles/take.js";
import type { ConnectionOptions } from "./client.js";
import { FidlError } from "./errors.js";
import { closeHandles } from "./handles.js";
import { decodeBody, decodeHeader, encodeBody, encodeEpitaph, type Header } from "./message.js";
import {
  type EventMethod,
  type Method,
  type Methods,
  Parameters,
  type Protocol,
  type RequestOf,
  type ResponseOf,
} from "./protocol.js";
import { MESSAGES_A_TURN, waitForRequest } from "./requests.js";
import { flexibleResult, FrameworkError } from "./results.js";
import type { Fields, FieldValues } from "./structs.js";
import { checkWireFormat, type WireFormat } from "./wire.js";

type EventNames<M extends Methods> = {
  [K in keyof M]: M[K]["kind"] extends "event" ? K : never;
}[keyof M] &
  string;

/** A reply, now or later; nothing will do for one that may be empty. */
type Reply<T> = {} extends T ? T | void | Promise<T | void> : T | Promise<T>;

/** Who answers a protocol's requests. The handles of a request are its own. */
export type Implementation<M extends Methods> = {
  readonly [K in Exclude<keyof M & string, EventNames<M>> as Uncapitalize<K>]: (
    request: RequestOf<M[K]>,
    connection: ServerConnection<M>,
  ) => Reply<ResponseOf<M[K]>>;
};

/** The events of a protocol, to be sent: `events.onOpen({ s: ZxStatus.OK })`. */
export type EventSender<M extends Methods> = {
  readonly [K in EventNames<M> as Uncapitalize<K>]: (event: ResponseOf<M[K]>) => void;
};

type Answer = (request: unknown, connection: unknown) => Reply<FieldValues<Fields>>;

/** A protocol, and who answers its requests. */
export interface Answering {
  readonly protocol: Protocol<Methods>;
  readonly answers: Readonly<Record<string, Answer>>;
}

/** Who answers a protocol's requests, for {@link serveTogether}. */
export function answering<M extends Methods>(
  protocol: Protocol<M>,
  implementation: NoInfer<Implementation<M>>,
): Answering {
  return {
    protocol: protocol as unknown as Protocol<Methods>,
    answers: implementation as unknown as Answering["answers"],
  };
}

/** What a flexible method is answered that nobody knows. */
const UNKNOWN_METHOD = new Parameters(flexibleResult("", {}));

/**
 * A connection that is served: one request after the other, in their order. It ends when its client
 * closes it or has gone before a reply, sends what it may not, or when answering fails. It does not
 * keep Node alive.
 */
export class ServerConnection<M extends Methods> implements Disposable {
  readonly protocol: Protocol<M>;
  /** The events of the protocol. */
  readonly events: EventSender<M>;
  /** Resolves when the connection has ended: with the reason, unless a side has closed it. */
  readonly closed: Promise<unknown>;
  readonly #channel: Channel;
  readonly #all: readonly Answering[];
  #format: WireFormat | undefined;
  /** What answering failed with. */
  #failure: unknown;
  #finished = false;

  /** @internal */
  constructor(
    protocol: Protocol<M>,
    channel: Channel,
    all: readonly Answering[],
    format: WireFormat | undefined,
  ) {
    this.protocol = protocol;
    this.#channel = channel;
    this.#all = all;
    this.#format = format;
    this.events = Object.fromEntries(
      protocol.allMethods.flatMap((method) =>
        method.kind === "event" ? [[method.key, this.#sender(method)]] : [],
      ),
    ) as unknown as EventSender<M>;
    this.closed = this.#run();
  }

  /** The wire format of what is sent; `undefined` while nothing has decided it. */
  get wireFormat(): WireFormat | undefined {
    return this.#format;
  }

  /** Closes the connection once the request at hand is answered. */
  finish(): void {
    this.#finished = true;
  }

  /**
   * Closes the connection, after an epitaph if a status is given. Does nothing the second time.
   *
   * @throws `ZxError` `SHOULD_WAIT`, once it is closed, if the client has left too much unread
   * for an epitaph
   */
  close(epitaph?: number): void {
    try {
      if (epitaph !== undefined && this.#channel.isValid) {
        this.#write({ bytes: encodeEpitaph(epitaph, this.#format ?? 2), handles: [] });
      }
    } finally {
      this.#channel.close();
    }
  }

  /** Same as {@link ServerConnection.close} without an epitaph. */
  [DISPOSE](): void {
    this.close();
  }

  async #run(): Promise<unknown> {
    try {
      for (let requests = 1; this.#channel.isValid && !this.#finished; requests += 1) {
        if (!(await waitForRequest(this.#channel))) {
          break;
        }
        await this.#serve(this.#channel.read());
        if (requests % MESSAGES_A_TURN === 0) {
          await setImmediate();
        }
      }
      return undefined;
    } catch (error) {
      return this.#failure ?? (isEnd(error) ? undefined : error);
    } finally {
      this.#channel.close();
    }
  }

  async #serve(message: ChannelMessage): Promise<void> {
    const { header, method, answer } = this.#accept(message);
    this.#format ??= header.format;
    if (method === undefined) {
      closeHandles(message.handles);
      this.#refuse(header);
      return;
    }
    const request = decodeBody(message, header.format, method.request);
    const { context } = this.#channel;
    const answered = context.loop.step(`${method.protocol}.${method.name}`);
    let response: FieldValues<Fields>;
    try {
      response = (await answer(request, this)) ?? {};
    } catch (error) {
      this.#failure = error;
      this.close(statusOf(error));
      throw error;
    } finally {
      answered();
    }
    if (method.kind !== "two-way" || !this.#channel.isValid) {
      closeHandles(response);
      return;
    }
    const reply = encodeBody(
      { ...header, format: this.#format, isFlexible: method.isFlexible },
      method.response,
      response,
      context,
    );
    this.#reply(reply);
  }

  /** Tells a client that nobody knows its flexible method, if it waits for a reply. */
  #refuse({ txid, ordinal }: Header): void {
    if (txid !== 0) {
      const header = { txid, ordinal, format: this.#format!, isFlexible: true };
      const unknown = {
        kind: "frameworkErr",
        value: FrameworkError.members.UNKNOWN_METHOD,
      } as const;
      this.#reply(encodeBody(header, UNKNOWN_METHOD, { result: unknown }));
    }
  }

  #reply(message: ChannelMessage): void {
    if (!this.#write(message)) {
      // Nobody waits any more for what else was asked.
      this.#channel.close();
    }
  }

  /** Whose request a message is; without a method if nobody knows it and that does not matter. */
  #accept(message: ChannelMessage) {
    try {
      const header = decodeHeader(message.bytes);
      const known = this.#all.find(({ protocol }) => protocol.method(header.ordinal) !== undefined);
      const method = known?.protocol.method(header.ordinal);
      if (known === undefined || method === undefined || method.kind === "event") {
        if (method === undefined && this.#permits(header)) {
          return { header };
        }
        throw new FidlError("Ordinal", "message has an unknown ordinal", { offset: 8 });
      }
      if ((header.txid === 0) !== (method.kind === "one-way")) {
        throw new FidlError("TransactionId", "message has a wrong transaction id", { offset: 0 });
      }
      return { header, method, answer: known.answers[method.key]!.bind(known.answers) };
    } catch (error) {
      closeHandles(message.handles);
      throw error;
    }
  }

  /** Whether a request may be one that nobody knows. */
  #permits({ txid, isFlexible }: Header): boolean {
    const takes = txid === 0 ? ["ajar", "open"] : ["open"];
    return (
      isFlexible === true && this.#all.some(({ protocol }) => takes.includes(protocol.openness))
    );
  }

  #sender({ ordinal, response, isFlexible }: Method & EventMethod<Fields>) {
    return (event: FieldValues<Fields>) => {
      const header: Header = { txid: 0, ordinal, format: this.#format ?? 2, isFlexible };
      this.#write(encodeBody(header, response, event, this.#channel.context));
    };
  }

  /** Whether a message was written: a client that has gone is told nothing. */
  #write({ bytes, handles }: ChannelMessage): boolean {
    try {
      this.#channel.write(bytes, handles);
      return true;
    } catch (error) {
      if (!isEnd(error)) throw error;
      return false;
    }
  }
}

/** Whether a channel failed because one of its ends is closed. */
function isEnd(error: unknown): boolean {
  return (
    error instanceof ZxError &&
    !(error instanceof ForeignHandleError) &&
    (error.status === ZxStatus.PEER_CLOSED ||
      error.status === ZxStatus.CANCELED ||
      error.status === ZxStatus.BAD_HANDLE)
  );
}

/** Serves a protocol over a server end, which belongs to the connection. */
export function serve<M extends Methods>(
  protocol: Protocol<M>,
  channel: Channel,
  implementation: NoInfer<Implementation<M>>,
  options: ConnectionOptions = {},
): ServerConnection<M> {
  checkOptions(options, ["wireFormat"]);
  const format = checkWireFormat(options.wireFormat);
  return new ServerConnection(
    protocol,
    checkHandle("channel", channel, Channel),
    [answering(protocol, implementation)],
    format,
  );
}

/**
 * Serves several protocols over one server end: who is the first to know an ordinal answers it.
 * Events are the first protocol's.
 */
export function serveTogether(
  channel: Channel,
  all: readonly [Answering, ...Answering[]],
): ServerConnection<Methods> {
  return new ServerConnection(all[0].protocol, channel, all, undefined);
}
