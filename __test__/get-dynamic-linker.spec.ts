import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  decodeMessage,
  Elf64Headers,
  getDynamicLinker,
  type Handle,
  HandleInfo,
  HandleType,
  type Kernel,
  LoaderService,
  ProcessBuilder,
  ProcessBuilderError,
  type ProcessBuilderErrorKind,
  type ProcessBuilderOptions,
  SegmentType,
  Signals,
  ZxStatus,
} from "../index.js";
import { Loader } from "../lib/fidl/libraries/fuchsia-ldsvc.js";
import { decodeBody, decodeHeader } from "../lib/fidl/message.js";
import { isGone } from "./support/channel.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { throwsBuilder } from "./support/errors.js";
import { encodeReply } from "./support/fidl.js";
import { nullKernel } from "./support/kernel.js";

/** What a loader service does with a request. */
type Answer = (server: Channel, request: { txid: number; name: string }) => void;

/** Serves one request. */
async function serve(server: Channel, answer: Answer): Promise<void> {
  await server.waitOne(Signals.READABLE);
  const message = server.read();
  const { txid, format } = decodeHeader(message.bytes);
  const { objectName: name } = decodeBody(message, format, Loader.methods.LoadObject.request);
  answer(server, { txid, name });
}

/** A reply to LoadObject, and whether it speaks of an object. */
function encodeResponse(txid: number, rv: number, hasObject: boolean): Uint8Array {
  const { bytes } = encodeReply(Loader.methods.LoadObject, txid, { rv });
  if (hasObject) {
    bytes.fill(0xff, 20, 24);
  }
  return bytes;
}

function builderFor(
  kernel: Kernel,
  options: Partial<ProcessBuilderOptions> = {},
  interpreter = "ld.so.1\0",
): ProcessBuilder {
  return new ProcessBuilder({
    name: "dynamic",
    job: kernel.rootJob,
    executable: kernel.vmoFromBytes(dynamicPie(interpreter), { name: "program" }),
    ...options,
  });
}

/** The answer of a service that has the linker. */
function withLinker(kernel: Kernel): Answer {
  return (server, { txid }) =>
    server.write(encodeResponse(txid, ZxStatus.OK, true), [kernel.vmoFromBytes(staticPie())]);
}

/** Serves one request of a service that has the linker: the name that it is asked for. */
async function serveLinker(kernel: Kernel, server: Channel): Promise<string> {
  let asked = "";
  await serve(server, (channel, request) => {
    asked = request.name;
    withLinker(kernel)(channel, request);
  });
  return asked;
}

/** Expects a build to fail because of what its loader service does, and to leave nothing. */
async function fails(
  t: ExecutionContext,
  kernel: Kernel,
  kind: ProcessBuilderErrorKind,
  message: string,
  answer: Answer,
): Promise<void> {
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const [loader, server] = kernel.createChannel();
  const build = builderFor(kernel).setLoaderService(loader).build();
  await serve(server, answer);
  let failure: unknown;
  await build.catch((error: unknown) => (failure = error));
  server.close();
  throwsBuilder(t, kind, message, () => {
    throw failure;
  });
  t.deepEqual(kernel.stats(), before);
}

const LOAD = "Failed to load dynamic linker from fuchsia.ldsvc.Loader";

test("the linker comes from the loader service, which the process gets afterwards", async (t) => {
  const kernel = nullKernel(t);
  const [loader, server] = kernel.createChannel();
  const { koid } = loader;
  const build = builderFor(kernel).setLoaderService(loader).build();
  const asked = await serveLinker(kernel, server);
  const built = await build;
  t.is(asked, "ld.so.1");
  // The linker is what is loaded, the executable what the headers are of.
  t.is(built.entry, built.elfBase + 0x800n);
  t.is(built.elfHeaders.programHeadersWithType(SegmentType.Interp).length, 1);
  const { handles } = built.bootstrap.read();
  t.is(handles[0]?.koid, koid);
  // Nothing else was asked, and nothing is in flight.
  t.throws(() => server.read(), { code: "ZX_ERR_SHOULD_WAIT" });
});

