import { chmodSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Kernel,
  LoaderProxy,
  LoaderService,
  type LoaderServiceOptions,
  ProcessBuilder,
  ProcessBuilderError,
  ProcessContext,
  Rights,
  run,
  ZirconiaError,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import * as fidl from "../lib/fidl/index.js";
import { isGone } from "./support/channel.js";
import { directoryWith } from "./support/directory.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest } from "./support/native.js";
import { posixTest, userTest } from "./support/platform.js";
import { script } from "./support/script.js";
import { textIn } from "./support/vmo.js";

/** The files of upstream's test package: each holds its own path. */
const LIBRARIES = ["asan/libfoo", "asan/libasan_only", "libfoo", "libno_san"];

function connect(
  t: ExecutionContext,
  options: LoaderServiceOptions,
): { kernel: Kernel; service: LoaderService; loader: LoaderProxy } {
  const kernel = nullKernel(t);
  const service = new LoaderService(kernel, options);
  return { kernel, service, loader: new LoaderProxy(service.connect()) };
}

function files(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** What an object holds, or the status that there is in its place. */
async function load(loader: LoaderProxy, name: string): Promise<string> {
  try {
    using vmo = await loader.loadObject(name);
    return textIn(vmo);
  } catch (error) {
    return (error as ZirconiaError).code;
  }
}

test("an object is executable, not writable, and has the name it was asked for", async (t) => {
  const kernel = nullKernel(t);
  const mine = kernel.createVmo(4096n);
  mine.write(0n, encode("vmo"));
  const service = new LoaderService(kernel, {
    directories: [directoryWith(t, { "sub/file": "file" })],
    objects: { bytes: encode("bytes"), vmo: mine },
    load: (name) => (name === "loaded" ? mine.duplicate() : undefined),
  });
  using loader = new LoaderProxy(service.connect());
  for (const name of ["bytes", "vmo", "loaded", "sub/file"]) {
    using vmo = await loader.loadObject(name);
    t.is(vmo.getName(), name);
    t.is(vmo.rights & (Rights.EXECUTE | Rights.WRITE | Rights.READ), Rights.EXECUTE | Rights.READ);
    t.not(vmo.koid, mine.koid);
  }
  const before = kernel.stats().types.Vmo;
  t.is(await load(loader, "vmo"), "vmo");
  t.is(await load(loader, "loaded"), "vmo");
  t.deepEqual(kernel.stats().types.Vmo, before);
  // What the linker has does not change with what its lender does.
  using vmo = await loader.loadObject("vmo");
  mine.write(0n, encode("new"));
  t.is(Buffer.from(vmo.read(0n, 3)).toString(), "vmo");
  t.is(mine.getName(), "");
});

test("objects come before what load has, and that before the directories", async (t) => {
  const asked: string[] = [];
  const { loader } = connect(t, {
    objects: new Map([["a", encode("object")]]),
    load: async (name) => {
      asked.push(name);
      return name === "b" ? encode("loaded") : undefined;
    },
    directories: [directoryWith(t, files(["a", "b", "c"]))],
  });
  t.is(await load(loader, "a"), "object");
  t.is(await load(loader, "b"), "loaded");
  t.is(await load(loader, "c"), "c");
  t.deepEqual(asked, ["b", "c"]);
});

test("the first directory that has an object counts", async (t) => {
  const first = directoryWith(t, { a: "first" });
  const second = directoryWith(t, { a: "second", b: "second" });
  const { loader } = connect(t, { directories: [join(first, "nowhere"), first, second] });
  t.is(await load(loader, "a"), "first");
  t.is(await load(loader, "b"), "second");
  t.is(await load(loader, "c"), "ZX_ERR_NOT_FOUND");
});

test("an object for which there is no room is not sought any further", async (t) => {
  const first = directoryWith(t, { a: "x".repeat(1 << 20) });
  const second = directoryWith(t, { a: "another" });
  const { kernel, loader } = connect(t, { directories: [first, second] });
  const { memory = 0 } = kernel.rootJob.usage();
  kernel.rootJob.setLimits({ memory: memory + (1 << 19) });
  t.is(await load(loader, "a"), "ZX_ERR_NO_MEMORY");
});

test("InvalidLoadObject", async (t) => {
  const outside = directoryWith(t, { "lib/libfoo": "libfoo", secret: "secret", "bin/x": "x" });
  const asked: string[] = [];
  const { loader } = connect(t, {
    directories: [join(outside, "lib")],
    load: (name) => void asked.push(name),
  });
  for (const name of ["/", "..", "../secret", "../bin/x", "x/../../secret", "/libfoo", "", "."]) {
    t.is(await load(loader, name), "ZX_ERR_INVALID_ARGS", name);
  }
  for (const name of ["./libfoo", "libfoo/", "a//b", "libfoo\0", "n".repeat(256)]) {
    t.is(await load(loader, name), "ZX_ERR_INVALID_ARGS", name);
  }
  t.deepEqual(asked, []);
  t.is(await load(loader, "n".repeat(255)), "ZX_ERR_NOT_FOUND");
  t.is(await load(loader, "libfoo/x"), "ZX_ERR_NOT_FOUND");
  t.is(await load(loader, "lib/libfoo"), "ZX_ERR_NOT_FOUND");
  t.is(await load(loader, "libfoo"), "libfoo");
});

test("what other hosts take for a path is a name, or none", async (t) => {
  const outside = directoryWith(t, { "lib/libfoo": "libfoo", secret: "secret" });
  const { loader } = connect(t, { directories: [join(outside, "lib")] });
  const status = process.platform === "win32" ? "ZX_ERR_INVALID_ARGS" : "ZX_ERR_NOT_FOUND";
  for (const name of ["..\\secret", "x\\..\\..\\secret", ".\\libfoo", "C:\\secret"]) {
    t.is(await load(loader, name), status, name);
  }
});

test("a directory is no file", async (t) => {
  const { loader } = connect(t, { directories: [directoryWith(t, files(LIBRARIES))] });
  t.is(await load(loader, "asan"), "ZX_ERR_NOT_FILE");
});

posixTest("a device is no file", async (t) => {
  const directory = directoryWith(t, {});
  symlinkSync("/dev/zero", join(directory, "endless"));
  const { loader } = connect(t, { directories: [directory] });
  t.is(await load(loader, "endless"), "ZX_ERR_NOT_FILE");
});

userTest("a file that may not be read", async (t) => {
  const directory = directoryWith(t, files(["libfoo"]));
  chmodSync(join(directory, "libfoo"), 0);
  const { loader } = connect(t, { directories: [directory] });
  t.is(await load(loader, "libfoo"), "ZX_ERR_ACCESS_DENIED");
});

test("an object that may not be made executable is not left behind", async (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "AmbientMarkVmoExec", action: "deny" }]);
  using context = new ProcessContext(kernel, { job });
  using service = new LoaderService(kernel, { objects: { vmo: context.createVmo(1n) } });
  using loader = new LoaderProxy(service.connect());
  const before = kernel.stats();
  t.is(await load(loader, "vmo"), "ZX_ERR_ACCESS_DENIED");
  t.deepEqual(kernel.stats(), before);
});

