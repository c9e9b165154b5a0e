import { setImmediate } from "node:timers/promises";

import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Handle,
  type Kernel,
  Signals,
  Vmo,
  type WaitOptions,
  type ZxError,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { decodeBody, decodeHeader, encodeBody } from "../lib/fidl/message.js";
import type { MethodsOf } from "../lib/fidl/protocol.js";
import { guide, runGuide } from "./support/guide.js";
import { nullKernel } from "./support/kernel.js";
import { script } from "./support/script.js";

const Echo = fidl.protocol(
  "test.echo/Echo",
  {
    Say: fidl.twoWay({ text: fidl.string(8) }, { text: fidl.string(8) }),
    Note: fidl.oneWay({ text: fidl.string() }),
    Keep: fidl.twoWay({ vmo: fidl.handle(Vmo) }),
    Take: fidl.twoWay({}, { vmo: fidl.optional(fidl.handle(Vmo)) }),
    OnNews: fidl.event({ text: fidl.string() }),
  },
  { discoverable: true },
);

type EchoMethods = MethodsOf<typeof Echo>;

/** Answers with what it is told. */
const echo: fidl.Implementation<EchoMethods> = {
  say: ({ text }) => ({ text }),
  note: () => {},
  keep: ({ vmo }) => vmo.close(),
  take: () => ({}),
};

interface Pair {
  readonly kernel: Kernel;
  readonly client: fidl.Client<EchoMethods>;
  readonly server: Channel;
}

function pair(t: ExecutionContext, kernel = nullKernel(t)): Pair {
  const [ours, server] = kernel.createChannel();
  return { kernel, client: new fidl.Client(Echo, ours), server };
}

function connect(t: ExecutionContext, implementation: Partial<typeof echo> = {}) {
  const { kernel, client, server } = pair(t);
  const connection = fidl.serve(Echo, server, { ...echo, ...implementation });
  return { kernel, client, connection };
}

/** A request as a server without a library reads it. */
function nextRequest(server: Channel) {
  const message = server.read();
  const header = decodeHeader(message.bytes);
  return { header, message };
}

/** An event as a server without a library sends it. */
function news(): Uint8Array {
  const header = { txid: 0, ordinal: Echo.methods.OnNews.ordinal, format: 2 } as const;
  return encodeBody(header, Echo.methods.OnNews.response, { text: "" }).bytes;
}

async function rejects(
  t: ExecutionContext,
  promise: Promise<unknown>,
  kind: fidl.FidlErrorKind,
  code: string,
): Promise<fidl.FidlError> {
  const error = (await t.throwsAsync(promise, { instanceOf: fidl.FidlError, code }))!;
  t.is(error.kind, kind);
  return error;
}

test("a call is answered", async (t) => {
  const { client } = connect(t);
  t.deepEqual(await client.proxy.say({ text: "hello" }), { text: "hello" });
  t.deepEqual(await client.proxy.take(), {});
});

test("requests are pipelined, and answered one after the other", async (t) => {
  let running = 0;
  let most = 0;
  const { client } = connect(t, {
    say: async ({ text }) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { text };
    },
  });
  const texts = Array.from({ length: 100 }, (_, index) => String(index));
  const answers = await Promise.all(texts.map((text) => client.proxy.say({ text })));
  t.deepEqual(
    answers.map(({ text }) => text),
    texts,
  );
  t.is(most, 1);
});

test("replies find their requests in any order", async (t) => {
  const { client, server } = pair(t);
  const first = client.proxy.say({ text: "one" });
  const second = client.proxy.say({ text: "two" });
  const requests = [nextRequest(server), nextRequest(server)] as const;
  for (const { header, message } of [requests[1], requests[0]]) {
    const { text } = decodeBody(message, header.format, Echo.methods.Say.request);
    const reply = encodeBody(header, Echo.methods.Say.response, { text: `${text}!` });
    server.write(reply.bytes);
  }
  t.deepEqual(await first, { text: "one!" });
  t.deepEqual(await second, { text: "two!" });
});

