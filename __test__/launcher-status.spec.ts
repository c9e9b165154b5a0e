import test, { type ExecutionContext } from "ava";

import {
  type Handle,
  type Job,
  type Kernel,
  Launcher,
  LauncherProxy,
  type LaunchFailure,
  type LaunchInfo,
  LoaderService,
  ProcessContext,
  Rights,
  Signals,
  type Vmo,
  ZirconiaError,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { dynamicPie, elfFile, load, PF, staticPie } from "./support/elf-file.js";
import { encodeReply } from "./support/fidl.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import {
  type Connected,
  connectLauncher,
  deadDirectory,
  launchInfo,
  namesAt,
  statusOf,
  warmUp,
} from "./support/launcher.js";

/** A client that adds something to a launch. What it keeps is closed after the launch. */
interface Client extends Connected {
  keep<T extends Handle>(handle: T): T;
}

/** What is added to a launch: the status, and the text of the error that is logged. */
type Row = [
  add: (client: Client) => Partial<LaunchInfo> | LauncherProxy,
  status: keyof typeof ZxStatus,
  message: string | RegExp,
];

const BUILD = "Failed to build new process: ";
const LOAD = `${BUILD}Failed to load dynamic linker from fuchsia.ldsvc.Loader: `;

/** A job that was killed before anything is built in it. */
function killedJob({ kernel, keep }: Client): Job {
  const job = keep(kernel.rootJob.createJob());
  job.kill();
  return job;
}

function executableWithout(kernel: Kernel, right: number): { executable: Vmo } {
  const { executable } = launchInfo(kernel);
  return { executable: executable.replace(executable.rights & ~right) };
}

/** A dynamic executable, and a loader service whose answer is there before it is asked. */
function dynamic(
  { kernel, proxy, keep }: Client,
  answer: { bytes: Uint8Array; handles?: readonly Handle[] },
  file = dynamicPie("ld.so.1\0"),
): Partial<LaunchInfo> {
  const [loader, server] = kernel.createChannel();
  keep(server).write(answer.bytes, answer.handles);
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  return { executable: kernel.vmoFromBytes(file) };
}

/** The first answer of a loader service to a client. */
function loaded(rv: number, object?: Vmo) {
  const value = { rv, ...(object === undefined ? {} : { object }) };
  return encodeReply(fidl.ldsvc.Loader.methods.LoadObject, 1, value);
}

