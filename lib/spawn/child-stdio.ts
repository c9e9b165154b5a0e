import { Abort, abortWithAny } from "../base/abort.js";
import { closeHandles } from "../fidl/handles.js";
import { Handle } from "../handles/handle.js";
import { moveInto } from "../handles/move.js";
import type { Socket } from "../handles/socket.js";
import type { Context } from "../kernel/context.js";
import type { Interrupter } from "../program/interrupter.js";
import { type OutputStream, share, type Sink, sinkOf } from "../program/sink.js";
import { type InputStream, ownSource, type Source, sourceOf } from "../program/source.js";
import { feed, pump } from "../program/transfer.js";
import { HandleInfo, HandleType } from "../zx/handle-info.js";
import type { SpawnAction } from "./actions.js";
import { SpawnActionType } from "./flags.js";
import type { StdioOption } from "./options.js";
import { SocketReadable, SocketWritable } from "./socket-streams.js";

/** What passes on bytes between a socket and a stream. */
interface Service {
  /** Until `ended` at the latest, unless what the child has left its output to goes on writing. */
  serve(ended: AbortSignal): Promise<void>;
  release(): void;
}

/** The file descriptors of a child, and what they are on this side. */
export class ChildStdio {
  /** How the child gets them. The handles in them belong to whoever spawns. */
  readonly actions: SpawnAction[] = [];
  /** The pipe to descriptor 0, if it is one. */
  stdin: SocketWritable | null = null;
  /** The pipes from descriptors 1 and 2, as far as they are. */
  readonly outputs: [stdout: SocketReadable | null, stderr: SocketReadable | null] = [null, null];
  readonly #context: Context;
  readonly #interrupter: Interrupter;
  readonly #sockets: Socket[] = [];
  readonly #services: Service[] = [];

  /**
   * From now on, streams of the caller's that break interrupt.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` for sockets by policy, and a handle without TRANSFER
   */
  constructor(context: Context, options: readonly StdioOption[], interrupter: Interrupter) {
    this.#context = context;
    this.#interrupter = interrupter;
    try {
      const [, stdout, stderr] = options;
      const shared =
        typeof stdout === "object" && stdout === stderr && !(stdout instanceof Handle)
          ? share(this.#sinkFor(1, stdout as OutputStream), 2)
          : undefined;
      options.forEach((option, fd) => this.#add(option, fd, shared?.[fd - 1]));
    } catch (error) {
      this.close();
      closeHandles(this.actions);
      throw error;
    }
  }

  /** Resolves once nothing is left to be passed on. */
  async serve(ended: AbortSignal): Promise<void> {
    await Promise.all(this.#services.map((service) => service.serve(ended)));
  }

  /** Is told that the child has ended: it reads no more, and what it wrote need not be kept. */
  exited(): void {
    this.stdin?.destroy();
    for (const output of this.outputs) {
      if (output?.readableFlowing === null) {
        output.resume();
      }
    }
  }

  /** Is told that there is to be no child. */
  abandoned(): void {
    this.outputs.forEach((output) => output?.finish());
    this.exited();
  }

  /** Resolves once the pipes from the child are closed. */
  async closed(): Promise<void> {
    const open = this.outputs.filter((output) => output !== null && !output.closed);
    await Promise.all(
      open.map((output) => new Promise((resolve) => output!.once("close", resolve))),
    );
  }

  /** Ends everything on this side. */
  close(): void {
    [this.stdin, ...this.outputs].forEach((pipe) => pipe?.destroy());
    this.#services.forEach((service) => service.release());
    this.#sockets.forEach((socket) => socket.close());
  }

  #add(option: StdioOption, fd: number, sink: Sink | undefined): void {
    if (option === "ignore") {
      return;
    }
    if (typeof option === "number") {
      this.actions.push({ action: SpawnActionType.CloneFd, localFd: option, targetFd: fd });
    } else if (option instanceof Handle) {
      this.#give(fd, moveInto(this.#context, `options.stdio[${fd}]`, option));
    } else if (option === "pipe") {
      const socket = this.#connect(fd);
      if (fd === 0) {
        this.stdin = new SocketWritable(socket);
      } else {
        this.outputs[fd - 1] = new SocketReadable(socket);
      }
    } else {
      const socket = this.#connect(fd);
      this.#sockets.push(socket);
      this.#services.push(
        fd === 0
          ? this.#feeding(socket, this.#sourceFor(option as "inherit" | InputStream))
          : this.#pumping(socket, sink ?? this.#sinkFor(fd, option as "inherit" | OutputStream)),
      );
    }
  }

  #feeding(socket: Socket, source: Source): Service {
    const { signal } = this.#interrupter;
    return {
      serve: (ended) => feed(socket, source, abortWithAny([ended, signal])),
      release: () => source.release(),
    };
  }

  #pumping(socket: Socket, sink: Sink): Service {
    // Whoever the child has left its output to may go on writing.
    const never = new Abort().signal;
    return {
      serve: () => pump(socket, sink, never, this.#interrupter.signal),
      release: () => sink.release(),
    };
  }

  #sourceFor(option: "inherit" | InputStream): Source {
    const name = "options.stdio[0]";
    return option === "inherit"
      ? ownSource(name, this.#breaking(0))
      : sourceOf(name, option, this.#breaking(0));
  }

  #sinkFor(fd: number, option: "inherit" | OutputStream): Sink {
    const own = fd === 1 ? "stdout" : "stderr";
    return sinkOf(option === "inherit" ? process[own] : option, this.#breaking(fd));
  }

  #breaking(fd: number) {
    const name = `stdio[${fd}]`;
    return (error: unknown) => this.#interrupter.interrupt({ kind: "stream", name, error });
  }

  /** Gives the child an end of a socket, of which this is the other one. */
  #connect(fd: number): Socket {
    const [ours, theirs] = this.#context.createSocket();
    this.#give(fd, theirs);
    return ours;
  }

  #give(fd: number, handle: Handle): void {
    const { raw: id } = new HandleInfo(HandleType.FileDescriptor, fd);
    this.actions.push({ action: SpawnActionType.AddHandle, id, handle });
  }
}