test("transaction ids are small, distinct and not 0; one-way requests have 0", (t) => {
  const { client, server } = pair(t);
  client.proxy.note({ text: "" });
  const calls = [client.proxy.take(), client.proxy.take()];
  calls.forEach((call) => call.catch(() => {}));
  const txids = [0, 1, 2].map(() => nextRequest(server).header.txid);
  t.deepEqual(txids, [0, 1, 2]);
  client.close();
});

test("others go on while requests come faster than they are answered", async (t) => {
  const notes: string[] = [];
  const { client } = connect(t, { note: ({ text }) => void notes.push(text) });
  for (let count = 0; count < 3_000; count += 1) {
    client.proxy.note({ text: "" });
  }
  while (notes.length === 0) {
    await setImmediate();
  }
  t.true(notes.length < 3_000);
  await client.proxy.take();
  t.is(notes.length, 3_000);
});

test("others go on while events come faster than they are taken", async (t) => {
  const { client, server } = pair(t);
  const bytes = news();
  const call = client.proxy.take();
  const before = nextRequest(server).header;
  for (let count = 0; count < 3_000; count += 1) {
    server.write(bytes);
  }
  server.write(encodeBody(before, Echo.methods.Take.response, {}).bytes);
  await client.nextEvent();
  t.is(await Promise.race([call, setImmediate("others")]), "others");
  t.deepEqual(await call, {});
});

test("a client keeps 3,500 events that nobody asks for, and is ended by one more", async (t) => {
  const { client, server } = pair(t);
  const call = client.proxy.take();
  let isOver = false;
  const ended = rejects(t, call, "Channel", "ZX_ERR_NO_RESOURCES").then(() => (isOver = true));
  const bytes = news();
  for (let sent = 0; sent < 3_501; sent += 1) {
    t.false(isOver);
    // It takes some before there is room for more.
    if (sent % 1_000 === 999) for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    server.write(bytes);
  }
  await ended;
  for (let taken = 0; taken < 3_500; taken += 1) {
    await client.nextEvent();
  }
  await rejects(t, client.nextEvent(), "Channel", "ZX_ERR_NO_RESOURCES");
});

test("a client that is closed has no events, nor their handles", async (t) => {
  const { kernel, client, server } = pair(t);
  server.write(news());
  server.write(news());
  server.close();
  t.throws(() => client.proxy.note({ text: "" }), { code: "ZX_ERR_PEER_CLOSED" });
  t.deepEqual(await client.nextEvent(), { kind: "onNews", value: { text: "" } });
  client.close();
  await rejects(t, client.nextEvent(), "Closed", "ZX_ERR_PEER_CLOSED");
  t.is(kernel.stats().types.Channel, undefined);
});

test("a client that reads nothing is given up once 3,500 replies wait for it", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const connection = fidl.serve(Echo, server, echo);
  const header = { txid: 1, ordinal: Echo.methods.Take.ordinal, format: 2 } as const;
  const { bytes } = encodeBody(header, Echo.methods.Take.request, {});
  const ask = async (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      client.write(bytes);
    }
    await client.waitOne(Signals.READABLE);
  };
  await ask(3_500);
  // There is room again as soon as the first is served.
  await ask(1);
  t.is(await client.waitOne(Signals.PEER_CLOSED), Signals.PEER_CLOSED | Signals.READABLE);
  const reason = (await connection.closed) as ZxError;
  t.is(reason.code, "ZX_ERR_SHOULD_WAIT");
  for (let replies = 0; replies < 3_500; replies += 1) {
    client.read();
  }
  t.throws(() => client.read(), { code: "ZX_ERR_PEER_CLOSED" });
});

test("a connection closes though its client has left no room for an epitaph", (t) => {
  const { client, connection } = connect(t);
  const channel = client.intoChannel();
  for (let events = 0; events < 3_500; events += 1) {
    connection.events.onNews({ text: "" });
  }
  t.throws(() => connection.events.onNews({ text: "" }), { code: "ZX_ERR_SHOULD_WAIT" });
  t.throws(() => connection.close(ZxStatus.NOT_FOUND), { code: "ZX_ERR_SHOULD_WAIT" });
  t.throws(() => channel.write(new Uint8Array()), { code: "ZX_ERR_PEER_CLOSED" });
});

