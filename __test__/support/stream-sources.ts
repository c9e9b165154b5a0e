import { type ChildProcess as NodeChild, spawn as spawnNode } from "node:child_process";
import { EventEmitter, once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";

import type { ExecutionContext } from "ava";
import { Readable as Readable4 } from "readable-stream";

import type { InputStream } from "../../index.js";

/** Input of one kind, and what can become of it. */
export interface Feed {
  readonly input: InputStream;
  send(text: string): void;
  /** Lets it end well. */
  end(): void;
  /** Lets it break. */
  fail(): void;
  /** Lets it go before its end, without a word; not every kind knows that. */
  destroy?(): void;
}

/** Makes input for a test. */
export type MakeFeed = (t: ExecutionContext) => Feed | Promise<Feed>;

/** What input fails with where the kind does not choose that itself. */
export const FAILURE = Object.assign(new Error("broken on purpose"), { code: "EBROKEN" });

const { Readable: Readable3 } = (await import("readable-stream-3" as string)) as {
  Readable: typeof Readable;
};

function pushed(input: Readable): Feed {
  return {
    input,
    send: (text) => input.push(text),
    end: () => input.push(null),
    fail: () => input.destroy(FAILURE),
    destroy: () => input.destroy(),
  };
}

/** What somebody else sends who goes on a connection, which he can drop. */
function sentBy(
  sender: { write(text: string): unknown; end(): unknown },
  input: Readable,
  drop: () => unknown,
): Feed {
  return {
    input,
    send: (text) => sender.write(text),
    end: () => sender.end(),
    fail: () => drop(),
    destroy: () => input.destroy(),
  };
}

/** A server that takes one connection. */
export async function listening<S extends net.Server>(
  server: S,
  t: ExecutionContext,
): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function socket(t: ExecutionContext): Promise<Feed> {
  const server = net.createServer();
  const port = await listening(server, t);
  const input = net.connect(port, "127.0.0.1");
  const [sender] = (await once(server, "connection")) as [net.Socket];
  sender.on("error", () => {});
  t.teardown(() => [sender, input].forEach((end) => end.destroy()));
  return sentBy(sender, input, () => input.destroy(FAILURE));
}

async function request(t: ExecutionContext): Promise<Feed> {
  const server = http.createServer();
  const port = await listening(server, t);
  const sender = http.request({ host: "127.0.0.1", port, method: "POST" });
  sender.on("error", () => {}).flushHeaders();
  const [input] = (await once(server, "request")) as [http.IncomingMessage];
  t.teardown(() => [sender, input].forEach((end) => end.destroy()));
  return sentBy(sender, input, () => sender.destroy());
}

async function response(t: ExecutionContext): Promise<Feed> {
  const server = http.createServer((_, sender) => sender.flushHeaders());
  const port = await listening(server, t);
  const asked = http.get({ host: "127.0.0.1", port });
  const [[, sender], [input]] = (await Promise.all([
    once(server, "request"),
    once(asked, "response"),
  ])) as [[unknown, http.ServerResponse], [http.IncomingMessage]];
  t.teardown(() => [sender, input].forEach((end) => end.destroy()));
  return sentBy(sender, input, () => sender.destroy());
}

function otherChild(t: ExecutionContext): Feed {
  const child: NodeChild = spawnNode("cat", { stdio: ["pipe", "pipe", "inherit"] });
  const { stdin, stdout } = child as NodeChild & { stdin: net.Socket; stdout: Readable };
  stdin.on("error", () => {});
  t.teardown(() => child.kill());
  return sentBy(stdin, stdout, () => stdout.destroy(FAILURE));
}

function later(work: () => void): void {
  setImmediate(() => setImmediate(work));
}

/** A stream as the first ones were: it has no state, and cannot be told to wait. */
function old(): Feed {
  class OldStream extends EventEmitter {
    readable = true;
    pipe() {}
  }
  const stream = new OldStream();
  const input = stream as unknown as InputStream;
  const kept: string[] = [];
  // It begins when there is somebody to tell.
  stream.on("newListener", (event) => {
    if (event === "data") setImmediate(() => kept.splice(0).forEach((text) => tell(text)));
  });
  const tell = (text: string) => {
    if (stream.listenerCount("data") > 0) stream.emit("data", Buffer.from(text));
    else kept.push(text);
  };
  return {
    input,
    send: tell,
    end: () =>
      later(() => {
        stream.readable = false;
        stream.emit("end");
      }),
    fail: () => later(() => stream.emit("error", FAILURE)),
    destroy: () => later(() => stream.emit("close")),
  };
}

function web(type?: "bytes"): Feed {
  let controller!: ReadableStreamDefaultController;
  const source = { type, start: (given: ReadableStreamDefaultController) => (controller = given) };
  const input = new ReadableStream(source as never) as InputStream;
  return {
    input,
    // Its memory is taken away: it must be nobody else's.
    send: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
    fail: () => controller.error(FAILURE),
  };
}

function generator(): Feed {
  const told = new EventEmitter();
  const queue: (() => string | undefined)[] = [];
  const tell = (next: () => string | undefined) => {
    queue.push(next);
    told.emit("next");
  };
  async function* generate() {
    for (;;) {
      while (queue.length === 0) await once(told, "next");
      const text = queue.shift()!();
      if (text === undefined) return;
      yield text;
    }
  }
  return {
    input: generate(),
    send: (text) => tell(() => text),
    end: () => tell(() => undefined),
    fail: () =>
      tell(() => {
        throw FAILURE;
      }),
  };
}

/** All kinds of input that go on while a program runs. */
export const SOURCES: Readonly<Record<string, MakeFeed>> = {
  "a Readable": () => pushed(new Readable({ read() {} })),
  "a Readable in object mode": () => pushed(new Readable({ objectMode: true, read() {} })),
  "a Readable with an encoding": () => pushed(new Readable({ encoding: "utf8", read() {} })),
  "a Readable that flows": () => pushed(new Readable({ read() {} }).on("data", () => {})),
  "a PassThrough": () => {
    const input = new PassThrough();
    return sentBy(input, input, () => input.destroy(FAILURE));
  },
  "a Readable of readable-stream 4": () =>
    pushed(new Readable4({ read() {} }) as unknown as Readable),
  "a Readable of readable-stream 3": () => pushed(new Readable3({ read() {} })),
  "a socket": socket,
  "a request": request,
  "a response": response,
  "another child's output": otherChild,
  "an old stream": old,
  "a ReadableStream": () => web(),
  "a ReadableStream of bytes": () => web("bytes"),
  "an async generator": generator,
};
