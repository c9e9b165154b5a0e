// The low half of a dynamic executable's address space is reserved while its process is built, and
// free again whatever comes of that.

import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Kernel,
  Launcher,
  LauncherProxy,
  LoaderService,
  type Process,
  ProcessBuilder,
  Rights,
  Signals,
} from "../index.js";
import { dynamicPie, elfFile, staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";

const PAGE = 0x1000;

/** Whether there is a VMAR at the lowest address, in which nothing can be mapped. */
function isReserved(process: Process): boolean {
  const [root, ...below] = process.maps();
  return below.some(
    (line) => line.type === "vmar" && line.base === root!.base && line.canMap === 0,
  );
}

function builderFor(kernel: Kernel, interpreter = "ld.so.1\0"): ProcessBuilder {
  const executable = kernel.vmoFromBytes(dynamicPie(interpreter));
  return new ProcessBuilder({ name: "dynamic", job: kernel.rootJob, executable });
}

/** Connects to a loader service that has a linker. */
function goodLoader(kernel: Kernel): Channel {
  return new LoaderService(kernel, { load: () => staticPie() }).connect();
}

/** What makes a build fail, and with what. */
interface Failure {
  /** PT_INTERP. */
  readonly interpreter?: string;
  /** By default one that has a linker. */
  loader?(kernel: Kernel): Channel;
  spoil?(builder: ProcessBuilder, kernel: Kernel): void;
  readonly message: RegExp;
}

const served = (load: () => Uint8Array | undefined) => (kernel: Kernel) =>
  new LoaderService(kernel, { load }).connect();

const FAILURES: Record<string, Failure> = {
  "PT_INTERP does not end": { interpreter: "ld.so.1", message: /Missing null terminator/ },
  "PT_INTERP names nothing": { interpreter: "\0", message: /INVALID_ARGS/ },
  "PT_INTERP is too long": { interpreter: `${"l".repeat(1025)}\0`, message: /longer than 1024/ },
  "the loader service is gone": {
    loader: (kernel) => {
      const [client, server] = kernel.createChannel();
      server.close();
      return client;
    },
    message: /PEER_CLOSED/,
  },
  "the loader service has no linker": {
    loader: served(() => undefined),
    message: /fuchsia\.ldsvc\.Loader: NOT_FOUND/,
  },
  "the linker is no ELF file": {
    loader: served(() => new Uint8Array(PAGE)),
    message: /Invalid ELF magic/,
  },
  "the linker has nothing to load": {
    loader: served(() => elfFile({ segments: [] })),
    message: /ELF load segments were empty/,
  },
  "the vDSO is none": {
    spoil: (builder, kernel) => builder.setVdsoVmo(kernel.createVmo(1n)),
    message: /Invalid ELF magic/,
  },
  "the stack is too large": {
    spoil: (builder) => builder.setMinStackSize(1n << 50n),
    message: /Failed to map initial stack/,
  },
  "the linker's message is too large": {
    spoil: (builder) => builder.addArguments(["a".repeat(65_536)]),
    message: /byte size too large/,
  },
  "the main message is too large": {
    spoil: (builder) => builder.addArguments(["", "a".repeat(65_536)]),
    message: /byte size too large/,
  },
  "the main message cannot be written": {
    spoil: (builder, kernel) => {
      const handle = kernel.createEvent().replace(Rights.BASIC & ~Rights.TRANSFER);
      builder.addHandles([{ handle, info: info("User0") }]);
    },
    message: /Failed to write bootstrap message/,
  },
};

for (const [what, failure] of Object.entries(FAILURES)) {
  test(`the reservation is gone if ${what}`, async (t) => {
    const kernel = nullKernel(t);
    const builder = builderFor(kernel, failure.interpreter);
    builder.setLoaderService((failure.loader ?? goodLoader)(kernel));
    failure.spoil?.(builder, kernel);
    using process = builder.duplicateProcess();
    await t.throwsAsync(builder.build(), { message: failure.message });
    t.false(isReserved(process));
  });
}

test("nothing is reserved without a loader service", async (t) => {
  const builder = builderFor(nullKernel(t));
  using process = builder.duplicateProcess();
  await t.throwsAsync(builder.build(), { message: /missing fuchsia\.ldsvc\.Loader/ });
  t.is(process.maps().length, 1);
});

/** A build that waits for its loader service, which has been asked. */
async function waiting(t: ExecutionContext, kernel: Kernel) {
  const [loader, server] = kernel.createChannel();
  const builder = builderFor(kernel).setLoaderService(loader);
  const process = builder.duplicateProcess();
  const build = builder.build();
  await server.waitOne(Signals.READABLE);
  t.true(isReserved(process));
  return { server, process, build };
}

test("the reservation is gone if the loader service is silent for too long", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const { process, build } = await waiting(t, kernel);
  kernel.clock.advance(30_000_000_000n);
  await t.throwsAsync(build, { code: "ZX_ERR_TIMED_OUT" });
  t.false(isReserved(process));
});

test("the reservation is gone once the process is built", async (t) => {
  const kernel = nullKernel(t);
  const { server, process, build } = await waiting(t, kernel);
  using libraries = new LoaderService(kernel, { load: () => staticPie() });
  libraries.serve(server);
  using built = await build;
  t.false(isReserved(process));
  t.is(built.process.koid, process.koid);
});

test("the reservation of a Launcher's failed build is gone, too", async (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  using proxy = new LauncherProxy(new Launcher(kernel).connect());
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const call = proxy.createWithoutStarting({ name: "dynamic", job, executable });
  await server.waitOne(Signals.READABLE);
  const [koid] = job.processes();
  using process = job.getChild(koid!) as Process;
  t.true(isReserved(process));
  server.close();
  await t.throwsAsync(call, { code: "ZX_ERR_NOT_FOUND" });
  t.false(isReserved(process));
});