test("both messages have the handles of their generation, in order", async (t) => {
  const kernel = nullKernel(t);
  const { ProcessSelf, ThreadSelf, RootVmar, LdsvcLoader, LoadedVmar, ExecutableVmo } = HandleType;
  const expected = {
    newest: [
      [LdsvcLoader, ExecutableVmo, LoadedVmar, ProcessSelf, RootVmar],
      [ProcessSelf, ThreadSelf, RootVmar, HandleType.VdsoVmo, HandleType.StackVmo],
    ],
    2019: [
      [LdsvcLoader, ExecutableVmo, LoadedVmar, ProcessSelf, RootVmar, ThreadSelf],
      [ProcessSelf, RootVmar, ThreadSelf, HandleType.VdsoVmo, HandleType.StackVmo],
    ],
  };
  for (const compat of ["newest", "2019"] as const) {
    const [loader, server] = kernel.createChannel();
    const build = builderFor(kernel, { compat }).setLoaderService(loader).build();
    await serve(server, withLinker(kernel));
    const built = await build;
    for (const types of expected[compat]) {
      const { bytes, handles } = built.bootstrap.read();
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const infos = handles.map((_, index) =>
        HandleInfo.fromRaw(view.getUint32(36 + 4 * index, true)),
      );
      t.deepEqual(
        infos.map(({ type }) => type),
        types,
      );
    }
  }
});

test("a dynamic executable needs a loader service, and none is found for it", async (t) => {
  const kernel = nullKernel(t);
  kernel.environment.setLoaderService(new LoaderService(kernel).connect());
  await t.throwsAsync(builderFor(kernel).build(), {
    message: "Failed to build process with dynamic ELF, missing fuchsia.ldsvc.Loader handle",
    code: "ZX_ERR_INVALID_ARGS",
  });
});

test("the last loader service counts, and a static executable gets none", async (t) => {
  const kernel = nullKernel(t);
  const [first, firstServer] = kernel.createChannel();
  const [last, lastServer] = kernel.createChannel();
  const builder = builderFor(kernel).setLoaderService(first).setLoaderService(last);
  t.true(isGone(firstServer));
  const build = builder.build();
  await serveLinker(kernel, lastServer);
  t.true((await build).process.isValid);

  const [unused, server] = kernel.createChannel();
  const executable = kernel.vmoFromBytes(staticPie());
  const built = await builderFor(kernel, { executable }).setLoaderService(unused).build();
  t.true(isGone(server));
  const { bytes, handles } = built.bootstrap.read();
  const { handleInfos } = decodeMessage(bytes, handles.length);
  t.false(handleInfos.some(({ type }) => type === HandleType.LdsvcLoader));
});

test("the linker that an executable names is asked for, and both handles are kept", async (t) => {
  const kernel = nullKernel(t);
  const [loader, server] = kernel.createChannel();
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const [interp] = Elf64Headers.fromVmo(executable).programHeadersWithType(SegmentType.Interp);
  const asking = getDynamicLinker(loader, executable, interp!);
  const asked = await serveLinker(kernel, server);
  const linker = await asking;
  t.is(asked, "ld.so.1");
  t.deepEqual(linker.read(0n, 4096), staticPie());
  t.true(loader.isValid && executable.isValid);
});

test("a linker's name that cannot be had is not asked for", async (t) => {
  const kernel = nullKernel(t);
  const [loader, server] = kernel.createChannel();
  const unterminated = "Invalid PT_INTERP header: Missing null terminator";
  for (const [content, interp, kind, message, status] of [
    ["ld", { offset: 0n, filesz: 2n }, "InvalidInterpHeader", unterminated, "INVALID_ARGS"],
    ["ld\0", { offset: 0n, filesz: 0n }, "InvalidInterpHeader", unterminated, "INVALID_ARGS"],
    [
      "\xff\0",
      { offset: 0n, filesz: 2n },
      "InvalidInterpHeader",
      "Invalid PT_INTERP header: Invalid UTF8",
      "INVALID_ARGS",
    ],
    [
      "ld\0",
      { offset: 4095n, filesz: 2n },
      "GenericStatus",
      "Failed to read from VMO: OUT_OF_RANGE",
      "OUT_OF_RANGE",
    ],
  ] as const) {
    const executable = kernel.vmoFromBytes(Buffer.from(content, "latin1"));
    const error = await t.throwsAsync(getDynamicLinker(loader, executable, interp), {
      instanceOf: ProcessBuilderError,
      message,
      code: `ZX_ERR_${status}`,
    });
    t.is(error?.kind, kind);
  }
  t.throws(() => server.read(), { code: "ZX_ERR_SHOULD_WAIT" });
});

test("a loader service that closes", async (t) => {
  const closed = `${LOAD}: A FIDL client's channel to the protocol (anonymous) Loader was closed: PEER_CLOSED`;
  await fails(t, nullKernel(t), "LoadDynamicLinker", closed, (server) => server.close());
});

test("a loader service that is silent for 30 seconds of the kernel's clock", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const message = "Timed out loading dynamic linker from fuchsia.ldsvc.Loader";
  await fails(t, kernel, "LoadDynamicLinkerTimeout", message, () => {
    kernel.clock.advance(30_000_000_000n);
  });
});

