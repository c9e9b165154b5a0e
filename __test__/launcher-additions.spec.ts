// What is added to a launch is for that launch only: whatever comes of it, and wherever it fails.

import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  decodeMessage,
  type DecodedMessage,
  type Handle,
  type Kernel,
  LauncherProxy,
  type LaunchInfo,
  ProcessContext,
  type ProcessStartData,
  Rights,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { isGone } from "./support/channel.js";
import { staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import {
  channelsFor,
  type Connected,
  connectLauncher,
  launchInfo,
  statusOf,
} from "./support/launcher.js";
import { settlesTo } from "./support/settled.js";

/** What a process that is launched next gets of what was added: its arguments come first. */
async function next(proxy: LauncherProxy, kernel: Kernel): Promise<DecodedMessage> {
  using data = await proxy.addArgs(["next"]).createWithoutStarting(launchInfo(kernel));
  return read(data);
}

function read({ bootstrap }: ProcessStartData): DecodedMessage {
  const { bytes, handles } = bootstrap.read();
  handles.forEach((handle) => handle.close());
  return decodeMessage(bytes, handles.length);
}

/** Expects a process to have been given nothing but this argument. */
function hasOnly(t: ExecutionContext, message: DecodedMessage, argument: string): void {
  t.deepEqual(message.args, [argument]);
  t.deepEqual(message.environmentVars, []);
  t.deepEqual(message.namespacePaths, []);
  t.deepEqual(
    message.handleInfos.filter(({ typeName }) => typeName === "User0"),
    [],
  );
}

/** Adds something of every kind: the other ends of the handles. */
function addEverything({ kernel, proxy }: Pick<Connected, "kernel" | "proxy">): Channel[] {
  const { ours, theirs } = channelsFor(kernel, 2);
  proxy
    .addArgs(["left over"])
    .addEnvirons(["LEFT=over"])
    .addNames([{ path: "/left", directory: ours[0]! }])
    .addHandles([{ handle: ours[1]!, info: info("User0") }])
    .setOptions(0xffff_ffff);
  return theirs;
}

function withoutTransfer(kernel: Kernel) {
  const executable = kernel.vmoFromBytes(staticPie());
  return executable.replace(executable.rights & ~Rights.TRANSFER);
}

function closedExecutable(kernel: Kernel) {
  const executable = kernel.vmoFromBytes(staticPie());
  executable.close();
  return executable;
}

/** Another process than the Launcher's client. */
function foreign(kernel: Kernel): ProcessContext {
  return new ProcessContext(kernel, { job: kernel.rootJob, name: "foreign" });
}

const aborted = AbortSignal.abort();

/** Ways for a launch to fail before anything is sent, and as what. */
const FAILURES: Record<
  string,
  [code: string, launch: (proxy: LauncherProxy, kernel: Kernel) => Promise<unknown>]
> = Object.fromEntries(
  Object.entries<[string, (kernel: Kernel) => [Partial<LaunchInfo> | unknown, object?]]>({
    "a name of 33 bytes": ["ZX_ERR_INVALID_ARGS", () => [{ name: "n".repeat(33) }]],
    "a name of 33 bytes that are given as such": [
      "ZX_ERR_INVALID_ARGS",
      () => [{ name: new Uint8Array(33).fill(0x6e) }],
    ],
    "a name that is no UTF-8": ["ZX_ERR_INVALID_ARGS", () => [{ name: Uint8Array.of(0xff) }]],
    "a name that is none": ["ERR_INVALID_ARG_TYPE", () => [{ name: 5 }]],
    "a job without DUPLICATE": [
      "ZX_ERR_ACCESS_DENIED",
      ({ rootJob }) => [{ job: rootJob.duplicate(rootJob.rights & ~Rights.DUPLICATE) }],
    ],
    "a job without TRANSFER": [
      "ZX_ERR_ACCESS_DENIED",
      ({ rootJob }) => [{ job: rootJob.duplicate(rootJob.rights & ~Rights.TRANSFER) }],
    ],
    "a closed job": [
      "ZX_ERR_BAD_HANDLE",
      ({ rootJob }) => {
        const job = rootJob.duplicate();
        job.close();
        return [{ job }];
      },
    ],
    "a job of another context": [
      "ZX_ERR_BAD_HANDLE",
      (kernel) => [{ job: kernel.rootJob.duplicate().transferTo(foreign(kernel)) }],
    ],
    "a job that is none": ["ERR_INVALID_ARG_TYPE", (kernel) => [{ job: kernel.createEvent() }]],
    "a closed executable": [
      "ZX_ERR_BAD_HANDLE",
      (kernel) => [{ executable: closedExecutable(kernel) }],
    ],
    "an executable without TRANSFER": [
      "ZX_ERR_ACCESS_DENIED",
      (kernel) => [{ executable: withoutTransfer(kernel) }],
    ],
    "an executable of another context": [
      "ZX_ERR_BAD_HANDLE",
      (kernel) => [{ executable: foreign(kernel).vmoFromBytes(staticPie()) }],
    ],
    "an executable that is none": [
      "ERR_INVALID_ARG_TYPE",
      (kernel) => [{ executable: kernel.createEvent() }],
    ],
    "an unknown option": ["ERR_INVALID_ARG_VALUE", () => [{ names: [] }]],
    "a time-out that is none": ["ERR_OUT_OF_RANGE", () => [{}, { timeout: -1 }]],
    "two limits of time": [
      "ERR_INCOMPATIBLE_OPTION_PAIR",
      () => [{}, { timeout: 1, deadline: 1n }],
    ],
    "a signal that has aborted": ["ABORT_ERR", () => [{}, { signal: aborted }]],
  }).map(([what, [code, parts]]) => [
    what,
    [
      code,
      (proxy, kernel) => {
        const [other, limits] = parts(kernel);
        const executable = kernel.vmoFromBytes(staticPie());
        const launch = { ...launchInfo(kernel, { executable }), ...(other as object) };
        if (launch.executable !== executable) executable.close();
        return proxy.launch(launch, limits);
      },
    ],
  ]),
);
FAILURES["no information at all"] = [
  "ERR_INVALID_ARG_TYPE",
  (proxy) => proxy.launch(null as never),
];

for (const [what, [code, launch]] of Object.entries(FAILURES)) {
  test(`a launch that fails because of ${what} uses up what was added`, async (t) => {
    const { kernel, proxy, records } = connectLauncher(t);
    const vmos = kernel.stats().types.Vmo?.handles;
    const theirs = addEverything({ kernel, proxy });
    await t.throwsAsync(launch(proxy, kernel), { code });
    t.true(theirs.every(isGone));
    t.is(kernel.stats().types.Vmo?.handles, vmos, "the executable is consumed");
    hasOnly(t, await next(proxy, kernel), "next");
    t.deepEqual(records, [], "the Launcher has seen nothing of it");
  });
}

test("a launch that the Launcher refuses uses it up, too", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const theirs = addEverything({ kernel, proxy });
  const executable = kernel.createVmo(4096n);
  t.is(await statusOf(proxy.launch(launchInfo(kernel, { executable }))), "ZX_ERR_INVALID_ARGS");
  t.true(theirs.every(isGone));
  hasOnly(t, await next(proxy, kernel), "next");
});

