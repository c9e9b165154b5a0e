import test, { type ExecutionContext } from "ava";

import {
  type BuiltProcess,
  decodeMessage,
  type Kernel,
  LoaderService,
  ProcessBuilder,
  ProcessBuilderError,
} from "../index.js";
import { isGone } from "./support/channel.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { warmUp } from "./support/launcher.js";

const EXECUTABLES = { static: staticPie(), dynamic: dynamicPie("ld.so.1\0") };
type Kind = keyof typeof EXECUTABLES;
const KINDS = Object.keys(EXECUTABLES) as Kind[];

/** A builder that has all it needs, and some arguments. */
function builderFor(kernel: Kernel, kind: Kind): ProcessBuilder {
  const executable = kernel.vmoFromBytes(EXECUTABLES[kind]);
  const libraries = new LoaderService(kernel, { objects: { "ld.so.1": staticPie() } });
  return new ProcessBuilder({ name: "once", job: kernel.rootJob, executable })
    .setLoaderService(libraries.connect())
    .addArguments(["first", "second"]);
}

/** The arguments that a process gets, of which a dynamic one's linker sees the first only. */
function argumentsOf({ bootstrap }: BuiltProcess, kind: Kind): readonly string[] {
  if (kind === "dynamic") bootstrap.read().handles.forEach((handle) => handle.close());
  const { bytes, handles } = bootstrap.read();
  handles.forEach((handle) => handle.close());
  return decodeMessage(bytes, handles.length).args;
}

/** Every call of a builder but dispose(). Those that are given something say whether it is gone. */
const CALLS: Record<string, (builder: ProcessBuilder, kernel: Kernel) => unknown> = {
  build: (builder) => builder.build(),
  buildInBackground: (builder) => builder.buildInBackground(),
  addArguments: (builder) => builder.addArguments(["late"]),
  addEnvironmentVariables: (builder) => builder.addEnvironmentVariables(["A=late"]),
  setMinStackSize: (builder) => builder.setMinStackSize(1n << 20n),
  addHandles: (builder, kernel) =>
    builder.addHandles([{ handle: kernel.createEvent(), info: info("User0") }]),
  addNamespaceEntries: (builder, kernel) => {
    const [directory, peer] = kernel.createChannel();
    peer.close();
    builder.addNamespaceEntries([{ path: "/late", directory }]);
  },
  setLoaderService: (builder, kernel) => {
    const [loader, peer] = kernel.createChannel();
    peer.close();
    builder.setLoaderService(loader);
  },
  setVdsoVmo: (builder, kernel) => builder.setVdsoVmo(kernel.createVmo(1n)),
  duplicateProcess: (builder) => builder.duplicateProcess(),
};

/** Expects every call to fail, and to leave nothing of what it is given. */
async function isConsumed(t: ExecutionContext, kernel: Kernel, builder: ProcessBuilder) {
  for (const [name, call] of Object.entries(CALLS)) {
    const { handles } = kernel.stats();
    const error = await t.throwsAsync(async () => call(builder, kernel), {
      instanceOf: ProcessBuilderError,
      code: "ZX_ERR_BAD_STATE",
      message: "The builder is consumed: BAD_STATE",
    });
    t.is(error?.kind, "GenericStatus", name);
    t.is(kernel.stats().handles, handles, name);
  }
  t.notThrows(() => builder.dispose());
}

for (const kind of KINDS) {
  test(`a ${kind} build that has begun is left alone by every later call`, async (t) => {
    const kernel = nullKernel(t);
    warmUp(kernel);
    const builder = builderFor(kernel, kind);
    const pending = builder.build();
    // What the loader service holds comes and goes in between, unless nothing else gets a turn.
    const failures = Object.values(CALLS).map(async (call) => call(builder, kernel));
    builder.dispose();
    for (const failure of failures) {
      await t.throwsAsync(failure, { code: "ZX_ERR_BAD_STATE" });
    }
    using built = await pending;
    t.deepEqual(argumentsOf(built, kind), ["first", "second"]);
    t.is(built.stackVmo.getSize(), kind === "static" ? 0x40000n : 0x1000n);
    await isConsumed(t, kernel, builder);
    t.true(built.process.isValid);
  });

  test(`a builder may be disposed of as soon as its ${kind} build has begun`, async (t) => {
    const kernel = nullKernel(t);
    const begin = () => {
      using builder = builderFor(kernel, kind);
      return builder.build();
    };
    using built = await begin();
    t.deepEqual(argumentsOf(built, kind), ["first", "second"]);
  });

  test(`a builder that is disposed of gives up a ${kind} process, and everything with it`, async (t) => {
    const kernel = nullKernel(t);
    warmUp(kernel);
    const before = kernel.stats();
    const [loader, server] = kernel.createChannel();
    const builder = new ProcessBuilder({
      name: "given up",
      job: kernel.rootJob,
      executable: kernel.vmoFromBytes(EXECUTABLES[kind]),
    })
      .setLoaderService(loader)
      .setVdsoVmo(kernel.systemVdso())
      .addHandles([{ handle: kernel.createEvent(), info: info("User0") }])
      .addNamespaceEntries([{ path: "/a", directory: kernel.createChannel()[0] }]);
    builder.dispose();
    t.true(isGone(server));
    t.deepEqual(kernel.stats().types.Process, before.types.Process);
    t.deepEqual(kernel.stats().types.Event, before.types.Event);
    await isConsumed(t, kernel, builder);
  });
}

test("a build that fails leaves a consumed builder, too", async (t) => {
  const kernel = nullKernel(t);
  warmUp(kernel);
  for (const [executable, message] of [
    [kernel.createVmo(1n), /Invalid ELF magic/],
    [kernel.vmoFromBytes(dynamicPie("other\0")), /NOT_FOUND/],
  ] as const) {
    const libraries = new LoaderService(kernel);
    const builder = new ProcessBuilder({ name: "fails", job: kernel.rootJob, executable });
    builder.setLoaderService(libraries.connect());
    await t.throwsAsync(builder.build(), { message });
    libraries.dispose();
    await isConsumed(t, kernel, builder);
  }
});