test("what a service sends that fails is closed", async (t) => {
  const kernel = nullKernel(t);
  const [client, server] = kernel.createChannel();
  const rv = ZxStatus.NO_MEMORY;
  fidl.serve(fidl.ldsvc.Loader, server, {
    done: () => {},
    loadObject: () => ({ rv, object: kernel.createVmo(1n) }),
    config: () => ({ rv }),
    clone: ({ loader }) => {
      loader.close();
      return { rv };
    },
  });
  using loader = new LoaderProxy(client);
  const before = kernel.stats();
  t.is(await load(loader, "any"), "ZX_ERR_NO_MEMORY");
  await t.throwsAsync(loader.clone(), { code: "ZX_ERR_NO_MEMORY" });
  t.deepEqual(kernel.stats(), before);
});

test("what load throws is the answer", async (t) => {
  const { loader } = connect(t, {
    load: (name) => {
      throw name === "typed" ? new ZirconiaError("busy", ZxStatus.UNAVAILABLE) : new Error("oops");
    },
  });
  t.is(await load(loader, "typed"), "ZX_ERR_UNAVAILABLE");
  t.is(await load(loader, "other"), "ZX_ERR_INTERNAL");
  const wrong = connect(t, { load: () => "text" as never });
  t.is(await load(wrong.loader, "any"), "ZX_ERR_INTERNAL");
});

