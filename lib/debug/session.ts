import type { Socket } from "node:net";

import { ZirconiaError } from "../base/errors.js";
import { commandOf } from "./commands/index.js";
import type { Conversation } from "./conversation.js";
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
  #last: Uint8Array = new Uint8Array();

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
        this.#work().catch((error: Error) => this.#connection.destroy(error));
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

  /** Answers one request after the other. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let payload = this.#waiting.shift(); payload !== undefined;) {
      const answer = this.#answer(payload);
      const text = typeof answer === "object" ? await answer : answer;
      if (text !== undefined) this.#send(text);
      payload = this.#waiting.shift();
    }
    this.#isBusy = false;
  }

  #answer(payload: string) {
    const found = commandOf(payload);
    if (found === undefined) return "";
    const refused = (error: unknown) => refusal(error, payload, this.#conversation);
    try {
      const answer = found.command(found.argument, this.#conversation);
      return typeof answer === "object" ? answer.catch(refused) : answer;
    } catch (error) {
      return refused(error);
    }
  }

  #send(payload: string): void {
    this.#last = packetOf(payload);
    this.#write(this.#last);
  }

  #write(bytes: string | Uint8Array): void {
    if (this.#connection.destroyed) return;
    this.#connection.write(bytes);
    if (this.#connection.writableLength > MAX_UNREAD) this.#connection.destroy();
  }
}

/** A failure without words. */
const ERROR = "E01";

/** What a request is answered with that has failed. What is nobody's fault but ours is thrown. */
function refusal(error: unknown, payload: string, { isLldb, takesWords }: Conversation): string {
  if (!(error instanceof ProtocolError || error instanceof ZirconiaError)) throw error;
  if (takesWords) return `${ERROR};${hexText(error.message)}`;
  // gdb would take words for memory where it asks for that.
  if (isLldb || /^[mx]/.test(payload)) return ERROR;
  return `E.${error.message.replaceAll(/[^ -~]|[#$*}]/g, "?")}`;
}
