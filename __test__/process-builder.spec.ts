import test, { type ExecutionContext } from "ava";

import {
  decodeMessage,
  ElfParseError,
  type Kernel,
  ProcessBuilder,
  ProcessBuilderError,
  type ProcessBuilderOptions,
  ProcessContext,
  Rights,
  SegmentType,
  VmOptions,
} from "../index.js";
import { elfFile, interp, load, PF, staticPie } from "./support/elf-file.js";
import { throwsBuilder } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";

function builderFor(
  kernel: Kernel,
  executable = kernel.vmoFromBytes(staticPie()),
  options: Partial<ProcessBuilderOptions> = {},
): ProcessBuilder {
  return new ProcessBuilder({ name: "test_vmo", job: kernel.rootJob, executable, ...options });
}

async function rejectsBuild(t: ExecutionContext, builder: ProcessBuilder, message: string) {
  return (await t.throwsAsync(builder.build(), { instanceOf: ProcessBuilderError, message }))!;
}

test("add_handles takes no namespace", (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel);
  throwsBuilder(
    t,
    "InvalidArg",
    "Cannot add NamespaceDirectory handles directly, use add_namespace_entries",
    () => builder.addHandles([{ handle: kernel.createVmo(1n), info: info("NamespaceDirectory") }]),
  );
});

test("a failed add_handles adds nothing and closes everything", async (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel);
  const before = kernel.stats().handles;
  t.throws(() =>
    builder.addHandles([
      { handle: kernel.createEvent(), info: info("User0") },
      { handle: kernel.createEvent(), info: info("StackVmo") },
    ]),
  );
  t.is(kernel.stats().handles, before);
  const built = await builder.build();
  const { bytes, handles } = built.bootstrap.read();
  t.false(
    decodeMessage(bytes, handles.length).handleInfos.some(({ typeName }) => typeName === "User0"),
  );
});

test("a failed add_namespace_entries adds nothing and closes everything", async (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel);
  const before = kernel.stats().handles;
  const [directory, closed] = kernel.createChannel();
  closed.close();
  throwsBuilder(t, "BadHandle", "Invalid handle in namespace entry", () =>
    builder.addNamespaceEntries([
      { path: "/good", directory },
      { path: "/bad", directory: closed },
    ]),
  );
  t.is(kernel.stats().handles, before);
  const built = await builder.build();
  const { bytes, handles } = built.bootstrap.read();
  t.deepEqual(decodeMessage(bytes, handles.length).namespacePaths, []);
});

test("a static build has everything that a process needs", async (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel, kernel.vmoFromBytes(staticPie(), { name: "program" }));
  const [user, other] = kernel.createEventPair();
  const [pkg, svc] = kernel.createChannel();
  const job = kernel.rootJob.duplicate();
  builder
    .addArguments(["test_vmo", "one"])
    .addArguments(["two"])
    .addEnvironmentVariables(["A=1"])
    .addEnvironmentVariables(["B=\u00e9"])
    .addHandles([{ handle: user, info: info("User1", 7) }])
    .addHandles([
      { handle: job, info: info("DefaultJob") },
      { handle: other, info: info("User1", 7) },
    ])
    .addNamespaceEntries([{ path: "/pkg", directory: pkg }])
    .addNamespaceEntries([{ path: "/svc", directory: svc }])
    .setMinStackSize(0x41000n);
  const built = await builder.build();
  t.is(built.elfHeaders.fileHeader.phnum, built.elfHeaders.programHeaders.length);
  t.is(built.entry, built.elfBase + 0x800n);
  t.is(built.stackVmo.getSize(), 0x41000n);
  t.is(built.stackVmo.getName(), "stack: default 0x40000");
  t.is(built.stack, built.stackBase + 0x41000n - 8n);
  t.is(built.process.getName(), "test_vmo");
  t.is(built.thread.getName(), "initial-thread");
  t.deepEqual(built.process.info(), {
    returnCode: 0n,
    startTime: 0n,
    started: false,
    exited: false,
    debuggerAttached: false,
  });
  const mapping = (at: bigint) =>
    built.process.maps().find(({ type, base }) => type === "mapping" && base === at);
  const { PERM_READ, PERM_WRITE } = VmOptions;
  t.like(mapping(built.stackBase), {
    size: 0x41000n,
    permissions: PERM_READ | PERM_WRITE,
    vmo: built.stackVmo.koid,
    vmoOffset: 0n,
  });
  t.like(mapping(built.elfBase), { name: "program" });
  t.like(mapping(built.vdsoBase), { name: "vdso/stable" });

  const { bytes, handles } = built.bootstrap.read();
  const message = decodeMessage(bytes, handles.length);
  t.deepEqual(message.args, ["test_vmo", "one", "two"]);
  t.deepEqual(message.environmentVars, ["A=1", "B=\u00e9"]);
  t.deepEqual(message.namespacePaths, ["/pkg", "/svc"]);
  t.deepEqual(message.handleInfos.map(String), [
    "ProcessSelf(0)",
    "ThreadSelf(0)",
    "RootVmar(0)",
    "User1(7)",
    "DefaultJob(0)",
    "User1(7)",
    "NamespaceDirectory(0)",
    "NamespaceDirectory(1)",
    "LoadedVmar(0)",
    "VdsoVmo(0)",
    "StackVmo(0)",
  ]);
  t.is(handles[0]?.koid, built.process.koid);
  t.is(handles[1]?.koid, built.thread.koid);
  t.is(handles[2]?.koid, built.rootVmar.koid);
  t.is(handles[4]?.koid, kernel.rootJob.koid);
  t.is(handles[10]?.koid, built.stackVmo.koid);
  t.throws(() => built.bootstrap.read(), { code: "ZX_ERR_PEER_CLOSED" });
});