/** What the four libraries are after each of these, one after the other. */
const CONFIGS: Record<string, readonly [foo: string, asanOnly: string, noSan: string]> = {
  asan: ["asan/libfoo", "asan/libasan_only", "libno_san"],
  "asan!": ["asan/libfoo", "asan/libasan_only", "ZX_ERR_NOT_FOUND"],
  ubsan: ["libfoo", "ZX_ERR_NOT_FOUND", "libno_san"],
  "ubsa!n": ["libfoo", "ZX_ERR_NOT_FOUND", "libno_san"],
  "ubsan!": ["ZX_ERR_NOT_FOUND", "ZX_ERR_NOT_FOUND", "ZX_ERR_NOT_FOUND"],
  "": ["libfoo", "ZX_ERR_NOT_FOUND", "libno_san"],
};

async function loadAll(loader: LoaderProxy): Promise<readonly string[]> {
  return Promise.all(["libfoo", "libasan_only", "libno_san"].map((name) => load(loader, name)));
}

test("ConfigAffectsLoading", async (t) => {
  const { loader } = connect(t, { directories: [directoryWith(t, files(LIBRARIES))] });
  t.deepEqual(await loadAll(loader), CONFIGS[""]);
  for (const [config, expected] of Object.entries(CONFIGS)) {
    await loader.config(config);
    t.deepEqual(await loadAll(loader), expected, config);
  }
  await loader.config("asan");
  t.is((await loader.loadObject("libfoo")).getName(), "libfoo");
});

test("a subdirectory of every directory comes before the directories", async (t) => {
  const first = directoryWith(t, { libfoo: "first" });
  const second = directoryWith(t, { "asan/libfoo": "second" });
  const { loader } = connect(t, { directories: [first, second] });
  await loader.config("asan");
  t.is(await load(loader, "libfoo"), "second");
});

test("InvalidConfig", async (t) => {
  const { loader } = connect(t, { directories: [directoryWith(t, files(LIBRARIES))] });
  await loader.config("asan!");
  for (const config of ["!", "/", "foo/", "foo/bar"]) {
    await t.throwsAsync(loader.config(config), {
      code: "ZX_ERR_INVALID_ARGS",
      message: "fuchsia.ldsvc/Loader.Config: INVALID_ARGS",
    });
  }
  // The last good one still counts, and a bad subdirectory is none.
  t.deepEqual(await loadAll(loader), CONFIGS["asan!"]);
  await loader.config("..");
  t.deepEqual(await loadAll(loader), CONFIGS[""]);
});

test("a clone begins unconfigured, and outlives the connection", async (t) => {
  const { loader } = connect(t, { directories: [directoryWith(t, files(LIBRARIES))] });
  await loader.config("asan");
  using clone = new LoaderProxy(await loader.clone());
  t.deepEqual(await loadAll(clone), CONFIGS[""]);
  t.deepEqual(await loadAll(loader), CONFIGS["asan"]);
  loader.close();
  t.deepEqual(await loadAll(clone), CONFIGS[""]);
});

test("a clone that is not asked for leaves nothing", async (t) => {
  const { kernel, loader } = connect(t, {});
  const before = kernel.stats();
  await t.throwsAsync(loader.clone({ signal: AbortSignal.abort() }), { name: "AbortError" });
  t.deepEqual(kernel.stats(), before);
});