test("launches that overlap have each their own", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const create = (name: LaunchInfo["name"]) =>
    proxy.createWithoutStarting({ ...launchInfo(kernel), name });
  proxy.addArgs(["first"]);
  const first = create("first");
  addEverything({ kernel, proxy });
  const refused = t.throwsAsync(create("n".repeat(33)));
  proxy.addArgs(["second"]);
  const second = create("second");
  await refused;
  for (const [name, call] of Object.entries({ first, second })) {
    using data = await call;
    hasOnly(t, read(data), name);
  }
});

test("what is refused when it is added is closed, and what was added before stays", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  proxy.addArgs(["one"]).addHandles([{ handle: kernel.createEvent(), info: info("User0", 1) }]);
  const other = new ProcessContext(kernel, { job: kernel.rootJob });
  const event = kernel.createEvent();
  const refused: [string, () => unknown][] = [
    ["ERR_INVALID_ARG_TYPE", () => proxy.addArgs(["two", 2 as never])],
    ["ERR_INVALID_ARG_TYPE", () => proxy.addEnvirons("A=1" as never)],
    ["ZX_ERR_INVALID_ARGS", () => proxy.addEnvirons(["a".repeat(65_536)])],
    ["ERR_OUT_OF_RANGE", () => proxy.setOptions(-1)],
    ...[
      ["ZX_ERR_BAD_HANDLE", () => closedExecutable(kernel)],
      ["ZX_ERR_BAD_HANDLE", () => other.createEvent()],
      ["ZX_ERR_ACCESS_DENIED", () => event.duplicate(Rights.BASIC & ~Rights.TRANSFER)],
      ["ERR_INVALID_ARG_TYPE", () => 5 as never],
      ["ERR_INVALID_ARG_VALUE", () => kernel.rootJob],
    ].map(([code, make]): [string, () => unknown] => [
      code as string,
      () =>
        proxy.addHandles([
          { handle: event.duplicate(), info: info("User0", 2) },
          { handle: (make as () => Handle)(), info: info("User0", 3) },
        ]),
    ]),
    [
      "ZX_ERR_BAD_HANDLE",
      () => {
        const twice = { handle: event.duplicate(), info: info("User0") };
        proxy.addHandles([twice, twice]);
      },
    ],
    [
      "ZX_ERR_INVALID_ARGS",
      () =>
        proxy.addNames([
          { path: "/a", directory: kernel.createChannel()[0] },
          { path: Uint8Array.of(0xff), directory: kernel.createChannel()[0] },
        ]),
    ],
    [
      "ERR_INVALID_ARG_TYPE",
      () => proxy.addNames([{ path: "/a", directory: kernel.createVmo(1n) as never }]),
    ],
  ];
  for (const [code, add] of refused) {
    t.throws(add, { code });
    t.is(kernel.stats().types.Event?.handles, 2, code);
  }
  const { args, environmentVars, namespacePaths, handleInfos } = await next(proxy, kernel);
  t.deepEqual([args, environmentVars, namespacePaths], [["one", "next"], [], []]);
  t.deepEqual(
    handleInfos.map(String).filter((name) => name.startsWith("User0")),
    ["User0(1)"],
  );
  t.true(kernel.rootJob.isValid);
});