test("a vDSO that is none", async (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel).setVdsoVmo(kernel.createVmo(1n));
  const error = await rejectsBuild(
    t,
    builder,
    "Failed to parse ELF: Invalid ELF file header: Invalid ELF magic",
  );
  t.is(error.kind, "ElfParse");
  t.is((error.cause as ElfParseError).kind, "InvalidFileHeader");
});

test("the vDSO is the system's, or the one given, or the one set last", async (t) => {
  const kernel = nullKernel(t);
  const none = () => kernel.createVmo(1n);
  const given = builderFor(kernel, undefined, { vdso: none() });
  const error = (await t.throwsAsync(given.build(), { instanceOf: ProcessBuilderError }))!;
  t.is(error.kind, "ElfParse");
  const vdso = kernel.systemVdso();
  const { koid } = vdso;
  const builder = builderFor(kernel, undefined, { vdso: none() }).setVdsoVmo(none());
  const { handles } = kernel.stats();
  builder.setVdsoVmo(vdso);
  // The one before is closed.
  t.is(kernel.stats().handles, handles - 1);
  const built = await builder.build();
  t.is(built.bootstrap.read().handles.at(-2)?.koid, koid);
});

test("an executable has to be readable and executable", async (t) => {
  const kernel = nullKernel(t);
  for (const [right, kind] of [
    [Rights.READ, "ElfParse"],
    [Rights.EXECUTE, "ElfLoad"],
  ] as const) {
    const executable = kernel.vmoFromBytes(staticPie());
    const builder = builderFor(kernel, executable.replace(executable.rights & ~right));
    const error = await t.throwsAsync(builder.build(), {
      instanceOf: ProcessBuilderError,
      code: "ZX_ERR_ACCESS_DENIED",
    });
    t.is(error?.kind, kind);
  }
});

test("a header of which there may be one cannot come twice", async (t) => {
  const kernel = nullKernel(t);
  const stack = load(0, PF.R | PF.W, { type: SegmentType.GnuStack });
  for (const header of [interp("ld.so.1\0"), stack]) {
    const bytes = elfFile({ segments: [load(0, PF.R | PF.X), header, header] });
    const error = await t.throwsAsync(builderFor(kernel, kernel.vmoFromBytes(bytes)).build(), {
      instanceOf: ProcessBuilderError,
      code: "ZX_ERR_NOT_FOUND",
    });
    t.is(error?.kind, "ElfParse");
    t.like(error?.cause, { kind: "MultipleHeaders" });
  }
});

test("an ELF error within tells where and what", async (t) => {
  const kernel = nullKernel(t);
  const bytes = staticPie();
  bytes[18] = 183;
  const error = await rejectsBuild(
    t,
    builderFor(kernel, kernel.vmoFromBytes(bytes)),
    "Failed to parse ELF: Invalid ELF file header: Invalid ELF architecture",
  );
  t.is(error.code, "ZX_ERR_NOT_FOUND");
  const { cause } = error;
  t.true(cause instanceof ElfParseError);
  const { offset, field, expected, actual } = cause as ElfParseError;
  t.deepEqual(
    { offset, field, expected, actual },
    {
      offset: 18n,
      field: "e_machine",
      expected: "62 (EM_X86_64)",
      actual: "183 (EM_AARCH64)",
    },
  );
});

