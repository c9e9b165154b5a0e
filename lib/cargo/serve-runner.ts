import type { Socket } from "node:net";
import { Writable } from "node:stream";

import { remark } from "../base/text.js";
import { firstOf } from "../program/interrupter.js";
import type { InputStream } from "../program/source.js";
import {
  decodeRequest,
  FrameKind,
  frameHeader,
  FrameReader,
  type RunnerRequest,
} from "./protocol.js";
import { type KeptForRuns, runBuilt } from "./run-built.js";
import type { RunSettings } from "./settings.js";

/** Bytes of output in a frame, at most. */
const MAX_OUTPUT = 1 << 16;

/** Serves one runner, until its program has ended or it has gone. Never throws. */
export async function serveRunner(
  connection: Socket,
  settings: RunSettings,
  kept: KeptForRuns,
): Promise<void> {
  const gone = new AbortController();
  // What is wrong with a connection closes it.
  connection.on("error", () => {});
  connection.on("close", () => gone.abort());
  const input = new RunnerInput(connection);
  try {
    const request = decodeRequest(await input.request(gone.signal));
    send(connection, FrameKind.Accepted);
    const streams = {
      stdin: inputFor(request, settings, () => input.chunks(gone.signal)),
      stdout: output(connection, FrameKind.Stdout),
      stderr: output(connection, FrameKind.Stderr),
    };
    const { code, remarks } = await runBuilt(request, settings, kept, streams, gone.signal);
    if (remarks.length > 0) {
      sendOutput(connection, FrameKind.Stderr, Buffer.from(remark(remarks)));
    }
    send(connection, FrameKind.Exit, Buffer.of(code));
    connection.end();
  } catch {
    connection.destroy();
  }
}

/** A program's input. */
function inputFor(
  { input }: RunnerRequest,
  { typed }: RunSettings,
  chunks: () => InputStream,
): InputStream | "ignore" {
  if (input === "empty") return [];
  return typed || input !== "typed" ? chunks() : "ignore";
}

/** What a runner sends. */
class RunnerInput {
  readonly #connection: Socket;
  readonly #frames = new FrameReader();
  /** Who waits for a frame, and of which kind. */
  #waiting: { kind: number; take(payload: Buffer): void } | undefined;

  constructor(connection: Socket) {
    this.#connection = connection;
    connection.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  /** The request, which comes first. */
  request(gone: AbortSignal): Promise<Buffer> {
    return this.#next(FrameKind.Request, gone);
  }

  /** The program's input, each part when it is asked for. */
  async *chunks(gone: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      send(this.#connection, FrameKind.WantInput);
      const payload = await this.#next(FrameKind.Input, gone);
      if (payload.length === 0) return;
      yield payload;
    }
  }

  async #next(kind: number, gone: AbortSignal): Promise<Buffer> {
    const frame = new Promise<Buffer>((take) => (this.#waiting = { kind, take }));
    const payload = await firstOf(frame, gone);
    if (payload === undefined) throw new Error("the runner has gone");
    return payload;
  }

  #take(chunk: Buffer): void {
    try {
      for (const { kind, payload } of this.#frames.take(chunk)) {
        const waiting = this.#waiting;
        if (waiting?.kind !== kind) throw new Error("a frame that nobody has asked for");
        this.#waiting = undefined;
        waiting.take(payload);
      }
    } catch {
      this.#connection.destroy();
    }
  }
}

function send(connection: Socket, kind: number, payload: Buffer = Buffer.alloc(0)): void {
  connection.write(Buffer.concat([frameHeader(kind, payload.length), payload]));
}

/** Sends output, and tells when it is on its way. */
function sendOutput(
  connection: Socket,
  kind: number,
  bytes: Buffer,
  done?: (error?: Error | null) => void,
): void {
  connection.cork();
  for (let at = 0; at < bytes.length; at += MAX_OUTPUT) {
    const part = bytes.subarray(at, at + MAX_OUTPUT);
    connection.write(frameHeader(kind, part.length));
    connection.write(part, at + MAX_OUTPUT < bytes.length ? undefined : done);
  }
  connection.uncork();
}

function output(connection: Socket, kind: number): Writable {
  return new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => sendOutput(connection, kind, chunk, done),
  });
}
