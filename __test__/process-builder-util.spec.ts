// What process_builder_test_util itself does, beyond what the tests of process_builder ask of it.

import type { ExecutionContext } from "ava";

import { HandleInfo, HandleType, Kernel, ZxStatus } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { OpenFlags, PseudoDirectory } from "../lib/vfs/index.js";
import { nativeTest } from "./support/native.js";
import {
  type DirectoryClient,
  endUtil,
  installedLibraries,
  openUtil,
  startUtil,
  utilBuilder,
} from "./support/util-process.js";

/** Starts it with a directory that stays connected, for a test that ends with its exit. */
async function start(
  t: ExecutionContext,
  kernel: Kernel,
  prepare: (builder: ReturnType<typeof utilBuilder>) => void = () => {},
) {
  const [client, request] = kernel.createChannel();
  using libraries = installedLibraries(kernel);
  const builder = utilBuilder(kernel, "newest")
    .setLoaderService(libraries.connect())
    .addHandles([{ handle: request, info: new HandleInfo(HandleType.DirectoryRequest) }]);
  prepare(builder);
  const process = startUtil(t, await builder.build());
  const directory: DirectoryClient = new fidl.Client(fidl.io.Directory, client);
  // Once it answers, it is linked, and needs no libraries any more.
  await directory.proxy.describe();
  return { process, directory };
}

nativeTest("ten are served at once, and the eleventh when one of them is gone", async (t) => {
  await using kernel = new Kernel();
  const { process, directory } = await start(t, kernel);
  const utils = Array.from({ length: 11 }, () => openUtil(kernel, directory));
  directory.close();
  let answered = false;
  const last = utils.at(-1)!.proxy.getArgumentCount();
  void last.then(() => (answered = true));
  for (const util of utils.slice(0, 10)) {
    t.deepEqual(await util.proxy.getArgumentCount(), { count: 0n });
  }
  t.false(answered);
  utils[4]!.close();
  t.deepEqual(await last, { count: 0n });
  utils.slice(0, 10).forEach((util) => util.close());
  await endUtil(t, process, utils.at(-1)!);
});

nativeTest("the first connection has the lifecycle channel, and no other", async (t) => {
  await using kernel = new Kernel();
  const [handle] = kernel.createChannel();
  const { koid } = handle;
  const { process, directory } = await start(t, kernel, (builder) =>
    builder.addHandles([{ handle, info: new HandleInfo(HandleType.Lifecycle) }]),
  );
  const [first, second] = [openUtil(kernel, directory), openUtil(kernel, directory)];
  t.deepEqual(await second.proxy.getLifecycleKoid(), { koid: 0n });
  t.deepEqual(await first.proxy.getLifecycleKoid(), { koid });
  [first, second].forEach((util) => util.close());
  // The directory keeps it alive.
  const third = openUtil(kernel, directory);
  t.deepEqual(await third.proxy.getLifecycleKoid(), { koid: 0n });
  directory.close();
  await endUtil(t, process, third);
});

const failed = (status: string) => `read_to_string failed: ${status}`;

nativeTest("files that cannot be read are told by their status", async (t) => {
  await using kernel = new Kernel();
  using files = new PseudoDirectory({
    folder: new PseudoDirectory(),
    binary: Uint8Array.of(0x61, 0xff),
    empty: "",
    long: "x".repeat(30_000),
    "too long": "x".repeat(65_536),
  });
  const { process, directory } = await start(t, kernel, (builder) =>
    builder.addNamespaceEntries([{ path: "/files", directory: files.connect(kernel) }]),
  );
  const util = openUtil(kernel, directory);
  directory.close();
  const expected = {
    "/files/empty": "",
    "/files/long": "x".repeat(30_000),
    "/files/too long": failed("OUT_OF_RANGE"),
    "/files/binary": failed("IO_DATA_INTEGRITY"),
    "/files/folder": failed("NOT_FILE"),
    "/files/missing": failed("NOT_FOUND"),
    "/missing": failed("NOT_FOUND"),
    missing: failed("NOT_FOUND"),
    "/": failed("NOT_SUPPORTED"),
  };
  for (const [path, contents] of Object.entries(expected)) {
    t.deepEqual(await util.proxy.readFile({ path }), { contents }, path);
  }
  await endUtil(t, process, util);
});

