import test from "ava";

import {
  decodeMessage,
  type HandleInfo,
  type Kernel,
  LoaderService,
  ProcessBuilder,
  ProcessOptions,
  Rights,
} from "../index.js";
import { dynamicPie, elfFile, load, PF, staticPie } from "./support/elf-file.js";
import { throwsBuilder } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";

/** A file of which a segment is copied, and needs more memory than it has in the file. */
function withData(): Uint8Array {
  const data = load(1, PF.R | PF.W, { filesz: 0x800, memsz: 0x3000 });
  return elfFile({ segments: [load(0, PF.R | PF.X), data] });
}

/** Builds a process of an executable with these rights. */
function buildWith(kernel: Kernel, bytes: Uint8Array, rights: number) {
  const executable = kernel.vmoFromBytes(bytes).replace(rights);
  const libraries = new LoaderService(kernel, { load: () => staticPie() });
  return new ProcessBuilder({ name: "x", job: kernel.rootJob, executable })
    .setLoaderService(libraries.connect())
    .build();
}

test("an executable needs the rights that are documented, and no others", async (t) => {
  const kernel = nullKernel(t);
  const { READ, MAP, EXECUTE, DUPLICATE, GET_PROPERTY, TRANSFER } = Rights;
  const needed = [READ, MAP, EXECUTE, DUPLICATE, GET_PROPERTY];
  const all = needed.reduce((sum, right) => sum | right);
  (await buildWith(kernel, withData(), all)).dispose();
  for (const right of needed) {
    await t.throwsAsync(buildWith(kernel, withData(), all & ~right), {
      code: "ZX_ERR_ACCESS_DENIED",
    });
  }
  const dynamic = dynamicPie("ld.so.1\0");
  (await buildWith(kernel, dynamic, all | TRANSFER)).dispose();
  const error = await t.throwsAsync(buildWith(kernel, dynamic, all), {
    code: "ZX_ERR_ACCESS_DENIED",
  });
  t.is((error as Error & { kind: string }).kind, "WriteBootstrapMessage");
});

test("options are those of zx_process_create", (t) => {
  const kernel = nullKernel(t);
  const create = (options: number) => {
    const executable = kernel.vmoFromBytes(staticPie());
    return new ProcessBuilder({ name: "x", job: kernel.rootJob, executable, options });
  };
  t.is(ProcessOptions.SHARED, 1);
  t.notThrows(() => create(ProcessOptions.SHARED).dispose());
  t.notThrows(() => kernel.rootJob.createProcess("x", ProcessOptions.SHARED));
  throwsBuilder(t, "CreateProcess", "Failed to create process: INVALID_ARGS", () => create(2));
  t.throws(() => create(-1), { code: "ERR_OUT_OF_RANGE" });
});

test("what a handle is for is an info or its number", async (t) => {
  const kernel = nullKernel(t);
  const executable = kernel.vmoFromBytes(staticPie());
  const builder = new ProcessBuilder({ name: "x", job: kernel.rootJob, executable });
  const before = kernel.stats().types.Event;
  const handles = (...infos: (HandleInfo | number)[]) =>
    infos.map((value) => ({ handle: kernel.createEvent(), info: value }));
  for (const wrong of [0x6, 0x1_0101]) {
    t.throws(() => builder.addHandles(handles(0xf0, wrong)), { code: "ZX_ERR_INVALID_ARGS" });
  }
  throwsBuilder(
    t,
    "InvalidArg",
    "Cannot add a StackVmo handle directly, it will be automatically added",
    () => builder.addHandles(handles(info("User0"), 0x13)),
  );
  t.is(kernel.stats().types.Event, before);
  builder.addHandles(handles(info("User0", 1), 0x0002_00f1));
  using built = await builder.build();
  const { bytes, handles: received } = built.bootstrap.read();
  const { handleInfos } = decodeMessage(bytes, received.length);
  t.deepEqual(handleInfos.slice(3, 5).map(String), ["User0(1)", "User1(2)"]);
});

test("a builder of a kernel that is disposed of is an error, whose handles are gone", (t) => {
  const kernel = nullKernel(t);
  const [executable, vdso] = [kernel.createVmo(1n), kernel.systemVdso()];
  const { rootJob: job } = kernel;
  kernel.dispose();
  throwsBuilder(
    t,
    "GenericStatus",
    "The kernel is disposed of: BAD_STATE",
    () => new ProcessBuilder({ name: "x", job, executable, vdso }),
  );
  t.false(executable.isValid || vdso.isValid);
});