test("a loader service that answers at the last nanosecond", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const [loader, server] = kernel.createChannel();
  const build = builderFor(kernel).setLoaderService(loader).build();
  await serve(server, (channel, request) => {
    kernel.clock.advance(29_999_999_999n);
    withLinker(kernel)(channel, request);
  });
  t.true((await build).process.isValid);
});

test("a loader service that does not have it", async (t) => {
  await fails(t, nullKernel(t), "GenericStatus", `${LOAD}: NOT_FOUND`, (server, { txid }) =>
    server.write(encodeResponse(txid, ZxStatus.NOT_FOUND, false)),
  );
});

test("a loader service that reports an error with an object", async (t) => {
  const kernel = nullKernel(t);
  await fails(t, kernel, "GenericStatus", `${LOAD}: NO_MEMORY`, (server, { txid }) =>
    server.write(encodeResponse(txid, ZxStatus.NO_MEMORY, true), [kernel.createVmo(1n)]),
  );
});

test("a loader service that reports success without an object", async (t) => {
  const message = "load_object status was OK but no VMO: INTERNAL";
  await fails(t, nullKernel(t), "GenericStatus", message, (server, { txid }) =>
    server.write(encodeResponse(txid, ZxStatus.OK, false)),
  );
});

/** Bytes and handles of nonsense, and what is said of them. */
const NONSENSE: Record<string, [(kernel: Kernel, txid: number) => [Uint8Array, Handle[]], string]> =
  {
    "an object that is no VMO": [
      (kernel, txid) => [encodeResponse(txid, ZxStatus.OK, true), [kernel.createEvent()]],
      "object is no Vmo",
    ],
    "another transaction": [
      (_, txid) => [encodeResponse(txid + 1, ZxStatus.OK, false), []],
      "message has an unknown transaction id",
    ],
    "another ordinal": [
      (_, txid) => {
        const bytes = encodeResponse(txid, ZxStatus.OK, false);
        new DataView(bytes.buffer).setBigUint64(8, Loader.methods.Config.ordinal, true);
        return [bytes, []];
      },
      "message has an unknown ordinal",
    ],
    "a short reply": [
      (_, txid) => [encodeResponse(txid, ZxStatus.OK, false).subarray(0, 16), []],
      "message is too short",
    ],
    "a reply of no header": [() => [new Uint8Array(15), []], "message is too short"],
    "a long reply": [
      (_, txid) => [new Uint8Array([...encodeResponse(txid, ZxStatus.OK, false), 0]), []],
      "message has trailing bytes",
    ],
    "another wire format": [
      (_, txid) => {
        const bytes = encodeResponse(txid, ZxStatus.OK, false);
        bytes[7] = 2;
        return [bytes, []];
      },
      "message has an unknown magic number",
    ],
    "a handle that is neither there nor not": [
      (_, txid) => {
        const bytes = encodeResponse(txid, ZxStatus.OK, false);
        bytes[20] = 1;
        return [bytes, []];
      },
      "object is neither present nor absent",
    ],
    "a handle that it does not mention": [
      (kernel, txid) => [encodeResponse(txid, ZxStatus.OK, false), [kernel.createVmo(1n)]],
      "message has trailing handles",
    ],
    "a handle that it forgets": [
      (_, txid) => [encodeResponse(txid, ZxStatus.OK, true), []],
      "object has too few handles",
    ],
  };

for (const [what, [reply, reason]] of Object.entries(NONSENSE)) {
  test(`a loader service that answers with ${what}`, async (t) => {
    const kernel = nullKernel(t);
    await fails(t, kernel, "LoadDynamicLinker", `${LOAD}: ${reason}`, (server, { txid }) =>
      server.write(...reply(kernel, txid)),
    );
  });
}

test("a linker that is no ELF file", async (t) => {
  const message = "Failed to parse ELF: Invalid ELF file header: Invalid ELF magic";
  const kernel = nullKernel(t);
  await fails(t, kernel, "ElfParse", message, (server, { txid }) =>
    server.write(encodeResponse(txid, ZxStatus.OK, true), [kernel.createVmo(1n)]),
  );
});

test("a name of 1,024 bytes is asked for, and one more is not", async (t) => {
  const kernel = nullKernel(t);
  const longest = "l".repeat(1024);
  const [loader, server] = kernel.createChannel();
  const build = builderFor(kernel, {}, `${longest}\0`).setLoaderService(loader).build();
  const asked = await serveLinker(kernel, server);
  await build;
  t.is(asked, longest);
  const [client] = kernel.createChannel();
  const tooLong = builderFor(kernel, {}, `l${longest}\0`).setLoaderService(client);
  await t.throwsAsync(tooLong.build(), {
    message: `${LOAD}: objectName is longer than 1024 bytes`,
    code: "ZX_ERR_NOT_FOUND",
  });
});
