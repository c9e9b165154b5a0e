import test, { type ExecutionContext } from "ava";

import { Event, Signals } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { decodeHeader, encodeBody } from "../lib/fidl/message.js";
import { answering, serveTogether } from "../lib/fidl/server.js";
import { nullKernel } from "./support/kernel.js";

const text = { text: fidl.string() };
const Say = fidl.flexible(fidl.twoWay(text, fidl.flexibleResult("Talk_Say", text)));
/** What only newer sides know. */
const NEWER = {
  Ask: fidl.flexible(
    fidl.twoWay({ event: fidl.handle(Event) }, fidl.flexibleResult("Talk_Ask", {})),
  ),
  Note: fidl.flexible(fidl.oneWay({ event: fidl.handle(Event) })),
  OnNews: fidl.flexible(fidl.event({ event: fidl.handle(Event) })),
  Insist: fidl.twoWay({}, {}),
};

/** A client that is newer than its server. */
function connect(t: ExecutionContext, openness: fidl.Openness) {
  const kernel = nullKernel(t);
  const [ours, theirs] = kernel.createChannel();
  const Talk = fidl.protocol("test.talk/Talk", { Say }, { openness });
  const connection = fidl.serve(Talk, theirs, {
    say: ({ text }) => ({ result: { kind: "response", value: { text } } }),
  });
  const Newer = fidl.protocol("test.talk/Talk", { Say, ...NEWER }, { openness });
  const client = new fidl.Client(Newer, ours);
  t.teardown(() => client.close());
  const event = () => kernel.createEvent();
  return { kernel, client, proxy: client.proxy, connection, event };
}

const UNKNOWN = { result: { kind: "frameworkErr", value: -2 } } as const;
const HI = { result: { kind: "response", value: { text: "hi" } } } as const;

test("an open server answers flexible methods that it does not know, and goes on", async (t) => {
  const { kernel, proxy, event } = connect(t, "open");
  const { handles } = kernel.stats();
  t.deepEqual(await proxy.ask({ event: event() }), UNKNOWN);
  proxy.note({ event: event() });
  t.deepEqual(await proxy.say({ text: "hi" }), HI);
  t.is(kernel.stats().handles, handles);
});

test("an ajar server takes those without a reply only, a closed one none", async (t) => {
  const ajar = connect(t, "ajar");
  ajar.proxy.note({ event: ajar.event() });
  t.deepEqual(await ajar.proxy.say({ text: "hi" }), HI);
  await t.throwsAsync(ajar.proxy.ask({ event: ajar.event() }), { code: "ZX_ERR_PEER_CLOSED" });
  t.like(await ajar.connection.closed, { kind: "Ordinal" });

  const closed = connect(t, "closed");
  closed.proxy.note({ event: closed.event() });
  await t.throwsAsync(closed.proxy.say({ text: "hi" }), { code: "ZX_ERR_PEER_CLOSED" });
  t.like(await closed.connection.closed, { kind: "Ordinal" });
});

test("a strict method that nobody knows ends any connection", async (t) => {
  const { proxy, connection } = connect(t, "open");
  await t.throwsAsync(proxy.insist(), { code: "ZX_ERR_PEER_CLOSED" });
  t.like(await connection.closed, { kind: "Ordinal" });
});

test("requests and replies of flexible methods say so", async (t) => {
  const kernel = nullKernel(t);
  const Talk = fidl.protocol("test.talk/Talk", { Say });
  const [end, request] = kernel.createChannel();
  const client = new fidl.Client(Talk, end);
  const asked = client.proxy.say({ text: "hi" });
  t.true(decodeHeader(request.read().bytes).isFlexible);
  client.close();
  await t.throwsAsync(asked, { code: "ZX_ERR_CANCELED" });
  const [ours, theirs] = kernel.createChannel();
  fidl.serve(Talk, theirs, { say: () => ({ result: { kind: "err", value: -1 } }) });
  // Whether the client thinks so does not matter: strictness changes over time.
  const { ordinal, request: parameters } = Talk.methods.Say;
  ours.write(encodeBody({ txid: 7, ordinal, format: 2 }, parameters, { text: "" }).bytes);
  await ours.waitOne(Signals.READABLE);
  t.like(decodeHeader(ours.read().bytes), { txid: 7, isFlexible: true });
});

test("a client passes over flexible events that it does not know", async (t) => {
  for (const openness of ["open", "ajar", "closed"] as const) {
    const kernel = nullKernel(t);
    const [ours, theirs] = kernel.createChannel();
    const Newer = fidl.protocol("test.talk/Talk", NEWER, { openness });
    const { events } = fidl.serve(Newer, theirs, {
      ask: () => t.fail() as never,
      note: () => {},
      insist: () => {},
    });
    const Older = fidl.protocol(
      "test.talk/Talk",
      { OnHello: fidl.event(), Insist: NEWER.Insist },
      { openness },
    );
    const client = new fidl.Client(Older, ours);
    const { handles } = kernel.stats();
    events.onNews({ event: kernel.createEvent() });
    if (openness === "closed") {
      await t.throwsAsync(client.proxy.insist(), { code: "ZX_ERR_INVALID_ARGS" });
    } else {
      t.deepEqual(await client.proxy.insist(), {});
    }
    t.is(kernel.stats().handles, handles);
    client.close();
  }
});

test("of protocols on one channel, the first that knows an ordinal answers it", async (t) => {
  const kernel = nullKernel(t);
  const [ours, theirs] = kernel.createChannel();
  const number = { number: fidl.uint32 };
  const Old = fidl.protocol("test.talk/Old", {
    Get: fidl.twoWay({}, number),
    Both: fidl.twoWay({}, number),
  });
  const New = fidl.protocol("test.talk/New", {
    Get: fidl.twoWay({}, number),
    Both: fidl.selector("test.talk/Old.Both", fidl.twoWay({}, number)),
  });
  class Answers {
    readonly #number: number;
    constructor(number: number) {
      this.#number = number;
    }
    get() {
      return { number: this.#number };
    }
    both() {
      return { number: this.#number };
    }
  }
  serveTogether(theirs, [answering(Old, new Answers(1)), answering(New, new Answers(2))]);
  const old = new fidl.Client(Old, ours);
  t.deepEqual([await old.proxy.get(), await old.proxy.both()], [{ number: 1 }, { number: 1 }]);
  const other = new fidl.Client(New, old.intoChannel());
  t.deepEqual([await other.proxy.get(), await other.proxy.both()], [{ number: 2 }, { number: 1 }]);
  other.close();
});

test("a description in FIDL tells what is open and what is flexible", (t) => {
  const Talk = fidl.protocol("test.talk/Talk", { Say, ...NEWER }, { openness: "open" });
  const text = fidl.describe(Talk);
  t.regex(text, /^open protocol Talk \{$/m);
  t.regex(text, /^ {4}flexible Say\(text string\) -> \(result Talk_Say_Result\);$/m);
  t.regex(text, /^ {4}flexible -> OnNews\(event zx.Handle:EVENT\);$/m);
  t.regex(text, /^ {4}Insist\(\) -> \(\);$/m);
});
