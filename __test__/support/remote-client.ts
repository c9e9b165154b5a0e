import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";

/** A client of gdb's remote protocol that says what it is told to, and nothing by itself but acknowledgements. */
export class RemoteClient {
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #wake = () => {};
  #acknowledges = true;

  /** How many packets the server has asked for again. */
  refusals = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    // A server may hang up in any way.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(where: NetConnectOpts): Promise<RemoteClient> {
    const socket = connect(where);
    await once(socket, "connect");
    return new RemoteClient(socket);
  }

  /** Whether the server has hung up. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Sends bytes as they are. */
  send(bytes: string): void {
    this.#socket.write(bytes, "latin1");
  }

  /** Sends a packet, and returns the next one that comes. */
  ask(payload: string): Promise<string> {
    this.send(packet(payload));
    return this.next();
  }

  /** Lets the program run, and returns why it has stopped; what it is told in words meanwhile is left out. */
  async go(payload: string): Promise<string> {
    let answer = await this.ask(payload);
    while (/^O[0-9a-f]/.test(answer)) answer = await this.next();
    return answer;
  }

  /** The next packet, without what is around it; nothing once the server has hung up. */
  async next(): Promise<string> {
    for (;;) {
      const found = /^([+-]*)\$([^#]*)#../s.exec(this.#received);
      if (found !== null) {
        this.refusals += found[1]!.replaceAll("+", "").length;
        this.#received = this.#received.slice(found[0].length);
        if (this.#acknowledges) this.send("+");
        return expanded(found[2]!);
      }
      if (this.#ended) return "";
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** From now on neither side acknowledges. */
  async stopAcknowledging(): Promise<void> {
    const answer = await this.ask("QStartNoAckMode");
    if (answer !== "OK") throw new Error(`QStartNoAckMode: ${answer}`);
    this.#acknowledges = false;
  }

  /** Takes nothing that comes, until {@link resume}. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits until the server hangs up. */
  async untilClosed(): Promise<void> {
    if (!this.#ended) await once(this.#socket, "close");
  }

  /** Hangs up. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }
}

/** A packet, as it is sent. */
export function packet(payload: string): string {
  let sum = 0;
  for (let at = 0; at < payload.length; at++) sum += payload.charCodeAt(at);
  return `$${payload}#${(sum & 0xff).toString(16).padStart(2, "0")}`;
}

/** A payload in which no character stands for a run of them. */
function expanded(payload: string): string {
  return payload.replace(/(.)\*(.)/gs, (_, character: string, count: string) =>
    character.repeat(count.charCodeAt(0) - 28),
  );
}

/** The thread that a reply of a stop names. */
export function threadOf(stop: string): string {
  const [, thread] = /^T[0-9a-f]{2}.*?thread:([^;]+);/.exec(stop) ?? [];
  if (thread === undefined) throw new Error(`no stop of a thread: ${stop}`);
  return thread;
}
