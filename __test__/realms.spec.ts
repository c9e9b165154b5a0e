import { pathToFileURL } from "node:url";
import vm from "node:vm";

import test from "ava";

import {
  type Bytes,
  checkBytes,
  checkFile,
  decodeMessage,
  Elf64Headers,
  elfTarget,
  LoaderProxy,
  LoaderService,
  Message,
  planLaunch,
  type WaitOptions,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { PseudoDirectory, PseudoFile } from "../lib/vfs/index.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { guest } from "./support/native.js";

/** Everything that is bytes, of this realm and of another: each of the same eight. */
const KINDS = `({
  Uint8Array: Uint8Array.from(octets),
  Int8Array: Int8Array.from(octets),
  Uint8ClampedArray: Uint8ClampedArray.from(octets),
  Uint16Array: new Uint16Array(Uint8Array.from(octets).buffer),
  Float64Array: new Float64Array(Uint8Array.from(octets).buffer),
  BigUint64Array: new BigUint64Array(Uint8Array.from(octets).buffer),
  DataView: new DataView(Uint8Array.from([0, ...octets, 0]).buffer, 1, 8),
  ArrayBuffer: Uint8Array.from(octets).buffer,
  resizable: (() => {
    const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
    new Uint8Array(buffer).set(octets);
    return buffer;
  })(),
  SharedArrayBuffer: (() => {
    const buffer = new SharedArrayBuffer(8);
    new Uint8Array(buffer).set(octets);
    return buffer;
  })(),
  "a view of a SharedArrayBuffer": (() => {
    const view = new Uint8Array(new SharedArrayBuffer(16), 4, 8);
    view.set(octets);
    return view;
  })(),
})`;

function kinds(octets: readonly number[]): [name: string, bytes: Bytes][] {
  const own = vm.runInThisContext(`(octets) => ${KINDS}`) as (list: unknown) => object;
  const others = vm.runInNewContext(KINDS, { octets }) as object;
  return [
    ...Object.entries(own(octets)),
    ["Buffer", Buffer.from(octets)],
    ...Object.entries(others).map(([name, bytes]) => [`${name} of another realm`, bytes]),
  ] as [string, Bytes][];
}

const Sender = fidl.protocol("test/Sender", { Send: fidl.oneWay({ bytes: fidl.bytes() }) });
const OCTETS = [1, 2, 3, 4, 5, 6, 7, 0];
const EXPECTED = Uint8Array.from(OCTETS);

test("bytes are bytes: any view, any buffer, of any realm", async (t) => {
  const kernel = nullKernel(t);
  for (const [name, bytes] of kinds(OCTETS)) {
    const vmo = kernel.vmoFromBytes(bytes);
    t.deepEqual(vmo.read(0n, 8), EXPECTED, name);
    const plain = kernel.createVmo(8n);
    plain.write(0n, bytes);
    t.deepEqual(plain.read(0n, 8), EXPECTED, name);
    const [a, b] = kernel.createChannel();
    a.write(bytes);
    t.deepEqual(b.read().bytes, EXPECTED, name);
    const [c, d] = kernel.createSocket();
    t.is(c.write(bytes), 8, name);
    t.deepEqual(d.read(), EXPECTED, name);
    const port = kernel.createPort();
    port.queue(1n, bytes);
    const packet = await port.wait();
    t.true(
      packet.type === "user" && Buffer.from(EXPECTED).equals(packet.payload.slice(0, 8)),
      name,
    );
    const file = new PseudoDirectory({ file: bytes }).lookup("file") as PseudoFile;
    t.is(file.attributes().contentSize, 8n, name);
    t.is(new PseudoFile(() => bytes).attributes().contentSize, 0n, name);
    const [client, server] = kernel.createChannel();
    new fidl.Client(Sender, client).proxy.send({ bytes: bytes as Uint8Array });
    t.deepEqual(server.read().bytes.slice(-8), EXPECTED, name);
    const service = new LoaderService(kernel, { objects: { object: bytes } });
    const loader = new LoaderProxy(service.connect());
    t.deepEqual((await loader.loadObject("object")).read(0n, 8), EXPECTED, name);
    loader.close();
    t.throws(() => checkBytes("text" as never), { code: "ERR_INVALID_ARG_TYPE" });
  }
});

test("arguments are bytes of any realm, too", (t) => {
  const octets = [65, 66, 67, 68, 69, 70, 71, 72];
  for (const [name, bytes] of kinds(octets)) {
    const given = [bytes as Uint8Array];
    const message = new Message({
      args: given,
      environmentVars: [],
      namespacePaths: [],
      handles: [],
    });
    t.deepEqual(decodeMessage(message.bytes, 0).args, ["ABCDEFGH"], name);
  }
});

test("an ELF file of another realm is one", async (t) => {
  const file = vm.runInNewContext("Uint8Array.from(octets)", { octets: [...staticPie()] }) as Bytes;
  t.is(elfTarget(file), "x86-64");
  t.true(checkBytes(file).ok);
  t.deepEqual(Elf64Headers.fromBytes(file), Elf64Headers.fromBytes(staticPie()));
  t.true((await planLaunch(file)).verdict.ok);
});

test("what is no bytes is refused, with what it is", (t) => {
  const kernel = nullKernel(t);
  for (const [value, described] of [
    [[1, 2], "an instance of Array"],
    [{ byteLength: 1 }, "an instance of Object"],
    ["text", "'text'"],
    [null, "null"],
  ] as const) {
    t.throws(() => kernel.vmoFromBytes(value as never), {
      instanceOf: TypeError,
      code: "ERR_INVALID_ARG_TYPE",
      message: `The "bytes" argument must be bytes: an ArrayBuffer or a view of one. Received ${described}`,
    });
  }
});

test("a detached buffer is as good as empty", (t) => {
  const kernel = nullKernel(t);
  const view = new Uint16Array(4);
  const { buffer } = view;
  structuredClone(buffer, { transfer: [buffer] });
  t.is(kernel.vmoFromBytes(view).getSize(), 0n);
  t.is(kernel.vmoFromBytes(buffer).getSize(), 0n);
});

test("a URL, a Map and an AbortSignal are known by what they can", async (t) => {
  const { href, protocol } = pathToFileURL(guest("hello"));
  t.true((await checkFile({ href, protocol } as URL)).ok);
  const kernel = nullKernel(t);
  const objects = vm.runInNewContext("new Map([['a', new Uint8Array(4)]])") as Map<string, Bytes>;
  t.notThrows(() => new LoaderService(kernel, { objects }));
  await t.throwsAsync(kernel.createEvent().waitOne(1, { signal: otherSignal() }), {
    code: "ABORT_ERR",
  });
});

/** An AbortSignal that is aborted already, of somebody else's make. */
function otherSignal(): NonNullable<WaitOptions["signal"]> {
  return { aborted: true, reason: "enough" } as AbortSignal;
}