test("one-way requests come in order with the others", async (t) => {
  const notes: string[] = [];
  const { client } = connect(t, { note: ({ text }) => void notes.push(text) });
  client.proxy.note({ text: "a" });
  client.proxy.note({ text: "b" });
  await client.proxy.take();
  t.deepEqual(notes, ["a", "b"]);
});

test("events wait for whoever asks for them, and wake who asked before", async (t) => {
  const { client, connection } = connect(t);
  connection.events.onNews({ text: "early" });
  t.deepEqual(await client.nextEvent(), { kind: "onNews", value: { text: "early" } });
  const next = client.nextEvent();
  connection.events.onNews({ text: "late" });
  t.deepEqual(await next, { kind: "onNews", value: { text: "late" } });
});

test("handles go both ways, and nothing leaks", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const { client, server } = pair(t, kernel);
  const kept: Handle[] = [];
  const connection = fidl.serve(Echo, server, {
    ...echo,
    keep: ({ vmo }) => void kept.push(vmo),
    take: () => ({ vmo: kernel.createVmo(1n) }),
  });
  const vmo = kernel.createVmo(1n);
  const { koid } = vmo;
  await client.proxy.keep({ vmo });
  t.false(vmo.isValid);
  t.is(kept[0]?.koid, koid);
  const { vmo: taken } = await client.proxy.take();
  taken!.close();
  kept[0]!.close();
  client.close();
  t.is(await connection.closed, undefined);
  t.deepEqual(kernel.stats(), before);
});

test("an epitaph is the reason that a client hears", async (t) => {
  const { client, connection } = connect(t);
  const call = client.nextEvent();
  connection.close(ZxStatus.UNAVAILABLE);
  const error = await rejects(t, call, "Closed", "ZX_ERR_UNAVAILABLE");
  t.is(
    error.message,
    "A FIDL client's channel to the protocol test.echo.Echo was closed: UNAVAILABLE",
  );
  await rejects(t, client.proxy.take(), "Closed", "ZX_ERR_UNAVAILABLE");
  t.is(await connection.closed, undefined);
});

test("an epitaph is heard by who writes after it", (t) => {
  const { client, connection } = connect(t);
  connection.close(ZxStatus.NOT_FOUND);
  t.throws(() => client.proxy.note({ text: "" }), { code: "ZX_ERR_NOT_FOUND" });
});

test("a bare close is PEER_CLOSED, and comes after the replies before it", async (t) => {
  const { client, server } = pair(t);
  const answered = client.proxy.say({ text: "" });
  const lost = client.proxy.say({ text: "" });
  const { header } = nextRequest(server);
  server.write(encodeBody(header, Echo.methods.Say.response, { text: "yes" }).bytes);
  server.close();
  t.deepEqual(await answered, { text: "yes" });
  await rejects(t, lost, "Closed", "ZX_ERR_PEER_CLOSED");
});

test("a client that closes ends its calls and its connection", async (t) => {
  const taken: Vmo[] = [];
  const { kernel, client, connection } = connect(t, {
    take: () => {
      client.close();
      taken.push(kernel.createVmo(1n));
      return { vmo: taken[0] };
    },
  });
  await rejects(t, client.proxy.take(), "Closed", "ZX_ERR_CANCELED");
  t.is(await connection.closed, undefined);
  t.false(taken[0]!.isValid);
});

test("a call that times out lets the others go on, and its late reply is dropped", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const { client, server } = pair(t, kernel);
  const { waits } = kernel.stats();
  const late = client.proxy.take({}, { deadline: kernel.now() + 5n });
  const call = client.proxy.take();
  kernel.clock.advance(5n);
  const error = await rejects(t, late, "Timeout", "ZX_ERR_TIMED_OUT");
  t.is(error.message, "test.echo.Echo: timed out waiting for Take");
  t.throws(() => client.intoChannel(), { code: "ZX_ERR_BAD_STATE" });
  const vmo = kernel.createVmo(1n);
  for (const handles of [{ vmo }, {}]) {
    const { header } = nextRequest(server);
    const reply = encodeBody(header, Echo.methods.Take.response, handles);
    server.write(reply.bytes, reply.handles);
  }
  t.deepEqual(await call, {});
  t.is(kernel.stats().types.Vmo, undefined);
  t.is(kernel.stats().waits, waits);
  t.true(client.intoChannel().isValid);
});

