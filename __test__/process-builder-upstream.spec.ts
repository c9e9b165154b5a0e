// The tests of upstream's process_builder, under their names there
// (src/lib/process_builder/src/process_builder.rs), with the processes that they start.

import test, { type ExecutionContext } from "ava";

import {
  type BuiltProcess,
  decodeMessage,
  type HandleTypeName,
  Kernel,
  type LoaderService,
  ProcessBuilder,
  ProcessBuilderError,
  type ProcessBuilderErrorKind,
  type ProcessBuilderOptions,
  Signals,
  VmOptions,
} from "../index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { throwsBuilder } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { guestBytes, nativeTest } from "./support/native.js";
import {
  endUtil,
  type Generation,
  installedLibraries,
  setupUtil,
  startUtil,
  utilBuilder,
  type UtilClient,
} from "./support/util-process.js";

/** What a test has. */
interface Scene {
  kernel: Kernel;
  libraries: LoaderService;
  compat: Generation;
}

interface TestOptions {
  /** By default all that have the test. */
  generations?: readonly Generation[];
  /** What makes a test; by default one that runs where guests do. */
  make?: (title: string, body: (t: ExecutionContext) => Promise<void>) => void;
}

/** A test on a kernel of its own, of which it leaves nothing behind. */
function upstreamTest(
  name: string,
  body: (t: ExecutionContext, scene: Scene) => void | Promise<void>,
  { generations = ["newest", "2019"], make = nativeTest }: TestOptions = {},
): void {
  for (const compat of generations) {
    make(compat === "newest" ? name : `${name}, as of ${compat}`, async (t) => {
      await using kernel = new Kernel();
      kernel.systemVdso().close();
      t.true(kernel.rootJob.isValid);
      const before = kernel.stats();
      const libraries = installedLibraries(kernel);
      await body(t, { kernel, libraries, compat });
      libraries.dispose();
      t.deepEqual(kernel.stats(), before);
    });
  }
}

const random = () => Math.floor(Math.random() * 2 ** 53);

/** A builder for the utility with a loader service, and the utility's protocol. */
function setup({ kernel, libraries, compat }: Scene) {
  const { builder, util } = setupUtil(kernel, compat);
  builder.addHandles([{ handle: libraries.connect(), info: info("LdsvcLoader") }]);
  return { builder, util };
}

/** Starts the utility, asks it something, and expects it to end. */
async function ask(
  t: ExecutionContext,
  { builder, util }: { builder: ProcessBuilder; util: UtilClient },
  questions: (proxy: UtilClient["proxy"]) => Promise<void> = async () => {},
): Promise<void> {
  const process = startUtil(t, await builder.build());
  await questions(util.proxy);
  await endUtil(t, process, util);
}

/** Expects a build to fail with an error of this kind. */
async function rejectsBuild(
  t: ExecutionContext,
  builder: ProcessBuilder,
  kind: ProcessBuilderErrorKind,
) {
  const error = await t.throwsAsync(builder.build(), { instanceOf: ProcessBuilderError });
  t.is(error?.kind, kind);
  return error;
}

const ARGS = ["arg0", "arg1", "arg2"];

upstreamTest("start_util_with_args", async (t, scene) => {
  const { builder, util } = setup(scene);
  builder.addArguments(ARGS);
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getArguments(), { args: ARGS });
  });
});

upstreamTest("start_util_with_huge_args", async (t, scene) => {
  const { builder, util } = setup(scene);
  builder.addArguments(Array<string>(10_000).fill("arg"));
  // They would not fit into a reply.
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getArgumentCount(), { count: 10_000n });
  });
});

upstreamTest("start_util_with_lifecycle_channel", async (t, scene) => {
  const { builder, util } = setup(scene);
  const [handle, client] = scene.kernel.createChannel();
  const { koid } = handle;
  builder.addHandles([{ handle, info: info("Lifecycle") }]);
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getLifecycleKoid(), { koid });
  });
  client.close();
});

upstreamTest("start_util_with_no_lifecycle_channel", async (t, scene) => {
  await ask(t, setup(scene), async (proxy) => {
    t.deepEqual(await proxy.getLifecycleKoid(), { koid: 0n });
  });
});

upstreamTest(
  "start_util_with_big_stack",
  async (t, scene) => {
    const { builder, util } = setup(scene);
    const size = 10n * 4096n;
    const built = await builder.setMinStackSize(size).build();
    t.true(built.stackVmo.getSize() >= size);
    await endUtil(t, startUtil(t, built), util);
  },
  { generations: ["newest"] },
);