nativeTest("what is too long for a reply ends the connection, and only that", async (t) => {
  await using kernel = new Kernel();
  const { process, directory } = await start(t, kernel, (builder) =>
    builder.addArguments(Array<string>(10_000).fill("arg")),
  );
  const util = openUtil(kernel, directory);
  await t.throwsAsync(util.proxy.getArguments(), { code: "ZX_ERR_PEER_CLOSED" });
  const other = openUtil(kernel, directory);
  t.deepEqual(await other.proxy.getArgumentCount(), { count: 10_000n });
  directory.close();
  await endUtil(t, process, other);
});

nativeTest("what has no name or no = is no variable", async (t) => {
  await using kernel = new Kernel();
  const { process, directory } = await start(t, kernel, (builder) =>
    builder.addEnvironmentVariables(["A=", "A==b", "none", "=C=d", ""]),
  );
  const util = openUtil(kernel, directory);
  directory.close();
  t.deepEqual(await util.proxy.getEnvironment(), {
    vars: [
      { key: "A", value: "" },
      { key: "A", value: "=b" },
      { key: "=C", value: "d" },
    ],
  });
  t.deepEqual(await util.proxy.getEnvironmentCount(), { count: 3n });
  await endUtil(t, process, util);
});

nativeTest("its directory has one entry, and can be opened and cloned", async (t) => {
  await using kernel = new Kernel();
  const { process, directory } = await start(t, kernel);
  const { proxy } = directory;
  t.deepEqual(await proxy.describe(), { info: { kind: "directory", value: {} } });
  const read = async (maxBytes: bigint) => {
    const { s, dirents } = await proxy.readDirents({ maxBytes });
    return { s, text: Buffer.from(dirents).toString("latin1") };
  };
  const unknown = "\xff".repeat(8);
  const self = `${unknown}\x01\x04.`;
  const service = `${unknown}\x18\x10test.processbuilder.Util`;
  t.deepEqual(await read(10n), { s: ZxStatus.BUFFER_TOO_SMALL, text: "" });
  t.deepEqual(await read(44n), { s: ZxStatus.OK, text: self });
  t.deepEqual(await read(8192n), { s: ZxStatus.OK, text: service });
  t.deepEqual(await read(8192n), { s: ZxStatus.OK, text: "" });
  t.deepEqual(await proxy.rewind(), { s: ZxStatus.OK });
  t.deepEqual(await read(45n), { s: ZxStatus.OK, text: self + service });

  const open = async (path: string, flags = 0) => {
    const [client, object] = kernel.createChannel();
    using node = new fidl.Client(fidl.io.Node, client);
    proxy.open({ flags: OpenFlags.READABLE | OpenFlags.DESCRIBE | flags, mode: 0, path, object });
    const { value } = await node.nextEvent();
    return value;
  };
  t.like(await open("."), { s: ZxStatus.OK, info: { kind: "directory" } });
  t.like(await open("test.processbuilder.Util"), { s: ZxStatus.OK, info: { kind: "service" } });
  t.like(await open("test.processbuilder.Util", OpenFlags.DIRECTORY), { s: ZxStatus.NOT_DIR });
  t.like(await open("svc"), { s: ZxStatus.NOT_FOUND });

  const [client, object] = kernel.createChannel();
  proxy.clone({ flags: OpenFlags.CLONE_SAME_RIGHTS, object });
  t.deepEqual(await proxy.close(), { s: ZxStatus.OK });
  directory.close();
  const clone: DirectoryClient = new fidl.Client(fidl.io.Directory, client);
  const util = openUtil(kernel, clone);
  clone.close();
  t.deepEqual(await util.proxy.dumpNamespace(), { contents: "" });
  await endUtil(t, process, util);
});
