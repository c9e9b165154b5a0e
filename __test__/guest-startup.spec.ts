// What libguest.so makes of file descriptors and the namespace, by libfdio's rules.

import type { ExecutionContext } from "ava";

import {
  type Channel,
  type Handle,
  HandleType,
  Kernel,
  type NamespaceEntry,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import type { ValueOf } from "../lib/fidl/type.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { nativeTest } from "./support/native.js";
import { type Given, runProgram } from "./support/run-program.js";
import { endUtil, installedLibraries, setupUtil, startUtil } from "./support/util-process.js";

const decoder = new TextDecoder();
const USE_FOR_STDIO = 0x8000;

/** Runs a program with handles for file descriptors, by their numbers: its return code. */
function run(
  kernel: Kernel,
  args: readonly [program: string, ...rest: string[]],
  fds: readonly [number: number, handle: Handle][],
): Promise<bigint> {
  const handles: Given["handles"] = fds.map(([number, handle]) => [
    HandleType.FileDescriptor,
    number,
    handle,
  ]);
  return runProgram(kernel, args, { handles });
}

const refuse = () => {
  throw new Error("nobody asks for this");
};

/** Serves a node that is what this says, and keeps what happens to it. */
function serveNode(channel: Channel, info: ValueOf<typeof fidl.io.NodeInfo>) {
  const calls: string[] = [];
  let written = "";
  const { closed } = fidl.serve(fidl.io.File, channel, {
    clone: refuse,
    close: () => {
      calls.push("close");
      return { s: ZxStatus.OK };
    },
    describe: () => {
      calls.push("describe");
      return { info };
    },
    sync: refuse,
    getAttr: refuse,
    setAttr: refuse,
    nodeGetFlags: refuse,
    nodeSetFlags: refuse,
    read: refuse,
    readAt: refuse,
    write: ({ data }) => {
      // A server need not take everything at once.
      const part = data.subarray(0, 100);
      written += decoder.decode(part);
      return { s: ZxStatus.OK, actual: BigInt(part.length) };
    },
    writeAt: refuse,
    seek: refuse,
    truncate: refuse,
    getFlags: refuse,
    setFlags: refuse,
    getBuffer: refuse,
  });
  return { calls, closed, written: () => written };
}

const HELLO = /^Hello from hello_dynamic\narg 0: hello_dynamic\n[^]*\nclock: running\n$/;

nativeTest("a node is asked what it is, written to, and closed once", async (t) => {
  await using kernel = new Kernel();
  const [client, server] = kernel.createChannel();
  const { calls, closed, written } = serveNode(server, { kind: "tty", value: {} });
  // It stands for standard output and error, too.
  t.is(await run(kernel, ["hello_dynamic"], [[USE_FOR_STDIO, client]]), 0n);
  t.is(await closed, undefined);
  t.deepEqual(calls, ["describe", "close"]);
  t.regex(written(), HELLO);
});

nativeTest("a node that is a pipe gives its socket, and is no longer needed", async (t) => {
  await using kernel = new Kernel();
  const [client, server] = kernel.createChannel();
  const [output, socket] = kernel.createSocket();
  const { calls, closed } = serveNode(server, { kind: "pipe", value: { socket } });
  t.is(await run(kernel, ["hello_dynamic"], [[1, client]]), 0n);
  t.is(await closed, undefined);
  t.deepEqual(calls, ["describe"]);
  t.regex(decoder.decode(output.read()), HELLO);
});

nativeTest("what is no file descriptor leaves its number free", async (t) => {
  await using kernel = new Kernel();
  const check = (first: Handle, second: Handle) =>
    run(
      kernel,
      ["spawn_child", "--action", "clone-and-transfer-fd"],
      [
        [21, first],
        [22, second],
      ],
    );
  const [first, second] = kernel.createSocket();
  t.is(await check(first, second), 73n);
  // An event, a channel that is not served, and memory, which cannot be cloned.
  const [unserved, end] = kernel.createChannel();
  end.close();
  for (const other of [kernel.createEvent(), unserved, kernel.createVmo(1n)]) {
    t.is(await check(kernel.createSocket()[0], other), -3n);
  }
});

nativeTest("numbers of file descriptors that cannot be end the process", async (t) => {
  await using kernel = new Kernel();
  const socket = () => kernel.createSocket()[0];
  const program: [string] = ["hello_dynamic"];
  t.is(await run(kernel, program, [[1023, socket()]]), 0n);
  t.is(await run(kernel, program, [[1024, socket()]]), -1n);
  const twice: [number, Handle][] = [
    [5, socket()],
    [5, socket()],
  ];
  t.is(await run(kernel, program, twice), -1n);
});

/** What is in a namespace of these entries. */
async function dump(t: ExecutionContext, names: (kernel: Kernel) => NamespaceEntry[]) {
  await using kernel = new Kernel();
  using libraries = installedLibraries(kernel);
  const { builder, util } = setupUtil(kernel);
  builder.setLoaderService(libraries.connect()).addNamespaceEntries(names(kernel));
  const process = startUtil(t, await builder.build());
  const { contents } = await util.proxy.dumpNamespace();
  await endUtil(t, process, util);
  return contents;
}

nativeTest("of entries that overlap the first one wins, and the others vanish", async (t) => {
  const directories = Object.fromEntries(
    ["one", "two", "three", "four", "five", "six"].map((name) => [
      name,
      new PseudoDirectory({ [name]: name }),
    ]),
  );
  const names = {
    "/a/b": "one",
    "/a": "two",
    "/a/b/c": "three",
    relative: "four",
    "/a/d": "five",
    "/e/": "six",
  };
  const contents = await dump(t, (kernel) =>
    Object.entries(names).map(([path, name]) => ({
      path,
      directory: directories[name]!.connect(kernel),
    })),
  );
  t.is(contents, "/a, /a/b, /a/b/one, /a/d, /a/d/five");
  Object.values(directories).forEach((directory) => directory.dispose());
});

nativeTest("an entry may be the whole namespace", async (t) => {
  using root = new PseudoDirectory({
    file: "",
    folder: new PseudoDirectory({ inner: "" }),
    last: new PseudoDirectory(),
  });
  const contents = await dump(t, (kernel) => [{ path: "/", directory: root.connect(kernel) }]);
  t.is(contents, "/file, /folder, /folder/inner, /last");
});

nativeTest("a namespace without entries, and a directory that nobody serves", async (t) => {
  t.is(await dump(t, () => []), "");
  const contents = await dump(t, (kernel) => {
    const [directory, end] = kernel.createChannel();
    end.close();
    return [{ path: "/gone", directory }];
  });
  t.is(contents, "/gone");
});