const ROWS: Record<string, Row> = {
  "a name with a NUL, before a job that was killed": [
    (client) => ({ name: "a\0b", job: killedJob(client) }),
    "INVALID_ARGS",
    "Invalid arg: Process name contained null byte",
  ],
  "a job handle without MANAGE_PROCESS and WRITE, before an argument with a NUL": [
    ({ kernel, proxy, keep }) => {
      proxy.addArgs(["a\0b"]);
      const rights = kernel.rootJob.rights & ~(Rights.MANAGE_PROCESS | Rights.WRITE);
      return { job: keep(kernel.rootJob.duplicate(rights)) };
    },
    "ACCESS_DENIED",
    `${BUILD}Failed to create process: ACCESS_DENIED`,
  ],
  "a job that was killed, before an argument with a NUL": [
    (client) => {
      client.proxy.addArgs(["a\0b"]);
      return { job: killedJob(client) };
    },
    "BAD_STATE",
    `${BUILD}Failed to create process: BAD_STATE`,
  ],
  "options that nobody knows, before an argument with a NUL": [
    ({ proxy }) => proxy.addArgs(["a\0b"]).setOptions(0x8000_0000),
    "INVALID_ARGS",
    `${BUILD}Failed to create process: INVALID_ARGS`,
  ],
  "an argument with a NUL, before a variable with one": [
    ({ proxy }) => proxy.addArgs(["fine", "a\0b"]).addEnvirons(["a\0b"]),
    "INVALID_ARGS",
    "Invalid arg: Argument contained null byte",
  ],
  "a variable with a NUL, before a path with one": [
    ({ kernel, proxy }) => proxy.addEnvirons(["a\0b"]).addNames(namesAt(kernel, ["/a\0b"])),
    "INVALID_ARGS",
    "Invalid arg: Environment string contained null byte",
  ],
  "a path with a NUL, before a handle id of no type": [
    ({ kernel, proxy }) =>
      proxy
        .addHandles([{ handle: kernel.createEvent(), info: 0xff }])
        .addNames(namesAt(kernel, ["/fine", "/a\0b"])),
    "INVALID_ARGS",
    "Invalid arg: Namespace path contained null byte",
  ],
  "a handle id of no type, before a type that is not the client's to give": [
    ({ kernel, proxy }) =>
      proxy.addHandles([
        { handle: kernel.createEvent(), info: info("ProcessSelf") },
        { handle: kernel.createEvent(), info: 0xff },
      ]),
    "INVALID_ARGS",
    "Invalid handle info: Unknown handle type for HandleInfo: 0xff",
  ],
  "a handle id with bits between type and argument": [
    ({ kernel, proxy }) => proxy.addHandles([{ handle: kernel.createEvent(), info: 0x0001_0130 }]),
    "INVALID_ARGS",
    "Invalid handle info: Invalid value for HandleInfo: 0x10130",
  ],
  "a directory among the handles, before a file that is no ELF file": [
    ({ kernel, proxy }) => {
      proxy.addHandles([{ handle: deadDirectory(kernel), info: info("NamespaceDirectory") }]);
      return { executable: kernel.createVmo(1n) };
    },
    "INVALID_ARGS",
    `${BUILD}Cannot add NamespaceDirectory handles directly, use add_namespace_entries`,
  ],
  "an executable that cannot be read": [
    ({ kernel }) => executableWithout(kernel, Rights.READ),
    "ACCESS_DENIED",
    /Failed to parse ELF: .*ACCESS_DENIED/,
  ],
  "a file that is no ELF file": [
    ({ kernel }) => ({ executable: kernel.createVmo(4096n) }),
    "NOT_FOUND",
    /Failed to parse ELF: .*magic/,
  ],
  "a file for another machine": [
    ({ kernel }) => ({ executable: kernel.vmoFromBytes(elfFile({ target: "aarch64" })) }),
    "NOT_FOUND",
    /Failed to parse ELF: .*arch/,
  ],
  "segments that overlap": [
    ({ kernel }) => {
      const segments = [load(1, PF.R | PF.X), load(0, PF.R)];
      return { executable: kernel.vmoFromBytes(elfFile({ segments })) };
    },
    "NOT_FOUND",
    /Failed to parse ELF: /,
  ],
  "nothing to load": [
    ({ kernel }) => ({ executable: kernel.vmoFromBytes(elfFile({ segments: [] })) }),
    "NOT_FOUND",
    /Failed to load ELF: /,
  ],
  "an executable that may not be executed": [
    ({ kernel }) => executableWithout(kernel, Rights.EXECUTE),
    "ACCESS_DENIED",
    /Failed to load ELF: .*ACCESS_DENIED/,
  ],
  "a dynamic executable without a loader service": [
    ({ kernel }) => ({ executable: kernel.vmoFromBytes(dynamicPie("ld.so.1\0")) }),
    "INVALID_ARGS",
    `${BUILD}Failed to build process with dynamic ELF, missing fuchsia.ldsvc.Loader handle`,
  ],
  "a dynamic linker's name without a NUL": [
    (client) => dynamic(client, loaded(ZxStatus.OK), dynamicPie("ld.so.1")),
    "INVALID_ARGS",
    `${BUILD}Invalid PT_INTERP header: Missing null terminator`,
  ],
  "a dynamic linker's name that is no UTF-8": [
    (client) => {
      const bytes = dynamicPie("ld.so.1\0");
      bytes[bytes.indexOf("ld.so.1".charCodeAt(0), 0x800)] = 0xff;
      return dynamic(client, loaded(ZxStatus.OK), bytes);
    },
    "INVALID_ARGS",
    `${BUILD}Invalid PT_INTERP header: Invalid UTF8`,
  ],
  "a loader service that is gone": [
    ({ kernel, proxy }) => {
      proxy.addHandles([{ handle: deadDirectory(kernel), info: info("LdsvcLoader") }]);
      return { executable: kernel.vmoFromBytes(dynamicPie("ld.so.1\0")) };
    },
    "NOT_FOUND",
    `${LOAD}A FIDL client's channel to the protocol (anonymous) Loader was closed: PEER_CLOSED`,
  ],
  "a loader service that is no channel": [
    ({ kernel, proxy }) => {
      proxy.addHandles([{ handle: kernel.createEvent(), info: info("LdsvcLoader") }]);
      return { executable: kernel.vmoFromBytes(dynamicPie("ld.so.1\0")) };
    },
    "NOT_FOUND",
    `${LOAD}A FIDL client's channel to the protocol (anonymous) Loader failed: WRONG_TYPE`,
  ],
  "a loader service that answers nonsense": [
    (client) => dynamic(client, { bytes: Uint8Array.of(1) }),
    "NOT_FOUND",
    `${LOAD}message is too short`,
  ],
  "a loader service without the linker": [
    (client) => dynamic(client, loaded(ZxStatus.NOT_FOUND)),
    "NOT_FOUND",
    `${LOAD}NOT_FOUND`,
  ],
  "a loader service's own status": [
    (client) => dynamic(client, loaded(ZxStatus.NO_SPACE)),
    "NO_SPACE",
    `${LOAD}NO_SPACE`,
  ],
  "a loader service that is content and sends nothing": [
    (client) => dynamic(client, loaded(ZxStatus.OK)),
    "INTERNAL",
    `${BUILD}load_object status was OK but no VMO: INTERNAL`,
  ],
  "a linker that is no ELF file": [
    (client) => dynamic(client, loaded(ZxStatus.OK, client.kernel.createVmo(4096n))),
    "NOT_FOUND",
    /Failed to parse ELF: .*magic/,
  ],
  "a linker that may not be executed": [
    (client) => {
      const { executable } = executableWithout(client.kernel, Rights.EXECUTE);
      return dynamic(client, loaded(ZxStatus.OK, executable));
    },
    "ACCESS_DENIED",
    /Failed to load ELF: .*ACCESS_DENIED/,
  ],
  "more handles than a bootstrap message takes": [
    ({ kernel, proxy }) =>
      proxy.addHandles(
        Array.from({ length: 60 }, (_, arg) => ({
          handle: kernel.createEvent(),
          info: info("User0", arg),
        })),
      ),
    "INVALID_ARGS",
    /handles/,
  ],
  "more bytes than a bootstrap message takes": [
    ({ proxy }) => proxy.addArgs(["a".repeat(40_000), "b".repeat(40_000)]),
    "INVALID_ARGS",
    /size/,
  ],
};