upstreamTest(
  "elf_headers",
  async (t, scene) => {
    const { builder, util } = setup(scene);
    using built = await builder.build();
    const { fileHeader, programHeaders } = built.elfHeaders;
    t.is(fileHeader.phnum, programHeaders.length);
    util.close();
  },
  { generations: ["newest"] },
);

upstreamTest("set_loader_directly", async (t, { kernel, libraries, compat }) => {
  const { builder, util } = setupUtil(kernel, compat);
  builder.setLoaderService(libraries.connect()).addArguments(ARGS);
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getArguments(), { args: ARGS });
  });
});

upstreamTest("set_vdso_directly", async (t, scene) => {
  const { builder, util } = setup(scene);
  builder.setVdsoVmo(scene.kernel.systemVdso()).addArguments(ARGS);
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getArguments(), { args: ARGS });
  });
});

upstreamTest("set_invalid_vdso_directly_fails", async (t, scene) => {
  const { builder, util } = setup(scene);
  builder.setVdsoVmo(scene.kernel.createVmo(1n));
  const error = await rejectsBuild(t, builder, "ElfParse");
  t.like(error?.cause, { kind: "InvalidFileHeader" });
  util.close();
});

upstreamTest("set_invalid_vdso_fails", async (t, scene) => {
  // In 2019, any argument would do.
  for (const arg of scene.compat === "2019" ? [0, 1] : [0]) {
    const { builder, util } = setup(scene);
    builder.addHandles([{ handle: scene.kernel.createVmo(1n), info: info("VdsoVmo", arg) }]);
    const error = await rejectsBuild(t, builder, "ElfParse");
    t.like(error?.cause, { kind: "InvalidFileHeader" });
    util.close();
  }
});

/** What the next bootstrap message has handles for. */
function readHandleInfos({ bootstrap }: BuiltProcess): string[] {
  const { bytes, handles } = bootstrap.read();
  handles.forEach((handle) => handle.close());
  return decodeMessage(bytes, handles.length).handleInfos.map(String);
}

upstreamTest(
  "add_additional_vdso",
  async (t, { kernel, libraries, compat }) => {
    using built = await utilBuilder(kernel, compat)
      .setLoaderService(libraries.connect())
      .addHandles([{ handle: kernel.systemVdso(), info: info("VdsoVmo", 1) }])
      .build();
    readHandleInfos(built);
    const vdsos = readHandleInfos(built).filter((text) => text.startsWith("VdsoVmo"));
    t.deepEqual(vdsos, ["VdsoVmo(1)", "VdsoVmo(0)"]);
  },
  { generations: ["newest"] },
);

upstreamTest("start_util_with_env", async (t, scene) => {
  const vars = [
    { key: "VAR1", value: "value2" },
    { key: "VAR2", value: "value2" },
  ];
  const { builder, util } = setup(scene);
  builder.addEnvironmentVariables(vars.map(({ key, value }) => `${key}=${value}`));
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getEnvironment(), { vars });
  });
});

upstreamTest("start_util_with_huge_env", async (t, scene) => {
  const { builder, util } = setup(scene);
  builder.addEnvironmentVariables(Array<string>(10_000).fill("a=b"));
  await ask(t, { builder, util }, async (proxy) => {
    t.deepEqual(await proxy.getEnvironmentCount(), { count: 10_000n });
  });
});

upstreamTest("start_util_with_namespace_entries", async (t, scene) => {
  const contents = [`test content 1 ${random()}`, `test content 2 ${random()}`] as const;
  using dir1 = new PseudoDirectory({ test_file1: contents[0] });
  using dir2 = new PseudoDirectory({ test_file2: contents[1] });
  const { builder, util } = setup(scene);
  builder.addNamespaceEntries([
    { path: "/dir1", directory: dir1.connect(scene.kernel) },
    { path: "/dir2", directory: dir2.connect(scene.kernel) },
  ]);
  await ask(t, { builder, util }, async (proxy) => {
    const dump = "/dir1, /dir1/test_file1, /dir2, /dir2/test_file2";
    t.deepEqual(await proxy.dumpNamespace(), { contents: dump });
    t.deepEqual(await proxy.readFile({ path: "/dir1/test_file1" }), { contents: contents[0] });
    t.deepEqual(await proxy.readFile({ path: "/dir2/test_file2" }), { contents: contents[1] });
  });
});

upstreamTest("start_util_with_no_loader_fails", async (t, { kernel, compat }) => {
  const { builder, util } = setupUtil(kernel, compat);
  const error = await rejectsBuild(t, builder, "LoaderMissing");
  t.is(error?.code, "ZX_ERR_INVALID_ARGS");
  util.close();
});

