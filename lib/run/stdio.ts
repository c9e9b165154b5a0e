import { abortWithAny } from "../base/abort.js";
import { DISPOSE } from "../base/dispose.js";
import { encode } from "../base/strings.js";
import { checkBytes } from "../base/validate.js";
import type { DebugLog } from "../handles/debuglog.js";
import type { Socket } from "../handles/socket.js";
import type { Kernel } from "../kernel/kernel.js";
import type { Interrupter } from "../program/interrupter.js";
import { Keeper, NOWHERE, type OutputStream, share, type Sink, sinkOf } from "../program/sink.js";
import { ownSource, type Source, sourceOf, sourceOfBytes } from "../program/source.js";
import { feed, pump } from "../program/transfer.js";
import { HandleInfo, HandleType } from "../zx/handle-info.js";
import { follow } from "./debug-log.js";
import type { OutputOption, RunOptions } from "./options.js";

/** Bytes of each output that are kept unless told otherwise. */
const MAX_BUFFER = 100_000_000;

/** File descriptors 1 and 2, and the debug log. */
const OUTPUTS = ["stdout", "stderr", "log"] as const;

type OutputName = (typeof OUTPUTS)[number];

/** A program's file descriptors 0, 1 and 2, the debug log, and what they are on this side. */
export class Stdio implements Disposable {
  readonly #interrupter: Interrupter;
  readonly #source: Source | undefined;
  readonly #sinks: Readonly<Record<OutputName, Sink>>;
  #log: DebugLog | undefined;
  /** By file descriptor: our end, and the program's. */
  readonly #sockets = new Map<number, [ours: Socket, theirs: Socket]>();

  /** From now on, streams of the caller's that break interrupt. */
  constructor(options: RunOptions, interrupter: Interrupter) {
    this.#interrupter = interrupter;
    this.#source = this.#sourceFor(options);
    this.#sinks = this.#sinksFor(options);
  }

  /** Opens the log, and makes the sockets: the program's ends, as startup handles. */
  connect(kernel: Kernel) {
    if (this.#sinks.log !== NOWHERE) {
      this.#log = kernel.debugLog();
    }
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
   *
   * @param isOurs whether what a process with this koid writes to the log is the program's
   */
  async serve(ended: AbortSignal, isOurs: (process: bigint) => boolean): Promise<void> {
    const { signal } = this.#interrupter;
    const { stdout, stderr, log } = this.#sinks;
    await Promise.all([
      ...Array.from(this.#sockets, ([fd, [socket]]) =>
        fd === 0
          ? feed(socket, this.#source!, abortWithAny([ended, signal]))
          : pump(socket, fd === 1 ? stdout : stderr, ended, signal),
      ),
      this.#log && follow(this.#log, isOurs, log, ended, signal),
    ]);
  }

  /** What was kept of an output; of text, whole characters. */
  collected(name: OutputName, encoding: "utf8" | "latin1" | "buffer"): string | Uint8Array {
    const sink = this.#sinks[name];
    const bytes = sink instanceof Keeper ? sink.bytes() : new Uint8Array();
    if (encoding === "buffer") {
      return bytes;
    }
    const buffer = Buffer.from(bytes.buffer);
    const isCut = sink instanceof Keeper && sink.isCut;
    if (!isCut) return buffer.toString(encoding);
    // Seldom needed, and it takes time to load.
    const { StringDecoder } = process.getBuiltinModule("node:string_decoder");
    return new StringDecoder(encoding).write(buffer);
  }

  /** Closes the sockets, and leaves the streams as they are. */
  [DISPOSE](): void {
    for (const socket of [...this.#sockets.values()].flat()) {
      socket.close();
    }
    this.#log?.close();
    this.#source?.release();
    Object.values(this.#sinks).forEach((sink) => sink.release());
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

  /** A sink for each output: of a stream that several go to, which can be taken only once, shares. */
  #sinksFor({ maxBuffer = MAX_BUFFER, ...options }: RunOptions): Record<OutputName, Sink> {
    const shares = new Map<object, Sink[]>();
    const sinkFor = (name: OutputName): Sink => {
      const option = options[name] ?? "buffer";
      if (typeof option !== "object") {
        return this.#sinkFor(name, option, maxBuffer);
      }
      const users = OUTPUTS.filter((other) => options[other] === option).length;
      const left = shares.get(option) ?? share(this.#sinkFor(name, option, maxBuffer), users);
      shares.set(option, left);
      return left.pop()!;
    };
    return { stdout: sinkFor("stdout"), stderr: sinkFor("stderr"), log: sinkFor("log") };
  }

  #sinkFor(name: OutputName, option: OutputOption, maxBuffer: number): Sink {
    switch (option) {
      case "buffer":
        return new Keeper(maxBuffer, () =>
          this.#interrupter.interrupt({ kind: "maxBuffer", name }),
        );
      case "ignore":
        return NOWHERE;
      default:
        return sinkOf(option === "inherit" ? ownOutput(name) : option, this.#breaking(name));
    }
  }

  #breaking(name: string) {
    return (error: unknown) => this.#interrupter.interrupt({ kind: "stream", name, error });
  }
}

/** This process's output, which the debug log shares with standard error. */
function ownOutput(name: OutputName): OutputStream {
  return name === "stdout" ? process.stdout : process.stderr;
}