test("a client end that is given back has sent what was added, and no more", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  addEverything({ kernel, proxy });
  await t.throwsAsync(proxy.launch({ ...launchInfo(kernel), name: "n".repeat(33) }));
  const second = new LauncherProxy(proxy.intoChannel());
  hasOnly(t, await next(second, kernel), "next");
  second.addArgs(["handed over"]).addHandles([{ handle: kernel.createEvent(), info: 0xf0 }]);
  const third = new LauncherProxy(second.intoChannel());
  const { args, handleInfos } = await next(third, kernel);
  t.deepEqual(args, ["handed over", "next"]);
  t.true(handleInfos.some(({ typeName }) => typeName === "User0"));
  for (const ended of [proxy, second]) {
    t.throws(() => ended.addArgs(["late"]), { instanceOf: fidl.FidlError });
  }
});

test("a client end is not given back while a launch is in flight, and nothing is sent", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const call = proxy.createWithoutStarting(launchInfo(kernel));
  const theirs = addEverything({ kernel, proxy });
  t.throws(() => proxy.intoChannel(), { code: "ZX_ERR_BAD_STATE" });
  using data = await call;
  t.deepEqual(read(data).args, []);
  t.false(theirs.some(isGone));
  await t.throwsAsync(proxy.launch(null as never));
  t.true(theirs.every(isGone));
  hasOnly(t, await next(proxy, kernel), "next");
});

