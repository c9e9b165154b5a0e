import { createServer, type Server, type Socket } from "node:net";

import { DISPOSE } from "../base/dispose.js";
import { Rights } from "../zx/rights.js";
import type { Process } from "../handles/process.js";
import { begin } from "./begin.js";
import { Conversation } from "./conversation.js";
import { Debuggee, type Report } from "./debuggee.js";
import { type FilePlaces, ProgramFiles } from "./files.js";
import { Session } from "./session.js";

const LOOPBACK = "127.0.0.1";

/** Where a debugger connects, and what becomes of the program without it. */
export interface DebugOptions {
  /** A port of loopback's; by default, and for 0, one that is free. Not with `path`. */
  port?: number;
  /** The path of a socket, in place of a port. */
  path?: string;
  /** What becomes of the program when the debugger goes without a word: it ends, by default. */
  gone?: "end" | "detach";
  /** Is told where it listens. */
  listening?: (server: DebugServer) => void;
}

/** Serves gdb or lldb, over their remote protocol. One debugger at a time. */
export class DebugServer implements Disposable {
  readonly #debuggee: Debuggee;
  readonly #places: FilePlaces;
  readonly #options: DebugOptions;
  readonly #server: Server;
  #begun: Promise<Report | undefined> = Promise.resolve(undefined);
  #connection: Socket | undefined;
  #isOver = false;

  private constructor(debuggee: Debuggee, places: FilePlaces, options: DebugOptions) {
    this.#debuggee = debuggee;
    this.#places = places;
    this.#options = options;
    this.#server = createServer((connection) => this.#accept(connection));
  }

  /** @internal */
  static async listen(
    process: Process,
    places: FilePlaces,
    options: DebugOptions,
    end: () => Promise<void>,
  ): Promise<DebugServer> {
    const debuggee = new Debuggee(options.gone !== "detach", end);
    const server = new DebugServer(debuggee, places, options);
    await server.#listen();
    try {
      const debugged = debuggee.add(process.duplicate(Rights.SAME_RIGHTS), "start");
      server.#begun = begin(debuggee, debugged, places.isDynamic);
      options.listening?.(server);
      return server;
    } catch (error) {
      server[DISPOSE]();
      throw error;
    }
  }

  /** The port that it listens on, or the path of its socket. */
  get address(): number | string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : (address ?? "");
  }

  /** Serves nobody any more, once the debugger has what it was sent. */
  [DISPOSE](): void {
    this.#isOver = true;
    this.#server.close();
    // Node need not wait for one that does not read.
    this.#connection?.unref().destroySoon();
    this.#debuggee.close();
  }

  async #listen(): Promise<void> {
    const { port = 0, path } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      if (path === undefined) this.#server.listen(port, LOOPBACK, resolve);
      else this.#server.listen(path, resolve);
    });
  }

  #accept(connection: Socket): void {
    // What is wrong with a connection closes it.
    connection.on("error", () => {});
    if (this.#connection !== undefined) {
      connection.destroy();
      return;
    }
    this.#connection = connection;
    connection.setNoDelay(true);
    connection.pause();
    void this.#serve(connection);
  }

  async #serve(connection: Socket): Promise<void> {
    const closed = new Promise<void>((resolve) => connection.once("close", () => resolve()));
    const report = await this.#begun;
    const files = new ProgramFiles(this.#places);
    const conversation = new Conversation(this.#debuggee, files, (words) => session.say(words));
    conversation.last = report;
    const session = new Session(connection, conversation);
    connection.resume();
    await closed;
    files[DISPOSE]();
    this.#connection = undefined;
    if (!this.#isOver) await this.#left();
  }

  async #left(): Promise<void> {
    if (this.#debuggee.isOurs) await this.#debuggee.kill();
    else await this.#debuggee.detach();
  }
}