upstreamTest("verify_low_address_range_reserved", async (t, scene) => {
  const { builder, util } = setup(scene);
  using built = await builder.build();
  const { base, size } = built.rootVmar.info();
  const middle = (base + size) / 2n;
  const length = ((middle + 4095n) & ~4095n) - base;
  const low = built.rootVmar.allocate(VmOptions.SPECIFIC, 0n, length);
  t.is(low.base, base);
  low.vmar.close();
  util.close();
});

const LINKER_HANDLES = ["LdsvcLoader", "ExecutableVmo", "LoadedVmar", "ProcessSelf", "RootVmar"];
const MAIN_HANDLES = ["ProcessSelf", "ThreadSelf", "RootVmar", "VdsoVmo", "StackVmo"];

upstreamTest("correct_handles_present", async (t, { kernel, libraries, compat }) => {
  using built = await utilBuilder(kernel, compat).setLoaderService(libraries.connect()).build();
  const linker = compat === "2019" ? [...LINKER_HANDLES, "ThreadSelf"] : LINKER_HANDLES;
  for (const expected of [linker, MAIN_HANDLES]) {
    const found = readHandleInfos(built).map((text) => text.replace("(0)", ""));
    t.deepEqual(found.sort(), [...expected].sort());
  }
});

upstreamTest(
  "add_handles_rejects_automatic_handle_types",
  (t, { kernel, compat }) => {
    using builder = new ProcessBuilder({
      name: compat === "2019" ? "dummy_name" : "test_vmo",
      job: kernel.rootJob,
      executable: kernel.createVmo(1n),
      compat,
    });
    const types = new Set([...LINKER_HANDLES, ...MAIN_HANDLES]) as Set<HandleTypeName>;
    for (const type of types) {
      // These two are for the caller to give.
      if (type === "LdsvcLoader" || type === "VdsoVmo") continue;
      const handle = kernel.createVmo(1n);
      const error = throwsBuilder(
        t,
        "InvalidArg",
        `Cannot add a ${type} handle directly, it will be automatically added`,
        () => builder.addHandles([{ handle, info: info(type) }]),
      );
      t.is(error.code, "ZX_ERR_INVALID_ARGS");
      t.false(handle.isValid);
    }
  },
  { make: test },
);

upstreamTest(
  "rejects_invalid_handles",
  (t, { kernel, compat }) => {
    const executable = () => kernel.createVmo(1n);
    const closed = () => {
      const vmo = executable();
      vmo.close();
      return vmo;
    };
    const job = kernel.rootJob.duplicate();
    job.close();
    const reject = (message: string, body: () => unknown) => {
      const error = throwsBuilder(t, "BadHandle", message, body);
      t.is(error.code, "ZX_ERR_BAD_HANDLE");
    };
    const create = (options: Pick<ProcessBuilderOptions, "job" | "executable">) =>
      new ProcessBuilder({ name: "test_vmo", compat, ...options });
    reject("Invalid job handle", () => create({ job, executable: executable() }));
    reject("Invalid executable handle", () =>
      create({ job: kernel.rootJob, executable: closed() }),
    );

    using builder = create({ job: kernel.rootJob, executable: executable() });
    const [loader, server] = kernel.createChannel();
    [loader, server].forEach((end) => end.close());
    reject("Invalid loader service handle", () => builder.setLoaderService(loader));
    for (let times = 0; times < 2; times++) {
      reject("Invalid handle in startup handles", () =>
        builder.addHandles([{ handle: closed(), info: info("User0") }]),
      );
    }
    reject("Invalid handle in namespace entry", () =>
      builder.addNamespaceEntries([{ path: "/dir", directory: loader }]),
    );
  },
  { make: test },
);

upstreamTest("start_static_pie_binary", async (t, { kernel, compat }) => {
  const name = "/pkg/bin/static_pie_test_util";
  const executable = kernel.vmoFromBytes(guestBytes("static_pie_test_util"), { name });
  const builder = new ProcessBuilder({ name, job: kernel.rootJob, executable, compat });
  const [local, remote] = kernel.createChannel();
  builder.addHandles([{ handle: remote, info: info("User0") }]);
  const content = Buffer.from(`test content 1 ${random()}`);
  local.write(content);
  const process = (await builder.build()).start();
  const observed = await local.waitOne(Signals.READABLE | Signals.PEER_CLOSED);
  t.not(observed & Signals.READABLE, 0);
  const { bytes, handles } = local.read();
  t.deepEqual(Buffer.from(bytes), content);
  t.is(handles.length, 0);
  t.is((await process.exited()).returnCode, 0n);
  [local, process].forEach((handle) => handle.close());
});
