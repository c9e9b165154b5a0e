import { createServer, type Server, type Socket } from "node:net";

import { DISPOSE } from "../base/dispose.js";
import { checkPath } from "../base/validate.js";
import type { ExceptionChannel } from "../handles/exception-channel.js";
import type { Job } from "../handles/job.js";
import { Process } from "../handles/process.js";
import { checkHandle } from "../handles/take.js";
import { libraryDirectories } from "../program/libraries.js";
import { Signals } from "../zx/signals.js";
import { Conversation } from "./conversation.js";
import { Debuggee, type Report } from "./debuggee.js";
import type { Arrival, DebuggedProcess, Door } from "./debugged-process.js";
import { ProgramFiles } from "./files.js";
import { findProcess, followJob } from "./follow.js";
import { checkDebugServerOptions, type DebugServerOptions } from "./options.js";
import { listening, listenPrivately, removeSocket } from "./private-socket.js";
import { Session } from "./session.js";

const LOOPBACK = "127.0.0.1";

/**
 * Serves a process to gdb or lldb, over their remote protocol, to one debugger at a time.
 *
 * A process that was not started waits at its program's first instruction until one comes. One that
 * runs goes on until then, and one with an exception waits where that was raised. Nobody else may
 * debug it meanwhile.
 *
 * @param process is borrowed. Needs DUPLICATE and the rights of a process that was created here
 * @throws `ZxError` for a process that is dead or has a debugger; Node's error for a port or path
 * that cannot be had
 *
 * @example
 * ```ts
 * import { Kernel, ProcessBuilder } from "zirconia";
 * import { debugServer } from "zirconia/debug";
 *
 * await using kernel = new Kernel();
 * const executable = await kernel.vmoFromFile("guest/out/hello");
 * const builder = new ProcessBuilder({ name: "hello", job: kernel.rootJob, executable });
 * const built = await builder.addArguments(["hello"]).build();
 * using server = await debugServer(built.process, { executable: "guest/out/hello" });
 * const process = built.start();
 * console.log(`gdb guest/out/hello -ex 'target remote :${server.address}'`);
 * ```
 */
export async function debugServer(
  process: Process,
  options: DebugServerOptions = {},
): Promise<DebugServer> {
  checkHandle("process", process, Process);
  checkDebugServerOptions(options);
  const server = new DebugServer(process.duplicate(), options);
  try {
    await server.listen();
    return server;
  } catch (error) {
    server.close();
    throw error;
  }
}

/** What {@link debugServer} makes. */
export class DebugServer implements Disposable {
  readonly #process: Process;
  readonly #job: Job | undefined;
  readonly #options: DebugServerOptions;
  readonly #files: ConstructorParameters<typeof ProgramFiles>;
  readonly #debuggee: Debuggee;
  readonly #server: Server;
  readonly #give: (() => DebuggedProcess | undefined) | undefined;
  /** Servers for processes that are followed. */
  readonly #servers = new Set<DebugServer>();
  #follower: ExceptionChannel | undefined;
  /** Why the process has stopped, for the next debugger; it is to be stopped for that one, if there is none. */
  #report: Promise<Report> | undefined;
  #connection: Socket | undefined;
  /** The path of the socket that it listens at, if it does. */
  #socket: string | undefined;
  #isClosed = false;

