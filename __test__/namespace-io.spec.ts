import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  LocalDirectory,
  type Namespace,
  ProcessContext,
  Rights,
  Signals,
  ZirconiaError,
  type ZxStatus,
} from "../index.js";
import { OpenFlags, PseudoDirectory } from "../lib/vfs/index.js";
import { nullKernel } from "./support/kernel.js";
import { settlesTo } from "./support/settled.js";
import { type Opened, serveDirectory } from "./support/spawner.js";

function process(t: ExecutionContext) {
  const kernel = nullKernel(t);
  const context = new ProcessContext(kernel, { job: kernel.rootJob });
  const { environment } = context;
  return { kernel, context, environment, namespace: environment.namespace };
}

/** A process with a directory at a path, which notes what is opened there. */
function noting(t: ExecutionContext, path = "/svc") {
  const { context, ...rest } = process(t);
  const opened: Opened[] = [];
  const clones: number[] = [];
  const [directory, server] = context.createChannel();
  serveDirectory(
    server,
    (open, object) => {
      opened.push(open);
      object.close();
    },
    {
      clone: ({ flags, object }) => {
        clones.push(flags);
        object.close();
      },
    },
  );
  rest.namespace.bind(path, directory);
  return { context, ...rest, opened, clones };
}

function fails(t: ExecutionContext, status: keyof typeof ZxStatus, work: () => unknown): void {
  t.throws(work, { instanceOf: ZirconiaError, code: `ZX_ERR_${status}` });
}

async function isClosed(channel: Channel): Promise<void> {
  await channel.waitOne(Signals.PEER_CLOSED);
  channel.close();
}

/** Connects, and expects the server end to be gone, whatever comes of it. */
async function connect(
  t: ExecutionContext,
  { namespace, context }: { namespace: Namespace; context: ProcessContext },
  path: string,
  flags = 3,
): Promise<string> {
  const [client, object] = context.createChannel();
  let status = "ZX_OK";
  try {
    namespace.connect(path, flags, object);
  } catch (error) {
    status = (error as ZirconiaError).code;
  }
  t.false(object.isValid);
  await isClosed(client);
  return status;
}

test("a directory is bound, in place of nothing else", (t) => {
  const { context, namespace } = process(t);
  const directory = new PseudoDirectory();
  namespace.bind("/pkg", directory.connect(context));
  namespace.bind("/svc/inner", directory.connect(context));
  fails(t, "ALREADY_EXISTS", () => namespace.bind("/svc", directory.connect(context)));
  fails(t, "NOT_SUPPORTED", () => namespace.bind("/pkg/lib", directory.connect(context)));
  t.deepEqual(namespace.paths, ["/pkg", "/svc/inner"]);
});

test("a directory that cannot be bound is closed", async (t) => {
  const { context, namespace } = process(t);
  const [directory, server] = context.createChannel();
  fails(t, "INVALID_ARGS", () => namespace.bind("pkg", directory));
  t.false(directory.isValid);
  await isClosed(server);
  fails(t, "BAD_HANDLE", () => namespace.bind("/pkg", directory));
  t.deepEqual(namespace.paths, []);
});

test("a directory of another process moves in, if it can", async (t) => {
  const { kernel, context, namespace } = process(t);
  namespace.bind("/pkg", new PseudoDirectory().connect(kernel));
  t.is(namespace.export()[0]!.directory.context, context);
  const [fixed, server] = kernel.createChannel();
  const bound = fixed.replace(Rights.READ | Rights.WRITE);
  fails(t, "ACCESS_DENIED", () => namespace.bind("/svc", bound));
  await isClosed(server);
});

test("unbinding closes the directory", async (t) => {
  const { context, namespace } = process(t);
  const [directory, server] = context.createChannel();
  namespace.bind("/a/b", directory);
  fails(t, "NOT_FOUND", () => namespace.unbind("/a"));
  namespace.unbind("/a/b");
  await isClosed(server);
  t.deepEqual(namespace.paths, []);
});

test("at the start the first entry counts, and others vanish silently", async (t) => {
  const { context, namespace } = process(t);
  const paths = ["/pkg", "/pkg", "/pkg/lib", "relative", "/svc/", "/tmp"];
  const channels = paths.map(() => context.createChannel());
  namespace.bindAll(paths.map((path, index) => ({ path, directory: channels[index]![0] })));
  t.deepEqual(namespace.paths, ["/pkg", "/tmp"]);
  await Promise.all(channels.slice(1, 5).map(([, server]) => isClosed(server)));
  t.is(channels[0]![1].basicInfo().relatedKoid !== 0n, true);
});

test("connecting sends flags, mode and what is left of the path", async (t) => {
  const process = noting(t);
  for (const path of ["/svc/fuchsia.process.Launcher", "/svc", "/svc/.", "/svc/a//../b/"]) {
    t.is(await connect(t, process, path), "ZX_OK");
  }
  await connect(t, process, "/svc/x", 1);
  t.deepEqual(process.opened, [
    { flags: 3, mode: 0o755, path: "fuchsia.process.Launcher" },
    { flags: 3, mode: 0o755, path: "." },
    { flags: 3, mode: 0o755, path: "." },
    { flags: 3, mode: 0o755, path: "a//../b/" },
    { flags: 1, mode: 0o755, path: "x" },
  ]);
});

