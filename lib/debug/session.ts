import type { Socket } from "node:net";

import { ZirconiaError } from "../base/errors.js";
import { commandOf } from "./commands/index.js";
import type { Answer, Conversation } from "./conversation.js";
import { hexText } from "./hex.js";
import { type Incoming, packetOf, PacketReader } from "./packets.js";
import { ProtocolError } from "./protocol-error.js";

/** Requests that may wait, and bytes of answers: whoever sends more does not listen. */
const MAX_WAITING = 256;
const MAX_UNREAD = 16 << 20;

/** Serves one debugger, from its connection to its end. */
export class Session {
  readonly #connection: Socket;
  readonly #reader = new PacketReader();
  readonly #waiting: string[] = [];
  readonly #conversation: Conversation;
  #isBusy = false;
  #last = "";

  constructor(connection: Socket, conversation: Conversation) {
    this.#connection = connection;
    this.#conversation = conversation;
    conversation.say = (words) => this.#send(`O${hexText(words)}`);
  }

  /** Answers what comes. */
  begin(): void {
    this.#connection.on("data", (piece: Buffer) => this.#take(piece));
  }

  #take(piece: Buffer): void {
    for (const incoming of this.#reader.take(piece)) this.#receive(incoming);
  }

  #receive(incoming: Incoming): void {
    const { isTrusted } = this.#conversation;
    switch (incoming.kind) {
      case "packet":
        if (!isTrusted) this.#write("+");
        if (this.#waiting.length >= MAX_WAITING) {
          this.#connection.destroy();
          return;
        }
        this.#waiting.push(incoming.payload);
        this.#work();
        return;
      case "damaged":
        if (isTrusted) this.#send(ERROR);
        else this.#write("-");
        return;
      case "oversized":
        if (!isTrusted) this.#write("+");
        this.#send(ERROR);
        return;
      case "again":
        if (!isTrusted) this.#write(this.#last);
        return;
      case "interrupt":
        this.#conversation.debuggee.interrupt();
    }
  }

  /** Answers one request after the other, without a turn of the event loop between them if it can. */
  #work(): void {
    while (!this.#isBusy && !this.#connection.destroyed) {
      const payload = this.#waiting.shift();
      if (payload === undefined) return;
      const answer = this.#answer(payload);
      if (typeof answer === "object") this.#await(answer, payload);
      else this.#reply(answer);
    }
  }

  #answer(payload: string): Answer {
    const found = commandOf(payload);
    if (found === undefined) return "";
    try {
      return found.command(found.argument, this.#conversation);
    } catch (error) {
      return this.#refused(error, payload);
    }
  }

  #await(answer: Promise<string | undefined>, payload: string): void {
    this.#isBusy = true;
    const answered = (text: string | undefined) => {
      this.#isBusy = false;
      this.#reply(text);
      this.#work();
    };
    answer
      .then(answered, (error: unknown) => answered(this.#refused(error, payload)))
      .catch((error: Error) => this.#connection.destroy(error));
  }

  /** What a request is answered with that has failed. What is nobody's fault but ours ends it all. */
  #refused(error: unknown, payload: string): string | undefined {
    if (error instanceof ProtocolError || error instanceof ZirconiaError) {
      return refusal(error, payload, this.#conversation);
    }
    this.#connection.destroy(error as Error);
    return undefined;
  }

  #reply(text: string | undefined): void {
    if (text !== undefined) this.#send(text);
  }

  #send(payload: string): void {
    this.#last = packetOf(payload);
    this.#write(this.#last);
  }

  /** Writes a text whose characters are bytes. */
  #write(text: string): void {
    if (this.#connection.destroyed) return;
    this.#connection.write(text, "latin1");
    if (this.#connection.writableLength > MAX_UNREAD) this.#connection.destroy();
  }
}

/** A failure without words. */
const ERROR = "E01";

/** What a failure is for who has asked. */
function refusal(
  { message }: Error,
  payload: string,
  { isLldb, takesWords }: Conversation,
): string {
  if (takesWords) return `${ERROR};${hexText(message)}`;
  // gdb would take words for memory where it asks for that.
  if (isLldb || /^[mx]/.test(payload)) return ERROR;
  return `E.${message.replaceAll(/[^ -~]|[#$*}]/g, "?")}`;
}
