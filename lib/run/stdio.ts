import { StringDecoder } from "node:string_decoder";

import { DISPOSE } from "../base/dispose.js";
import { encode } from "../base/strings.js";
import { checkBytes } from "../base/validate.js";
import type { Socket } from "../handles/socket.js";
import type { Kernel } from "../kernel/kernel.js";
import type { Interrupter } from "../program/interrupter.js";
import {
  Keeper,
  NOWHERE,
  type OutputStream,
  type Sink,
  sharedByTwo,
  sinkOf,
} from "../program/sink.js";
import { ownSource, type Source, sourceOf, sourceOfBytes } from "../program/source.js";
import { feed, pump } from "../program/transfer.js";
import { HandleInfo, HandleType } from "../zx/handle-info.js";
import type { OutputOption, RunOptions } from "./options.js";

/** Bytes of each output that are kept unless told otherwise. */
const MAX_BUFFER = 100_000_000;

const OUTPUTS = ["stdout", "stderr"] as const;

/** A program's file descriptors 0, 1 and 2, and what they are on this side. */
export class Stdio implements Disposable {
  readonly #interrupter: Interrupter;
  readonly #source: Source | undefined;
  readonly #sinks: readonly Sink[];
  /** By file descriptor: our end, and the program's. */
  readonly #sockets = new Map<number, [ours: Socket, theirs: Socket]>();

  /** From now on, streams of the caller's that break interrupt. */
  constructor(options: RunOptions, interrupter: Interrupter) {
    this.#interrupter = interrupter;
    this.#source = this.#sourceFor(options);
    const { stdout = "buffer", stderr = "buffer", maxBuffer = MAX_BUFFER } = options;
    const sink = this.#sinkFor("stdout", stdout, maxBuffer);
    this.#sinks =
      typeof stdout === "object" && stdout === stderr
        ? sharedByTwo(sink)
        : [sink, this.#sinkFor("stderr", stderr, maxBuffer)];
  }

  /** Makes the sockets: the program's ends, as startup handles. */
  connect(kernel: Kernel) {
    const descriptors = this.#source === undefined ? [1, 2] : [0, 1, 2];
    return descriptors.map((fd) => {
      const pair = kernel.createSocket();
      this.#sockets.set(fd, pair);
      return { handle: pair[1], info: new HandleInfo(HandleType.FileDescriptor, fd) };
    });
  }

  /**
   * Passes on input until `ended` or an interruption, and output until it has ended, or nothing is
   * there after `ended`.
   */
  async serve(ended: AbortSignal): Promise<void> {
    const { signal } = this.#interrupter;
    const over = AbortSignal.any([ended, signal]);
    await Promise.all(
      Array.from(this.#sockets, ([fd, [socket]]) =>
        fd === 0
          ? feed(socket, this.#source!, over)
          : pump(socket, this.#sinks[fd - 1]!, ended, signal),
      ),
    );
  }

  /** What was kept of an output; of text, whole characters. */
  collected(
    name: (typeof OUTPUTS)[number],
    encoding: "utf8" | "latin1" | "buffer",
  ): string | Uint8Array {
    const sink = this.#sinks[OUTPUTS.indexOf(name)];
    const bytes = sink instanceof Keeper ? sink.bytes() : new Uint8Array();
    if (encoding === "buffer") {
      return bytes;
    }
    const buffer = Buffer.from(bytes.buffer);
    const isCut = sink instanceof Keeper && sink.isCut;
    return isCut ? new StringDecoder(encoding).write(buffer) : buffer.toString(encoding);
  }

  /** Closes the sockets, and leaves the streams as they are. */
  [DISPOSE](): void {
    for (const socket of [...this.#sockets.values()].flat()) {
      socket.close();
    }
    this.#source?.release();
    this.#sinks.forEach((sink) => sink.release());
  }

  #sourceFor({ stdin = "ignore", input }: RunOptions): Source | undefined {
    if (input !== undefined) {
      return sourceOfBytes(
        typeof input === "string" ? encode(input) : checkBytes("options.input", input),
      );
    }
    switch (stdin) {
      case "ignore":
        return undefined;
      case "inherit":
        return ownSource("options.stdin", this.#breaking("stdin"));
      default:
        return sourceOf("options.stdin", stdin, this.#breaking("stdin"));
    }
  }

  #sinkFor(name: (typeof OUTPUTS)[number], option: OutputOption, maxBuffer: number): Sink {
    switch (option) {
      case "buffer":
        return new Keeper(maxBuffer, () =>
          this.#interrupter.interrupt({ kind: "maxBuffer", name }),
        );
      case "ignore":
        return NOWHERE;
      default: {
        const stream: OutputStream = option === "inherit" ? process[name] : option;
        return sinkOf(stream, this.#breaking(name));
      }
    }
  }

  #breaking(name: string) {
    return (error: unknown) => this.#interrupter.interrupt({ kind: "stream", name, error });
  }
}