  /**
   * @param process belongs to it
   * @param give gives it the process to debug that another debugger is offered
   * @internal
   */
  constructor(
    process: Process,
    options: DebugServerOptions,
    give?: () => DebuggedProcess | undefined,
  ) {
    const { executable, gone = "end", job } = options;
    this.#process = process;
    this.#job = job?.duplicate();
    this.#options = options;
    this.#give = give;
    const places = {
      executable: executable === undefined ? undefined : checkPath("executable", executable),
      libraries: libraryDirectories(options, process.kernel.target),
    };
    this.#files = [places, process.koid];
    this.#debuggee = new Debuggee(gone === "end", process.koid, {
      end: () => this.#end(),
      find: (koid) => this.#job && findProcess(this.#job, koid),
      open: (launched) => this.#open(launched),
    });
    this.#server = createServer((connection) => this.#accept(connection));
  }

  /** The port that it listens on, or the path of its socket. */
  get address(): number | string {
    const address = this.#server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return this.#socket ?? port ?? "";
  }

  /**
   * Begins to listen.
   *
   * @internal
   */
  async listen(): Promise<void> {
    const { exception } = this.#options;
    if (exception !== undefined) {
      this.#debug(exception);
      this.#report = this.#halted();
    } else if (this.#give === undefined && !this.#process.info().started) {
      this.#debug("start");
      this.#report = this.#debuggee.next();
    }
    const { port = 0, path } = this.#options;
    if (path === undefined) {
      await listening(this.#server, () => this.#server.listen(port, LOOPBACK));
    } else {
      await listenPrivately(this.#server, path);
      this.#socket = path;
    }
    // Who serves does not keep Node alive: the program does.
    this.#server.unref();
  }

  /**
   * Serves nobody any more, once a debugger has what it was sent. A process that it holds goes on, an
   * exception is for whoever is next.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#server.close();
    // Node need not wait for one that does not read.
    this.#connection?.unref().destroySoon();
    this.#follower?.close();
    this.#debuggee.close();
    for (const server of this.#servers) server.close();
    this.#options.exception?.exception.close();
    this.#process.close();
    this.#job?.close();
    if (this.#socket !== undefined) removeSocket(this.#socket);
  }

  /** Same as {@link DebugServer.close}. */
  [DISPOSE](): void {
    this.close();
  }

  #debug(arrival: Arrival): void {
    this.#debuggee.add(this.#process.duplicate(), arrival);
    if (this.#options.follow === true && this.#job !== undefined) {
      this.#follower = followJob(this.#job, this.#debuggee, this.#process.koid);
    }
  }

  /** Stops what is debugged, for a debugger that comes. */
  async #halted(): Promise<Report> {
    await this.#debuggee.halt();
    return this.#debuggee.arrival();
  }

  async #end(): Promise<void> {
    const task = this.#job ?? this.#process;
    task.kill();
    await task.waitOne(Signals.TASK_TERMINATED);
  }

  #accept(connection: Socket): void {
    // What is wrong with a connection closes it.
    connection.on("error", () => {});
    if (this.#connection !== undefined || this.#isClosed) {
      connection.destroy();
      return;
    }
    this.#connection = connection;
    connection.setNoDelay(true);
    void this.#serve(connection);
  }

  async #serve(connection: Socket): Promise<void> {
    const closed = new Promise<void>((resolve) => connection.once("close", () => resolve()));
    const files = new ProgramFiles(...this.#files);
    try {
      const conversation = new Conversation(this.#debuggee, files);
      conversation.last = await this.#arrive();
      new Session(connection, conversation).begin();
      await closed;
      if (!this.#isClosed) await this.#left();
    } catch (error) {
      // The process is dead, or its kernel is.
      connection.destroy(error as Error);
      this.#report = undefined;
      this.#debuggee.close();
    } finally {
      files[DISPOSE]();
      this.#connection = undefined;
    }
  }

  /** What the debugger that has come is to see. */
  #arrive(): Promise<Report> {
    const report = this.#report;
    if (report !== undefined) return report;
    const given = this.#give?.();
    if (given === undefined) this.#debug("attach");
    else this.#debuggee.take(given);
    return this.#halted();
  }

  /** Lets a debugger of its own come to a process that is offered. */
  async #open({ koid, process }: DebuggedProcess): Promise<Door | undefined> {
    const { path, gone = "end", executable, libraryPath, sdk } = this.#options;
    const options = {
      gone,
      ...(executable === undefined ? {} : { executable }),
      ...(path === undefined ? {} : { path: `${path}.${koid}` }),
      ...(libraryPath === undefined ? {} : { libraryPath }),
      ...(sdk === undefined ? {} : { sdk }),
    };
    const give = () => this.#debuggee.give(koid);
    let server: DebugServer | undefined;
    const close = () => {
      server?.close();
      this.#servers.delete(server!);
    };
    try {
      server = new DebugServer(process.duplicate(), options, give);
      this.#servers.add(server);
      await server.listen();
      return { address: server.address, close };
    } catch {
      // It is dead, or there is no such port or path any more.
      close();
      return undefined;
    }
  }

  async #left(): Promise<void> {
    this.#report = undefined;
    this.#follower?.close();
    if (this.#debuggee.processes.size === 0) return;
    if (this.#debuggee.isOurs) await this.#debuggee.kill();
    else await this.#debuggee.detach();
  }
}