test("too many handles for a message are a ProcessArgs error", async (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel);
  builder.addHandles(
    Array.from({ length: 59 }, (_, arg) => ({
      handle: kernel.createEvent(),
      info: info("User0", arg),
    })),
  );
  const message = "Cannot build processargs message, too many handles (65 > 64)";
  const error = await rejectsBuild(t, builder, message);
  t.is(error.kind, "ProcessArgs");
  t.is(error.code, "ZX_ERR_INVALID_ARGS");
  t.like(error.cause, { kind: "TooManyHandles", message });
});

test("build consumes the builder, and its failure closes everything", async (t) => {
  const kernel = nullKernel(t);
  const { rootJob } = kernel;
  const before = kernel.stats();
  const builder = builderFor(kernel, kernel.createVmo(1n));
  await t.throwsAsync(builder.build());
  const { handles, types } = kernel.stats();
  t.is(handles, before.handles);
  t.deepEqual(types.Process, before.types.Process);
  await t.throwsAsync(builder.build(), { code: "ZX_ERR_BAD_STATE" });
  t.throws(() => builder.addArguments(["x"]), { code: "ZX_ERR_BAD_STATE" });
  t.true(rootJob.isValid);
});

test("a disposed builder or build leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  builderFor(kernel).dispose();
  t.deepEqual(kernel.stats(), before);
  (await builderFor(kernel).build()).dispose();
  t.deepEqual(kernel.stats(), before);
});

test("a context that may not create processes cannot build any", (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "NewProcess", action: "deny" }]);
  const context = new ProcessContext(kernel, { job });
  const error = throwsBuilder(
    t,
    "CreateProcess",
    "Failed to create process: ACCESS_DENIED",
    () =>
      new ProcessBuilder({
        name: "denied",
        job: kernel.rootJob.duplicate().transferTo(context),
        executable: context.vmoFromBytes(staticPie()),
      }),
  );
  t.is(error.code, "ZX_ERR_ACCESS_DENIED");
  // It is the caller's policy that counts, not the job's.
  t.notThrows(
    () =>
      new ProcessBuilder({
        name: "allowed",
        job,
        executable: kernel.vmoFromBytes(staticPie()),
      }),
  );
});

test("options are for zx_process_create to judge", async (t) => {
  const kernel = nullKernel(t);
  const shared = 1;
  const built = await builderFor(kernel, undefined, { options: shared }).build();
  built.dispose();
  const executable = kernel.vmoFromBytes(staticPie());
  const error = throwsBuilder(t, "CreateProcess", "Failed to create process: INVALID_ARGS", () =>
    builderFor(kernel, executable, { options: 2 }),
  );
  t.is(error.code, "ZX_ERR_INVALID_ARGS");
  t.false(executable.isValid);
});

test("starting on the null machine fails and leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const built = await builderFor(kernel).build();
  const error = throwsBuilder(t, "ProcessStart", "Failed to start process: NOT_SUPPORTED", () =>
    built.start(),
  );
  t.is(error.code, "ZX_ERR_NOT_SUPPORTED");
  t.deepEqual(kernel.stats(), before);
});

test("misuse of the builder is a TypeError or a RangeError", (t) => {
  const kernel = nullKernel(t);
  const builder = builderFor(kernel);
  const type = { instanceOf: TypeError, code: "ERR_INVALID_ARG_TYPE" };
  t.throws(() => builder.addArguments("x" as never), type);
  t.throws(() => builder.addArguments([1 as never]), type);
  t.throws(() => builder.addArguments(["a\0b"]), { code: "ERR_INVALID_ARG_VALUE" });
  t.throws(() => builder.setMinStackSize(-1n), { code: "ERR_OUT_OF_RANGE" });
  t.throws(() => builder.addHandles([{ handle: kernel.createEvent(), info: "1" as never }]), type);
  t.throws(() => builder.setVdsoVmo(kernel.createEvent() as never), type);
  t.throws(
    () => new ProcessBuilder({ name: "x", job: kernel.rootJob, executable: null as never }),
    type,
  );
});