test("a call is aborted", async (t) => {
  const { kernel, client } = pair(t);
  const abort = new AbortController();
  const call = client.proxy.take({}, { signal: abort.signal });
  abort.abort(new Error("why"));
  await t.throwsAsync(call, { name: "AbortError" });
  t.is(kernel.stats().waits, 0);
  await t.throwsAsync(client.proxy.take({}, { signal: abort.signal }), { name: "AbortError" });
});

test("handles are consumed by calls that are not sent, too", async (t) => {
  const { kernel, client } = pair(t);
  const refused: [limits: WaitOptions, expected: { code: string }][] = [
    [{ signal: AbortSignal.abort() }, { code: "ABORT_ERR" }],
    [{ timeout: -1 }, { code: "ERR_OUT_OF_RANGE" }],
  ];
  for (const [limits, expected] of refused) {
    await t.throwsAsync(client.proxy.keep({ vmo: kernel.createVmo(1n) }, limits), expected);
  }
  client.close();
  await t.throwsAsync(client.proxy.keep({ vmo: kernel.createVmo(1n) }));
  t.is(kernel.stats().types.Vmo, undefined);
});

test("a client at rest gives its channel back, and nothing more goes through it", async (t) => {
  const { client } = connect(t);
  await client.proxy.take();
  const channel = client.intoChannel();
  t.true(channel.isValid);
  await rejects(t, client.proxy.take(), "Closed", "ZX_ERR_CANCELED");
});

test("a bad reply fails its call, and a bad header all of them", async (t) => {
  const { client, server } = pair(t);
  const calls = [client.proxy.say({ text: "" }), client.proxy.take(), client.proxy.take()];
  const settled = Promise.allSettled(calls);
  const { header } = nextRequest(server);
  server.write(encodeBody(header, Echo.methods.Note.request, { text: "too long!" }).bytes);
  const take = nextRequest(server).header;
  const wrong = { ...take, ordinal: header.ordinal };
  server.write(encodeBody(wrong, Echo.methods.Take.response, {}).bytes);
  const kinds = (await settled).map((result) =>
    result.status === "rejected" ? (result.reason as fidl.FidlError).kind : "fulfilled",
  );
  t.deepEqual(kinds, ["TooLong", "Ordinal", "Ordinal"]);
});

/** Requests that a server may not take. */
const BAD: Record<string, [(channel: Channel) => void, fidl.FidlErrorKind]> = {
  "no header": [(channel) => channel.write(new Uint8Array(15)), "TooShort"],
  "another magic number": [(channel) => channel.write(new Uint8Array(16)), "Magic"],
  "an unknown ordinal": [
    (channel) => {
      const vmo = channel.context.createVmo(1n);
      const header = { txid: 1, ordinal: 5n, format: 2 } as const;
      const { bytes, handles } = encodeBody(header, Echo.methods.Keep.request, { vmo });
      channel.write(bytes, handles);
    },
    "Ordinal",
  ],
  "an event": [(channel) => channel.write(news()), "Ordinal"],
  "a call without a transaction id": [
    (channel) => {
      const header = { txid: 0, ordinal: Echo.methods.Say.ordinal, format: 2 } as const;
      channel.write(encodeBody(header, Echo.methods.Say.request, { text: "" }).bytes);
    },
    "TransactionId",
  ],
  "a note with a transaction id": [
    (channel) => {
      const header = { txid: 1, ordinal: Echo.methods.Note.ordinal, format: 2 } as const;
      channel.write(encodeBody(header, Echo.methods.Note.request, { text: "" }).bytes);
    },
    "TransactionId",
  ],
  "a body that is none": [
    (channel) => {
      const header = { txid: 1, ordinal: Echo.methods.Say.ordinal, format: 2 } as const;
      channel.write(encodeBody(header, Echo.methods.Note.request, { text: "123456789" }).bytes);
    },
    "TooLong",
  ],
};