test("ConnectBindDone", async (t) => {
  const { service, loader } = connect(t, { directories: [directoryWith(t, files(LIBRARIES))] });
  t.is(await load(loader, "libfoo"), "libfoo");
  loader.done();
  await t.throwsAsync(loader.loadObject("libfoo"), { code: "ZX_ERR_PEER_CLOSED" });
  using other = new LoaderProxy(service.connect());
  t.is(await load(other, "libfoo"), "libfoo");
});

test("disposing of a service closes every connection, and leaves nothing", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const service = new LoaderService(kernel, { objects: { a: new Uint8Array(1) } });
  const loader = new LoaderProxy(service.connect());
  (await loader.loadObject("a")).close();
  const clone = await loader.clone();
  const channel = loader.intoChannel();
  service.dispose();
  t.true(isGone(channel) && isGone(clone));
  channel.close();
  clone.close();
  t.deepEqual(kernel.stats(), before);
  t.throws(() => service.connect(), { code: "ZX_ERR_BAD_STATE" });
});

test("a service serves on behalf of its context", async (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  using context = new ProcessContext(kernel, { job });
  using vmo = kernel.createVmo(1n);
  const service = new LoaderService(context, { objects: { vmo } });
  using loader = new LoaderProxy(service.connect());
  const object = await loader.loadObject("vmo");
  t.is(object.context, context);
});

test("what is no service is refused", (t) => {
  const kernel = nullKernel(t);
  const bad = (options: unknown) =>
    t.throws(() => new LoaderService(kernel, options as LoaderServiceOptions), {
      instanceOf: TypeError,
    });
  bad({ directories: "lib" });
  bad({ directories: [1] });
  bad({ objects: 1 });
  bad({ objects: { a: "text" } });
  bad({ objects: { a: nullKernel(t).createVmo(1n) } });
  bad({ load: 1 });
  bad({ other: 1 });
  t.throws(() => new LoaderService({} as never), { code: "ERR_INVALID_ARG_TYPE" });
});

test("a process is built with it, and gets the connection itself", async (t) => {
  const kernel = nullKernel(t);
  const service = new LoaderService(kernel, { objects: { "ld.so.1": staticPie() } });
  const client = service.connect();
  const { koid } = client;
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const builder = new ProcessBuilder({ name: "dynamic", job: kernel.rootJob, executable });
  using built = await builder.setLoaderService(client).build();
  const [given] = built.bootstrap.read().handles;
  t.is(given?.koid, koid);
  using loader = new LoaderProxy(given as Channel);
  t.is((await loader.loadObject("ld.so.1")).getName(), "ld.so.1");
});

nativeTest("a dynamic program runs with the linker and libraries of its path", async (t) => {
  const own = guest("lib");
  const copies = Object.fromEntries(
    readdirSync(own).map((name) => [name, readFileSync(join(own, name))]),
  );
  const libraryPath = [directoryWith(t, {}), directoryWith(t, copies)];
  const { stdout } = await run(guest("hello_dynamic"), ["x"], { libraryPath });
  t.regex(stdout, /^arg 1: x$/m);
});

nativeTest("a dynamic program finds this package's linker by itself", async (t) => {
  const { stdout } = await run(guest("hello_dynamic"));
  t.regex(stdout, /^Hello from hello_dynamic$/m);
  // What is in the path comes first.
  const libraryPath = [directoryWith(t, { "ld.so.1": "no linker" })];
  await t.throwsAsync(run(guest("hello_dynamic"), [], { libraryPath }), {
    instanceOf: ProcessBuilderError,
    message: /Invalid ELF/,
  });
  await t.throwsAsync(run(guest("hello_dynamic"), [], { libraryPath: [1 as never] }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
});

test("a service does not keep Node alive", async (t) => {
  const result = await script(`
    const kernel = new zirconia.Kernel({ machine: "null" });
    const service = new zirconia.LoaderService(kernel, { objects: { a: new Uint8Array(1) } });
    globalThis.kept = service.connect();
    const loader = new zirconia.LoaderProxy(service.connect());
    console.log((await loader.loadObject("a")).getName());`);
  t.deepEqual(result, { code: 0, stdout: "a\n", stderr: "" });
});