for (const type of [
  "ProcessSelf",
  "ThreadSelf",
  "RootVmar",
  "LoadedVmar",
  "StackVmo",
  "ExecutableVmo",
] as const) {
  ROWS[`a handle of type ${type}, after one that is fine`] = [
    ({ kernel, proxy }) =>
      proxy.addHandles([
        { handle: kernel.createEvent(), info: info("User0") },
        { handle: kernel.createEvent(), info: info(type, 1) },
      ]),
    "INVALID_ARGS",
    `${BUILD}Cannot add a ${type} handle directly, it will be automatically added`,
  ];
}

/** Expects a launch to fail like this, and to leave nothing. */
async function fails(
  t: ExecutionContext,
  call: "launch" | "createWithoutStarting",
  [add, status, message]: Row,
): Promise<void> {
  const client = connectLauncher(t);
  const { kernel, proxy, records } = client;
  const before = kernel.stats();
  const kept: Handle[] = [];
  const keep = <T extends Handle>(handle: T) => {
    kept.push(handle);
    return handle;
  };
  const added = add({ ...client, keep });
  const parts = added instanceof LauncherProxy ? {} : added;
  t.is(await statusOf(proxy[call](launchInfo(kernel, parts))), `ZX_ERR_${status}`);
  const [{ error, op }] = records as [LaunchFailure];
  t.is(op, call === "launch" ? "launch" : "create");
  t.is(error.status, ZxStatus[status]);
  if (typeof message === "string") t.true(error.message.startsWith(message), error.message);
  else t.regex(error.message, message);
  kept.forEach((handle) => handle.close());
  t.deepEqual(kernel.stats(), before);
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
}

