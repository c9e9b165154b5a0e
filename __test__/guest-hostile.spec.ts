// Programs whose servers lie. A reply that is none must be an error to a program: it does not crash,
// as it would if it read beyond the message, and does not hang.

import type { ExecutionContext } from "ava";

import { type Channel, HandleType, Kernel, ZxStatus } from "../index.js";
import { closeHandles } from "../lib/fidl/handles.js";
import * as fidl from "../lib/fidl/index.js";
import { decodeBody } from "../lib/fidl/message.js";
import { HostDirectory, PseudoDirectory } from "../lib/vfs/index.js";
import {
  directoryAt,
  honest,
  lies,
  sendOnOpen,
  serve,
  type Spoil,
  write,
} from "./support/liars.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { runProgram } from "./support/run-program.js";
import { endUtil, installedLibraries, setupUtil, startUtil } from "./support/util-process.js";

const { Directory, File, Node } = fidl.io;
const OK = { s: ZxStatus.OK };
/** What programs return that fail, or are told that 1 is a status. */
const STATUSES = [...Object.values(ZxStatus), 1].map(BigInt);

/** What becomes of a program if a message of this size is honest, and if it is not. */
interface Outcome {
  size: number;
  good: bigint;
  bad: readonly bigint[];
}

/** Runs a program with an honest server, and with all that lie. */
async function endures(
  t: ExecutionContext,
  { size, good, bad }: Outcome,
  attempt: (kernel: Kernel, spoil: Spoil) => Promise<bigint>,
): Promise<void> {
  await using kernel = new Kernel();
  t.is(await attempt(kernel, honest), good);
  for (const [index, spoil] of lies(size).entries()) {
    const code = await attempt(kernel, spoil);
    // Not every word matters.
    t.true(code === good || bad.includes(code), `lie ${index}: ${code}`);
  }
}

for (const format of [1, 2] as const) {
  nativeTest(`what a file descriptor is, in wire format ${format}`, (t) =>
    endures(t, { size: format === 1 ? 48 : 32, good: 73n, bad: [-3n] }, (kernel, spoil) => {
      const socket = () => kernel.createSocket()[0];
      const [node, server] = kernel.createChannel();
      void serve(server, (header) => {
        const info = { kind: "pipe", value: { socket: socket() } } as const;
        write(server, { ...header, format }, Node.methods.Describe.response, { info }, spoil);
        return "over";
      });
      return runProgram(kernel, ["spawn_child", "--action", "clone-and-transfer-fd"], {
        handles: [
          [HandleType.FileDescriptor, 21, socket()],
          [HandleType.FileDescriptor, 22, node],
        ],
      });
    }),
  );

  const stat = (kernel: Kernel, onOpen: Spoil, getAttr: Spoil) => {
    const { ordinal, response } = Node.methods.GetAttr;
    const number = { id: 1n, contentSize: 1n, storageSize: 1n, linkCount: 1n };
    const attributes = { mode: 0x8000, ...number, creationTime: 1n, modificationTime: 1n };
    const directory = directoryAt(kernel, "/h", (node) => {
      sendOnOpen(node, "file", format, onOpen);
      void serve(node, (header) => {
        if (header.ordinal === ordinal) {
          write(node, { ...header, format }, response, { ...OK, attributes }, getAttr);
        }
        return "over";
      });
    });
    return runProgram(kernel, ["spawn_child", "--stat", "/h/x"], { names: [directory] });
  };

  nativeTest(`whether a node is open, in wire format ${format}`, (t) =>
    endures(t, { size: format === 1 ? 56 : 48, good: 76n, bad: [-6n] }, (kernel, spoil) =>
      stat(kernel, spoil, honest),
    ),
  );

  nativeTest(`a node's attributes, in wire format ${format}`, (t) =>
    endures(t, { size: 80, good: 76n, bad: [-6n] }, (kernel, spoil) => stat(kernel, honest, spoil)),
  );
}

nativeTest("a file's memory", (t) =>
  // It is executable all right, but there is no job to spawn it in.
  endures(t, { size: 48, good: BigInt(ZxStatus.BAD_HANDLE), bad: STATUSES }, (kernel, spoil) => {
    const { ordinal, response } = File.methods.GetBuffer;
    const directory = directoryAt(kernel, "/h", (node) => {
      sendOnOpen(node, "file");
      void serve(node, (header) => {
        if (header.ordinal === ordinal) {
          const buffer = { vmo: kernel.createVmo(4096n), size: 4096n };
          write(node, header, response, { ...OK, buffer }, spoil);
        }
        return "over";
      });
    });
    return runProgram(kernel, ["spawn_child", "--spawn", "/h/x"], { names: [directory] });
  }),
);

