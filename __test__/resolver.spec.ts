import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import test, { type ExecutionContext } from "ava";

import {
  Kernel,
  Launcher,
  LauncherProxy,
  LoaderProxy,
  ProcessContext,
  Resolver,
  type ResolverOptions,
  ResolverProxy,
  Rights,
  Signals,
  ZirconiaError,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import * as fidl from "../lib/fidl/index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { directoryWith } from "./support/directory.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { warmUp } from "./support/launcher.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { posixTest, userTest } from "./support/platform.js";
import { textIn } from "./support/vmo.js";

const HASH = "0123456789abcdef".repeat(4);

function connect(t: ExecutionContext, options: ResolverOptions) {
  const kernel = nullKernel(t);
  warmUp(kernel);
  const resolver = new Resolver(kernel, options);
  return { kernel, resolver, proxy: new ResolverProxy(resolver.connect()) };
}

/** What is resolved, or the name of the status. What comes is closed. */
async function resolve(proxy: ResolverProxy, url: string): Promise<string> {
  try {
    const { executable, ldsvc } = await proxy.resolve(url);
    const text = textIn(executable!);
    executable!.close();
    ldsvc?.close();
    return `${text}${ldsvc === undefined ? "" : " with libraries"}`;
  } catch (error) {
    if (!(error instanceof ZirconiaError) || error instanceof fidl.FidlError) throw error;
    return error.code;
  }
}

/** Two packages, of which one has libraries. */
const FILES = {
  "full/bin/x": "full",
  "full/bin/ü": "umlaut",
  "full/lib/libx.so": "library",
  "full/lib/sub/liby.so": "sub",
  "bare/bin/x": "bare",
} as const;

/** The same packages in memory and in a folder. */
function kinds(t: ExecutionContext): Record<string, ResolverOptions> {
  const packages: Record<string, Record<string, Uint8Array>> = {};
  for (const [path, content] of Object.entries(FILES)) {
    const [name, ...rest] = path.split("/");
    (packages[name!] ??= {})[rest.join("/")] = encode(content);
  }
  return { memory: { packages }, folder: { directory: directoryWith(t, FILES) } };
}

const URLS: Record<string, string> = {
  "fuchsia-pkg://fuchsia.com/full#bin/x": "full with libraries",
  "fuchsia-pkg://other.host/full/0#bin/x": "full with libraries",
  [`fuchsia-pkg://fuchsia.com/full/0?hash=${HASH}#bin/x`]: "full with libraries",
  "fuchsia-boot:///full#bin/x": "full with libraries",
  "fuchsia-pkg://fuchsia.com/full#bin/%C3%BC": "umlaut with libraries",
  "fuchsia-pkg://fuchsia.com/bare#bin/x": "bare",
  // No package.
  "fuchsia-pkg://fuchsia.com/none#bin/x": "ZX_ERR_NOT_FOUND",
  "fuchsia-pkg://fuchsia.com/full/1#bin/x": "ZX_ERR_NOT_FOUND",
  // No file, or something else.
  "fuchsia-pkg://fuchsia.com/full#bin/none": "ZX_ERR_NOT_FOUND",
  "fuchsia-pkg://fuchsia.com/full#bin": "ZX_ERR_IO",
  // No URL.
  "": "ZX_ERR_INTERNAL",
  "full#bin/x": "ZX_ERR_INTERNAL",
  "https://fuchsia.com/full#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg:///full#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/Full#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/..#full/bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full/..#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full/0/0#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full?hash=0#bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#bin/%ff": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#../bare/bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#bin/%2e%2e/bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#/bin/x": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#bin/x/": "ZX_ERR_INTERNAL",
  "fuchsia-pkg://fuchsia.com/full#bin%00x": "ZX_ERR_INTERNAL",
  [`fuchsia-pkg://fuchsia.com/${"n".repeat(255)}#bin/x`]: "ZX_ERR_NOT_FOUND",
  [`fuchsia-pkg://fuchsia.com/${"n".repeat(256)}#bin/x`]: "ZX_ERR_INTERNAL",
};

for (const kind of ["memory", "folder"]) {
  test(`names of files in packages, in ${kind}`, async (t) => {
    const { kernel, proxy } = connect(t, kinds(t)[kind]!);
    const before = kernel.stats();
    for (const [url, expected] of Object.entries(URLS)) {
      t.is(await resolve(proxy, url), expected, url);
    }
    const { handles, types } = kernel.stats();
    t.is(types.Vmo?.objects, before.types.Vmo?.objects);
    t.is(handles, before.handles);
  });

  test(`an executable can be executed, and its libraries be had, in ${kind}`, async (t) => {
    const { proxy } = connect(t, kinds(t)[kind]!);
    const { executable, ldsvc } = await proxy.resolve("fuchsia-pkg://fuchsia.com/full#bin/x");
    t.is(executable!.getName(), "x");
    const interesting = Rights.READ | Rights.WRITE | Rights.EXECUTE;
    t.is(executable!.rights & interesting, Rights.READ | Rights.EXECUTE);
    using loader = new LoaderProxy(ldsvc!);
    for (const [name, content] of [
      ["libx.so", "library"],
      ["sub/liby.so", "sub"],
    ] as const) {
      const object = await loader.loadObject(name);
      t.is(Buffer.from(object.read(0n, content.length)).toString(), content);
    }
    await t.throwsAsync(loader.loadObject("../bin/x"));
  });
}

test("packages in memory come before those in the folder", async (t) => {
  const { folder } = kinds(t);
  const { proxy } = connect(t, { ...folder, packages: { bare: { "bin/x": encode("mine") } } });
  t.is(await resolve(proxy, "fuchsia-pkg://fuchsia.com/bare#bin/x"), "mine");
  t.is(await resolve(proxy, "fuchsia-pkg://fuchsia.com/full#bin/x"), "full with libraries");
});

test("a file of a package in memory can be a VMO, which is cloned", async (t) => {
  const kernel = nullKernel(t);
  const vmo = kernel.vmoFromBytes(encode("vmo"));
  const resolver = new Resolver(kernel, { packages: new Map([["p", new Map([["bin/x", vmo]])]]) });
  using proxy = new ResolverProxy(resolver.connect());
  const { executable } = await proxy.resolve("fuchsia-pkg://fuchsia.com/p#bin/x");
  t.not(executable!.koid, vmo.koid);
  t.true(vmo.isValid);
  t.is(await resolve(proxy, "fuchsia-pkg://fuchsia.com/p#bin/x"), "vmo");
});

userTest("what may not be read is no reason to say that it is not there", async (t) => {
  const directory = directoryWith(t, { "closed/bin/x": "", "open/bin/x": "" });
  const { proxy } = connect(t, { directory: join(directory, "closed") });
  const { proxy: other } = connect(t, { directory });
  chmodSync(join(directory, "open/bin/x"), 0);
  chmodSync(join(directory, "closed"), 0);
  t.teardown(() => chmodSync(join(directory, "closed"), 0o700));
  t.is(await resolve(proxy, "fuchsia-pkg://fuchsia.com/bin#x"), "ZX_ERR_INTERNAL");
  t.is(await resolve(other, "fuchsia-pkg://fuchsia.com/open#bin/x"), "ZX_ERR_IO");
});

posixTest("an executable is closed if its libraries cannot be looked for", async (t) => {
  const directory = directoryWith(t, { "p/bin/x": "x" });
  symlinkSync("lib", join(directory, "p/lib"));
  const { kernel, proxy } = connect(t, { directory });
  const before = kernel.stats();
  t.is(await resolve(proxy, "fuchsia-pkg://fuchsia.com/p#bin/x"), "ZX_ERR_INTERNAL");
  t.deepEqual(kernel.stats().types, before.types);
});

test("a name of 2,048 bytes is looked at, and one more is not sent", async (t) => {
  const { proxy } = connect(t, {});
  const url = "fuchsia-pkg://fuchsia.com/p#xx";
  t.is(await resolve(proxy, url.padEnd(2048, "/x")), "ZX_ERR_NOT_FOUND");
  const error = await t.throwsAsync(proxy.resolve(url.padEnd(2049, "/x")), {
    instanceOf: fidl.FidlError,
  });
  t.is(error?.kind, "TooLong");
});

test("a Resolver in /svc, for another process than its own", async (t) => {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const resolver = new Resolver(kernel, kinds(t).memory!);
  const svc = new PseudoDirectory({ "fuchsia.process.Resolver": resolver.node() });
  const { namespace } = context.environment;
  namespace.bind("/svc", svc.connect(kernel));
  const [client, server] = context.createChannel();
  namespace.connect("/svc/fuchsia.process.Resolver", 3, server);
  using proxy = new ResolverProxy(client);
  const { executable } = await proxy.resolve("fuchsia-pkg://fuchsia.com/bare#bin/x");
  t.is(executable!.context, context);
});

test("a disposed Resolver closes its connections, and those to libraries", async (t) => {
  const { resolver, proxy } = connect(t, kinds(t).memory!);
  const url = "fuchsia-pkg://fuchsia.com/full#bin/x";
  const resolved = [await proxy.resolve(url), await proxy.resolve(url)];
  resolver.dispose();
  for (const { ldsvc } of resolved) await ldsvc!.waitOne(Signals.PEER_CLOSED);
  await t.throwsAsync(proxy.resolve(""), { code: "ZX_ERR_PEER_CLOSED" });
});

test("options are checked", (t) => {
  const kernel = nullKernel(t);
  const type = { code: "ERR_INVALID_ARG_TYPE" };
  t.throws(() => new Resolver(kernel, { directory: 1 as never }), type);
  t.throws(() => new Resolver(kernel, { packages: { p: { "bin/x": "text" as never } } }), type);
  t.throws(() => new Resolver(kernel, { packages: 1 as never }), type);
  t.throws(() => new Resolver(null as never, {}), type);
  t.throws(() => new Resolver(kernel, { folder: "" } as never), { code: "ERR_INVALID_ARG_VALUE" });
});

nativeTest("a resolved program runs with the libraries of its package", async (t) => {
  await using kernel = new Kernel();
  const files = ["lib/ld.so.1", "lib/libguest.so"].map((name) => [name, guestBytes(name)] as const);
  const hello = new Map([...files, ["bin/hello", guestBytes("hello_dynamic")]]);
  using resolver = new Resolver(kernel, { packages: { hello } });
  using launcher = new Launcher(kernel);
  using names = new ResolverProxy(resolver.connect());
  using proxy = new LauncherProxy(launcher.connect());
  const { executable, ldsvc } = await names.resolve("fuchsia-pkg://fuchsia.com/hello#bin/hello");
  const [output, standardOutput] = kernel.createSocket();
  const program = await proxy
    .addArgs(["hello"])
    .addHandles([
      { handle: ldsvc!, info: info("LdsvcLoader") },
      { handle: standardOutput, info: info("FileDescriptor", 1) },
    ])
    .launch({ executable: executable!, job: kernel.rootJob, name: "hello" });
  t.is((await program.exited()).returnCode, 0n);
  t.true(new TextDecoder().decode(output.read()).startsWith("Hello from hello\n"));
});