test("a proxy that is closed closes what was added, and takes nothing more", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const theirs = addEverything({ kernel, proxy });
  proxy.close();
  t.true(theirs.every(isGone));
  const { ours, theirs: late } = channelsFor(kernel, 2);
  const closed = { instanceOf: fidl.FidlError, code: "ZX_ERR_CANCELED" };
  t.throws(() => proxy.addHandles([{ handle: ours[0]!, info: info("User0") }]), closed);
  t.throws(() => proxy.addNames([{ path: "/a", directory: ours[1]! }]), closed);
  t.throws(() => proxy.addArgs(["late"]), closed);
  t.throws(() => proxy.addEnvirons(["LATE=1"]), closed);
  t.throws(() => proxy.setOptions(1), closed);
  const launch = launchInfo(kernel);
  await t.throwsAsync(proxy.launch(launch), closed);
  t.false(launch.executable.isValid);
  t.true(late.every(isGone));
});

test("a connection that takes only a part of a launch is ended", async (t) => {
  const { kernel } = connectLauncher(t);
  const before = kernel.stats();
  const [client, server] = kernel.createChannel();
  // A channel keeps 3,500 messages that nobody reads.
  for (let message = 0; message < 3_498; message++) client.write(new Uint8Array(16));
  const proxy = new LauncherProxy(client);
  // The arguments fit in yet, the launch does not.
  addEverything({ kernel, proxy }).forEach((theirs) => theirs.close());
  await t.throwsAsync(proxy.launch(launchInfo(kernel)), {
    instanceOf: fidl.FidlError,
    code: "ZX_ERR_SHOULD_WAIT",
  });
  t.throws(() => proxy.addArgs(["more"]), { code: "ZX_ERR_CANCELED" });
  await t.throwsAsync(proxy.launch(launchInfo(kernel)), { code: "ZX_ERR_CANCELED" });
  server.close();
  await settlesTo(t, kernel, before);
});

test("a connection that takes nothing of a launch stays", async (t) => {
  const { kernel, launcher } = connectLauncher(t);
  const [client, server] = kernel.createChannel();
  for (let message = 0; message < 3_500; message++) client.write(new Uint8Array(16));
  const proxy = new LauncherProxy(client);
  const theirs = addEverything({ kernel, proxy });
  await t.throwsAsync(proxy.launch(launchInfo(kernel)), { code: "ZX_ERR_SHOULD_WAIT" });
  t.true(theirs.every(isGone));
  for (let message = 0; message < 3_500; message++) server.read();
  launcher.serve(server);
  hasOnly(t, await next(proxy, kernel), "next");
});

test("a connection that the Launcher has left uses up what was added", async (t) => {
  const { kernel, launcher, proxy } = connectLauncher(t);
  launcher.dispose();
  const theirs = addEverything({ kernel, proxy });
  await t.throwsAsync(proxy.launch(launchInfo(kernel)), { code: "ZX_ERR_PEER_CLOSED" });
  t.true(theirs.every(isGone));
});

test("for clients that speak the protocol themselves, messages add up until a launch", async (t) => {
  const { kernel, launcher } = connectLauncher(t);
  const clients = [0, 1].map(() => new fidl.Client(fidl.process.Launcher, launcher.connect()));
  const encoder = new TextEncoder();
  const create = async ({ proxy }: (typeof clients)[0]) => {
    const job = kernel.rootJob.duplicate();
    const executable = kernel.vmoFromBytes(staticPie());
    const { status, data } = await proxy.createWithoutStarting({
      info: { job, executable, name: "raw" },
    });
    t.is(status, ZxStatus.OK);
    const { bytes, handles } = data!.bootstrap.read();
    return decodeMessage(bytes, handles.length);
  };
  for (const text of ["one", "two"]) {
    for (const [index, { proxy }] of clients.entries()) {
      proxy.addArgs({ args: [encoder.encode(`${text} of ${index}`)] });
      proxy.addHandles({ handles: [{ handle: kernel.createEvent(), id: 0xf0 }] });
      proxy.addEnvirons({ environ: [encoder.encode(`${text}=${index}`)] });
    }
  }
  for (const [index, client] of clients.entries()) {
    const { args, environmentVars, handleInfos } = await create(client);
    t.deepEqual(args, [`one of ${index}`, `two of ${index}`]);
    t.deepEqual(environmentVars, [`one=${index}`, `two=${index}`]);
    t.is(handleInfos.filter(({ typeName }) => typeName === "User0").length, 2);
    t.deepEqual((await create(client)).args, []);
  }
  clients.forEach((client) => client.close());
});