nativeTest("a process that a Launcher has launched", (t) =>
  // ZX_TASK_RETCODE_SYSCALL_KILL
  endures(t, { size: 24, good: -1024n, bad: STATUSES }, (kernel, spoil) => {
    const { ordinal, response } = fidl.process.Launcher.methods.Launch;
    const services = directoryAt(kernel, "/svc", (launcher) => {
      void serve(launcher, (header, message) => {
        closeHandles(message.handles);
        if (header.ordinal !== ordinal) return "more";
        const { process } = kernel.rootJob.createProcess("ended");
        process.kill();
        write(launcher, header, response, { status: ZxStatus.OK, process }, spoil);
        return "over";
      });
    });
    const files = new PseudoDirectory({ bin: new HostDirectory(guest(".")) });
    return runProgram(kernel, ["launcher_client", "1", "17"], {
      names: [services, { path: "/pkg", directory: files.connect(kernel) }],
      handles: [
        [HandleType.DefaultJob, 0, kernel.rootJob.duplicate()],
        [HandleType.User0, 0, kernel.createSocket()[0]],
      ],
    });
  }),
);

nativeTest("a library that a loader service has", (t) =>
  endures(t, { size: 24, good: 0n, bad: [127n] }, (kernel, spoil) => {
    const { request, response } = fidl.ldsvc.Loader.methods.LoadObject;
    const [loader, server] = kernel.createChannel();
    void serve(server, (header, message) => {
      const { objectName: name } = decodeBody(message, header.format, request);
      const object = kernel.vmoFromBytes(guestBytes(`lib/${name}`), { name });
      // The first one is for who builds the process.
      const isLinker = name === "ld.so.1";
      write(server, header, response, { rv: ZxStatus.OK, object }, isLinker ? honest : spoil);
      return isLinker ? "more" : "over";
    });
    return runProgram(kernel, ["hello_dynamic"], { loader });
  }),
);

/** Asks process_builder_test_util for what it finds at /h; `undefined` if it gives the asker up. */
async function ask(
  t: ExecutionContext,
  kernel: Kernel,
  ask: "readFile" | "dumpNamespace",
  open: (node: Channel) => void,
): Promise<string | undefined> {
  using libraries = installedLibraries(kernel);
  const { builder, util } = setupUtil(kernel);
  builder
    .setLoaderService(libraries.connect())
    .addNamespaceEntries([directoryAt(kernel, "/h", open)]);
  const process = startUtil(t, await builder.build());
  const asked =
    ask === "readFile" ? util.proxy.readFile({ path: "/h/x" }) : util.proxy.dumpNamespace();
  const contents = await asked.then(
    (reply) => reply.contents,
    () => undefined,
  );
  await endUtil(t, process, util);
  return contents;
}

nativeTest("what a file holds", async (t) => {
  const read = (kernel: Kernel, spoil: Spoil) =>
    ask(t, kernel, "readFile", (node) => {
      const { ordinal, response } = File.methods.Read;
      sendOnOpen(node, "file");
      const parts = ["text", ""];
      void serve(node, (header) => {
        if (header.ordinal !== ordinal) return "over";
        write(node, header, response, { ...OK, data: Buffer.from(parts.shift()!) }, spoil);
        return spoil === honest ? "more" : "over";
      });
    });
  await using kernel = new Kernel();
  t.is(await read(kernel, honest), "text");
  for (const spoil of lies(48)) {
    t.regex((await read(kernel, spoil))!, /^read_to_string failed: /);
  }
});

nativeTest("what a directory holds", async (t) => {
  const dump = (kernel: Kernel, spoil: Spoil) =>
    ask(t, kernel, "dumpNamespace", (node) => {
      const { ordinal, response } = Directory.methods.ReadDirents;
      sendOnOpen(node, "directory");
      const parts = [`${"\xff".repeat(8)}\x01\x08a`, ""];
      void serve(node, (header) => {
        if (header.ordinal !== ordinal) return "over";
        const dirents = Buffer.from(parts.shift()!, "latin1");
        write(node, header, response, { ...OK, dirents }, spoil);
        return spoil === honest ? "more" : "over";
      });
    });
  await using kernel = new Kernel();
  t.is(await dump(kernel, honest), "/h, /h/a");
  for (const spoil of lies(56)) {
    // A name that is no UTF-8 cannot be told.
    t.regex((await dump(kernel, spoil)) ?? "", /^(\/h.*)?$/s);
  }
});