for (const [path, status] of [
  ["svc", "NOT_FOUND"],
  ["", "NOT_FOUND"],
  ["/nothing", "NOT_FOUND"],
  ["/", "NOT_SUPPORTED"],
  ["/a", "NOT_SUPPORTED"],
  ["/a//b", "BAD_PATH"],
  [`/a/b/${"n".repeat(4096)}`, "INVALID_ARGS"],
] as const) {
  test(`connecting to '${path.slice(0, 12)}' is ${status}`, async (t) => {
    const process = noting(t, "/a/b");
    t.is(await connect(t, process, path), `ZX_ERR_${status}`);
    t.deepEqual(process.opened, []);
  });
}

test("4,095 bytes can be sent", async (t) => {
  const process = noting(t);
  t.is(await connect(t, process, `/svc/${"n".repeat(4095)}`), "ZX_OK");
  t.is(process.opened[0]!.path.length, 4095);
});

test("connecting to a directory that nobody serves is PEER_CLOSED", async (t) => {
  const { context, namespace } = process(t);
  const [directory, server] = context.createChannel();
  namespace.bind("/svc", directory);
  server.close();
  t.is(await connect(t, { context, namespace }, "/svc/x"), "ZX_ERR_PEER_CLOSED");
});

test("opening adds DESCRIBE", async (t) => {
  const { environment, opened } = noting(t);
  const expected = { instanceOf: ZirconiaError, code: "ZX_ERR_PEER_CLOSED" };
  await t.throwsAsync(environment.open("/svc/bin/x", OpenFlags.READABLE), expected);
  t.deepEqual(opened, [{ flags: 0x80_0001, mode: 0o755, path: "bin/x" }]);
});

test("on the way to directories there is what leads there", async (t) => {
  const { namespace } = noting(t, "/a/b");
  const root = await namespace.open("/", OpenFlags.READABLE);
  t.true(root instanceof LocalDirectory);
  t.deepEqual((root as LocalDirectory).names, ["a"]);
  const inner = await namespace.open("/a", OpenFlags.READABLE);
  t.deepEqual((inner as LocalDirectory).names, ["b"]);
});

test("what is bound already cannot be created", async (t) => {
  const { environment, opened } = noting(t);
  const flags = OpenFlags.READABLE | OpenFlags.CREATE;
  for (const path of ["/svc", "/svc/."]) {
    const expected = { instanceOf: ZirconiaError, code: "ZX_ERR_ALREADY_EXISTS" };
    await t.throwsAsync(environment.open(path, flags), expected);
  }
  t.deepEqual(opened, []);
  await t.throwsAsync(environment.open("/svc/new", flags), { code: "ZX_ERR_PEER_CLOSED" });
  t.is(opened.length, 1);
});

test("exporting clones every directory with the same rights", async (t) => {
  const { kernel, context, namespace, clones } = noting(t, "/z/svc");
  namespace.bind("/a", new PseudoDirectory().connect(context));
  const before = kernel.stats();
  const entries = namespace.export();
  t.deepEqual(
    entries.map(({ path }) => path),
    ["/z/svc", "/a"],
  );
  await isClosed(entries[0]!.directory);
  t.deepEqual(clones, [OpenFlags.CLONE_SAME_RIGHTS]);
  entries[1]!.directory.close();
  await settlesTo(t, kernel, before);
});

test("exporting fails as a whole", async (t) => {
  const { kernel, context, namespace } = process(t);
  namespace.bind("/a", new PseudoDirectory().connect(context));
  const [directory, server] = context.createChannel();
  namespace.bind("/b", directory);
  server.close();
  const before = kernel.stats();
  fails(t, "PEER_CLOSED", () => namespace.export());
  await settlesTo(t, kernel, before);
});

test("an exported directory is the directory", async (t) => {
  const { kernel, context, namespace } = process(t);
  namespace.bind("/pkg", new PseudoDirectory({ file: "content" }).connect(context));
  const other = new ProcessContext(kernel, { job: kernel.rootJob });
  other.environment.namespace.bindAll(namespace.export());
  const fd = await other.environment.open("/pkg/file", OpenFlags.READABLE);
  t.is(other.environment.descriptors.kind(fd), "file");
});

test("services are looked for in /svc, which is opened once", async (t) => {
  const { kernel, context, environment, namespace } = process(t);
  fails(t, "NOT_FOUND", () => environment.services.connect("a.Service"));
  const opened: Opened[] = [];
  const serve = (channel: Channel) =>
    serveDirectory(channel, (open, object) => {
      opened.push(open);
      if (open.path === ".") serve(object);
      else object.close();
    });
  const [directory, server] = context.createChannel();
  serve(server);
  namespace.bind("/svc", directory);
  await isClosed(environment.services.connect("a.Service"));
  const before = kernel.stats();
  await isClosed(environment.services.connect("another.Service"));
  await settlesTo(t, kernel, before);
  t.deepEqual(opened, [
    { flags: 3, mode: 0o755, path: "." },
    { flags: 3, mode: 0o755, path: "a.Service" },
    { flags: 3, mode: 0o755, path: "another.Service" },
  ]);
});

test("/svc is opened anew when nobody serves it any more", async (t) => {
  const { context, environment, namespace } = process(t);
  const [directory, server] = context.createChannel();
  namespace.bind("/svc", directory);
  environment.services.connect("a.Service");
  server.close();
  fails(t, "PEER_CLOSED", () => environment.services.connect("a.Service"));
  namespace.unbind("/svc");
  const [next, nextServer] = context.createChannel();
  namespace.bind("/svc", next);
  environment.services.connect("a.Service");
  await nextServer.waitOne(Signals.READABLE);
  t.pass();
});
