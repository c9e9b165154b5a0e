import { type ChildProcess as NodeChild, spawn as spawnNode } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { type Readable, Transform, Writable } from "node:stream";
import { WritableStream } from "node:stream/web";

import type { ExecutionContext } from "ava";
import { Writable as Writable4 } from "readable-stream";

import type { OutputStream } from "../../index.js";
import { directoryWith } from "./directory.js";
import { FAILURE, listening } from "./stream-sources.js";

/** Where output of one kind goes, and what can become of it. */
export interface Drain {
  readonly output: OutputStream;
  /** What has come so far. */
  text(): string;
  /** Lets it break. */
  fail(): void;
  /** Lets it go, without a word; not every kind knows that. */
  destroy?(): void;
}

/** Makes output for a test. */
export type MakeDrain = (t: ExecutionContext) => Drain | Promise<Drain>;

const { Writable: Writable3 } = (await import("readable-stream-3" as string)) as {
  Writable: typeof Writable;
};

/** A stream that collects, of this class. */
function collecting(Class: typeof Writable, options: { objectMode?: boolean } = {}): Drain {
  let text = "";
  const output = new Class({
    ...options,
    write(chunk: unknown, _encoding, done) {
      // In object mode, nobody makes a Buffer of it any more.
      text += String(chunk);
      done();
    },
  });
  return { ...broken(output), text: () => text };
}

function broken(output: Writable) {
  return { output, fail: () => output.destroy(FAILURE), destroy: () => output.destroy() };
}

/** What comes out where somebody else receives it. */
function receivedBy(receiver: Readable, output: Writable): Drain {
  let text = "";
  receiver.on("data", (chunk: Buffer) => (text += chunk.toString())).on("error", () => {});
  return { ...broken(output), text: () => text };
}

/** Ends connections, which nobody is to hear of. */
function drop(...ends: (Readable | Writable | http.ClientRequest | http.ServerResponse)[]): void {
  for (const end of ends) end.on("error", () => {}).destroy();
}

async function socket(t: ExecutionContext): Promise<Drain> {
  const server = net.createServer();
  const output = net.connect(await listening(server, t), "127.0.0.1");
  const [receiver] = (await once(server, "connection")) as [net.Socket];
  t.teardown(() => drop(receiver, output));
  return receivedBy(receiver, output);
}

async function request(t: ExecutionContext): Promise<Drain> {
  const server = http.createServer();
  const port = await listening(server, t);
  const output = http.request({ host: "127.0.0.1", port, method: "POST" });
  output.flushHeaders();
  const [receiver] = (await once(server, "request")) as [http.IncomingMessage];
  t.teardown(() => drop(receiver, output));
  return receivedBy(receiver, output as unknown as Writable);
}

async function response(t: ExecutionContext): Promise<Drain> {
  const server = http.createServer((_, output) => output.flushHeaders());
  const port = await listening(server, t);
  const asked = http.get({ host: "127.0.0.1", port });
  const [[, output], [receiver]] = (await Promise.all([
    once(server, "request"),
    once(asked, "response"),
  ])) as [[unknown, http.ServerResponse], [http.IncomingMessage]];
  t.teardown(() => drop(receiver, output, asked));
  return receivedBy(receiver, output as unknown as Writable);
}

function otherChild(t: ExecutionContext): Drain {
  const child: NodeChild = spawnNode("cat", { stdio: ["pipe", "pipe", "inherit"] });
  t.teardown(() => child.kill());
  const { stdin, stdout } = child as NodeChild & { stdin: Writable; stdout: Readable };
  return receivedBy(stdout, stdin);
}

async function file(t: ExecutionContext): Promise<Drain> {
  const path = join(directoryWith(t, {}), "output");
  const output = createWriteStream(path);
  await once(output, "open");
  return { ...broken(output), text: () => readFileSync(path, "utf8") };
}

/** A stream as the first ones were: it has no state, and does not tell when it has taken something. */
function old(): Drain {
  let text = "";
  class OldStream extends EventEmitter {
    writable = true;
    write(chunk: Buffer) {
      text += chunk.toString();
      setImmediate(() => this.emit("drain"));
      return false;
    }
    end() {}
  }
  const stream = new OldStream();
  const output = stream as unknown as OutputStream;
  return {
    output,
    text: () => text,
    fail: () => setImmediate(() => stream.emit("error", FAILURE)),
    destroy: () => setImmediate(() => stream.emit("close")),
  };
}

function transform(): Drain {
  let text = "";
  const output = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done(null, chunk);
    },
  });
  output.resume();
  return { ...broken(output), text: () => text };
}

function web(): Drain {
  let text = "";
  let controller!: WritableStreamDefaultController;
  const output = new WritableStream<Uint8Array>({
    start: (given) => void (controller = given as WritableStreamDefaultController),
    write: (chunk) => void (text += Buffer.from(chunk).toString()),
  }) as OutputStream;
  return { output, text: () => text, fail: () => controller.error(FAILURE) };
}

/** All kinds of output. */
export const SINKS: Readonly<Record<string, MakeDrain>> = {
  "a Writable": () => collecting(Writable),
  "a Writable in object mode": () => collecting(Writable, { objectMode: true }),
  "a Writable of readable-stream 4": () => collecting(Writable4 as unknown as typeof Writable),
  "a Writable of readable-stream 3": () => collecting(Writable3),
  "a Transform": transform,
  "a file": file,
  "a socket": socket,
  "a request": request,
  "a response": response,
  "another child's input": otherChild,
  "an old stream": old,
  "a WritableStream": web,
};
