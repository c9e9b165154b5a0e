import type { Readable, Writable } from "node:stream";

import type { Context } from "../context.js";
import { closeHandles } from "../fidl/handles.js";
import { HandleInfo, HandleType } from "../handle-info.js";
import { Handle } from "../handles/handle.js";
import { moveInto } from "../handles/move.js";
import type { Socket } from "../handles/socket.js";
import { feed, feedOwnInput } from "../run/input.js";
import { pump, sinkFor } from "../run/output.js";
import type { SpawnAction } from "./actions.js";
import { SpawnActionType } from "./flags.js";
import type { StdioOption } from "./options.js";
import { SocketReadable, SocketWritable } from "./socket-streams.js";

/** Passes bytes on between a socket and a stream of Node's, until `ended` at the latest. */
type Service = (ended: AbortSignal) => Promise<void>;

/** The file descriptors of a child, and what they are on this side. */
export class ChildStdio {
  /** How the child gets them. The handles in them belong to whoever spawns. */
  readonly actions: SpawnAction[] = [];
  /** The pipe to descriptor 0, if it is one. */
  stdin: SocketWritable | null = null;
  /** The pipes from descriptors 1 and 2, as far as they are. */
  readonly outputs: [stdout: SocketReadable | null, stderr: SocketReadable | null] = [null, null];
  readonly #context: Context;
  readonly #sockets: Socket[] = [];
  readonly #services: Service[] = [];

  /** @throws {@link ZxError} `ACCESS_DENIED` for sockets by policy, and a handle without TRANSFER */
  constructor(context: Context, options: readonly StdioOption[]) {
    this.#context = context;
    try {
      options.forEach((option, fd) => this.#add(option, fd));
    } catch (error) {
      this.close();
      closeHandles(this.actions);
      throw error;
    }
  }

  /** Resolves once nothing is left to be passed on, and the pipes have ended, too. */
  async serve(ended: AbortSignal): Promise<void> {
    const open = this.#pipes.filter(({ closed }) => !closed);
    const closing = open.map((pipe) => new Promise((resolve) => pipe.once("close", resolve)));
    await Promise.all([...this.#services.map((service) => service(ended)), ...closing]);
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

  /** Ends everything on this side. */
  close(): void {
    this.#pipes.forEach((pipe) => pipe.destroy());
    this.#sockets.forEach((socket) => socket.close());
  }

  get #pipes(): (SocketReadable | SocketWritable)[] {
    return [this.stdin, ...this.outputs].filter((pipe) => pipe !== null);
  }

  #add(option: StdioOption, fd: number): void {
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
      this.#services.push((ended) => serviceFor(socket, option, fd, ended));
    }
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

async function serviceFor(
  socket: Socket,
  option: "inherit" | Readable | Writable,
  fd: number,
  ended: AbortSignal,
): Promise<void> {
  if (fd === 0) {
    await (option === "inherit"
      ? feedOwnInput(socket, ended)
      : feed(socket, option as Readable, ended));
  } else {
    const own = fd === 1 ? process.stdout : process.stderr;
    // Whoever the child has left its output to may go on writing.
    const never = new AbortController().signal;
    await pump(socket, sinkFor(option as "inherit" | Writable, own), never);
  }
}