for (const [what, [send, kind]] of Object.entries(BAD)) {
  test(`a server that gets ${what} closes the connection`, async (t) => {
    const kernel = nullKernel(t);
    const [channel, server] = kernel.createChannel();
    send(channel);
    const reason = await fidl.serve(Echo, server, echo).closed;
    t.true(reason instanceof fidl.FidlError);
    t.is((reason as fidl.FidlError).kind, kind);
    t.is((await channel.waitOne(Signals.PEER_CLOSED)) & Signals.PEER_CLOSED, Signals.PEER_CLOSED);
    t.is(kernel.stats().types.Vmo, undefined);
  });
}

test("an answer that throws ends the connection with an epitaph", async (t) => {
  const failure = new Error("broken");
  const { client, connection } = connect(t, {
    take: () => {
      throw failure;
    },
  });
  await rejects(t, client.proxy.take(), "Closed", "ZX_ERR_INTERNAL");
  t.is(await connection.closed, failure);
});

test("each side speaks its own wire format, and a server its client's", async (t) => {
  const kernel = nullKernel(t);
  for (const format of [1, 2] as const) {
    const [ours, theirs] = kernel.createChannel();
    fidl.serve(Echo, theirs, echo);
    const { ordinal } = Echo.methods.Say;
    const header = { txid: 7, ordinal, format, isFlexible: false };
    ours.write(encodeBody(header, Echo.methods.Say.request, { text: "hi" }).bytes);
    await ours.waitOne(Signals.READABLE);
    t.deepEqual(decodeHeader(ours.read().bytes), header);
    const [client, server] = kernel.createChannel();
    new fidl.Client(Echo, client, { wireFormat: format }).proxy.note({ text: "" });
    t.is(decodeHeader(server.read().bytes).format, format);
  }
  const [channel] = kernel.createChannel();
  t.throws(() => new fidl.Client(Echo, channel, { wireFormat: 3 as never }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
});

test("a served connection does not keep Node alive, and a call does", async (t) => {
  const result = await script(`import * as fidl from "zirconia/fidl";
    const kernel = new zirconia.Kernel({ machine: "null" });
    const Echo = fidl.protocol("test/Echo", { Say: fidl.twoWay({}, { text: fidl.string() }) });
    const [client, server] = kernel.createChannel();
    globalThis.kept = fidl.serve(Echo, server, {
      say: () => new Promise((resolve) => setTimeout(() => resolve({ text: "hi" }), 1)),
    });
    console.log((await new fidl.Client(Echo, client).proxy.say()).text);`);
  t.deepEqual(result, { code: 0, stdout: "hi\n", stderr: "" });
});

test("a protocol is told in its own language", (t) => {
  const Shape = fidl.union("Shape", { side: [1, fidl.uint32] });
  const Mode = fidl.enumeration("Mode", fidl.uint8, { FILL: 1 });
  const Art = fidl.protocol("test.art/Art", {
    Draw: fidl.oneWay({ shapes: fidl.vector(fidl.optional(Shape), 4), mode: Mode }),
    OnDone: fidl.event(),
  });
  const ordinal = (method: "Draw" | "OnDone") => Art.methods[method].ordinal.toString(16);
  t.is(
    fidl.describe(Art),
    `library test.art;

type Shape = strict union {
    1: side uint32;
};

type Mode = strict enum : uint8 {
    FILL = 1;
};

protocol Art {
    /// 0x${ordinal("Draw").padStart(16, "0")}
    Draw(shapes vector<Shape:optional>:4, mode Mode);
    /// 0x${ordinal("OnDone").padStart(16, "0")}
    -> OnDone();
};
`,
  );
});

test("the guide's example does what it says", async (t) => {
  t.deepEqual(await runGuide(t, "fidl", 3), {
    code: 0,
    stdout: "{ kind: 'onHungry', value: { id: 1 } }\nundefined\n",
    stderr: "",
  });
});

test("the guide tells the loader's protocol as it is described", (t) => {
  t.true(guide("fidl").includes(`\`\`\`text\n${fidl.describe(fidl.ldsvc.Loader)}\`\`\``));
});