for (const [name, row] of Object.entries(ROWS)) {
  test(`${row[1]}: ${name}`, async (t) => {
    await fails(t, "launch", row);
    await fails(t, "createWithoutStarting", row);
  });
}

test("ACCESS_DENIED: a Launcher that may not create processes either", async (t) => {
  const kernel = nullKernel(t);
  const job = kernel.rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "NewProcess", action: "deny" }]);
  warmUp(kernel);
  const before = kernel.stats();
  const context = new ProcessContext(kernel, { job });
  const proxy = new LauncherProxy(new Launcher(context).connect(kernel));
  proxy.addArgs(["a\0b"]);
  t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_ACCESS_DENIED");
  context.dispose();
  proxy.close();
  t.deepEqual(kernel.stats(), before);
});

test("TIMED_OUT: a loader service that is silent for 30 seconds", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const client = connectLauncher(t, {}, kernel);
  const before = kernel.stats();
  const [loader, server] = kernel.createChannel();
  client.proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const status = statusOf(client.proxy.launch(launchInfo(kernel, { executable })));
  await server.waitOne(Signals.READABLE);
  kernel.clock.advance(30_000_000_000n);
  t.is(await status, "ZX_ERR_TIMED_OUT");
  server.close();
  t.deepEqual(kernel.stats(), before);
});

test("BAD_STATE: a job that is killed while a loader service is asked", async (t) => {
  const { kernel, proxy, records } = connectLauncher(t);
  const before = kernel.stats();
  const job = kernel.rootJob.createJob();
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const status = statusOf(proxy.launch(launchInfo(kernel, { executable, job })));
  await server.waitOne(Signals.READABLE);
  job.kill();
  const linker = new LoaderService(kernel, { load: () => staticPie() });
  linker.serve(server);
  t.is(await status, "ZX_ERR_BAD_STATE");
  t.is(records[0]!.level, "info");
  linker.dispose();
  job.close();
  t.deepEqual(kernel.stats(), before);
});

test("NOT_SUPPORTED: a process that cannot be started here", async (t) => {
  const { kernel, proxy, records } = connectLauncher(t);
  const before = kernel.stats();
  t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_NOT_SUPPORTED");
  t.true(records[0]!.error instanceof ZirconiaError);
  t.deepEqual(kernel.stats(), before);
});

test("INVALID_ARGS: 65,536 names, and 65,535 are too many for a message only", async (t) => {
  const limits = { bytes: 1 << 24, handles: 70_000, entries: 70_000 };
  const { kernel, proxy, records } = connectLauncher(t, { limits });
  for (const count of [65_536, 65_535]) {
    proxy.addNames(
      namesAt(
        kernel,
        Array.from({ length: count }, () => "/a"),
      ),
    );
    t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_INVALID_ARGS");
  }
  const [tooMany, tooManyHandles] = records as [LaunchFailure, LaunchFailure];
  t.is(tooMany.error.message, `${BUILD}Too many namespace entries`);
  t.not(tooManyHandles.error.message, tooMany.error.message);
});
