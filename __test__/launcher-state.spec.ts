import test from "ava";

import {
  decodeMessage,
  type DecodedMessage,
  LauncherProxy,
  type LaunchFailure,
  LoaderService,
  type ProcessStartData,
  Signals,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { isGone } from "./support/channel.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { throwsStatus } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { until } from "./support/holdings.js";
import { nullKernel } from "./support/kernel.js";
import {
  channelsFor,
  type Connected,
  connectLauncher,
  launchInfo,
  namesAt,
  statusOf,
} from "./support/launcher.js";
import { script } from "./support/script.js";
import { settlesTo } from "./support/settled.js";

/** What the next message of a process tells it. Its handles are closed. */
function nextMessage({ bootstrap }: ProcessStartData): DecodedMessage {
  const { bytes, handles } = bootstrap.read();
  handles.forEach((handle) => handle.close());
  return decodeMessage(bytes, handles.length);
}

/** Creates a process, and looks at what it would be told. */
async function create({ kernel, proxy }: Connected): Promise<DecodedMessage> {
  using data = await proxy.createWithoutStarting(launchInfo(kernel));
  return nextMessage(data);
}

/** The handles that a static process has before those of its launch, and after them. */
const OWN = ["ProcessSelf(0)", "ThreadSelf(0)", "RootVmar(0)"];
const BUILT = ["LoadedVmar(0)", "VdsoVmo(0)", "StackVmo(0)"];

const handlesOf = ({ handleInfos }: DecodedMessage) => handleInfos.map(String);

test("a new connection begins with nothing", async (t) => {
  const message = await create(connectLauncher(t));
  t.deepEqual(
    { ...message, handleInfos: handlesOf(message) },
    { args: [], environmentVars: [], namespacePaths: [], handleInfos: [...OWN, ...BUILT] },
  );
});

test("what is added several times is appended, in its order", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy } = client;
  proxy
    .addNames(namesAt(kernel, ["/b", "/a"]))
    .addHandles([{ handle: kernel.createEvent(), info: info("User0", 2) }])
    .addArgs(["one", "two"])
    .addEnvirons(["A=1"])
    .addHandles([{ handle: kernel.createEvent(), info: info("User0", 1) }])
    .addArgs([])
    .addArgs(["three"])
    .addNames(namesAt(kernel, ["/c"]))
    .addEnvirons(["B=2"]);
  const message = await create(client);
  t.deepEqual(message.args, ["one", "two", "three"]);
  t.deepEqual(message.environmentVars, ["A=1", "B=2"]);
  t.deepEqual(message.namespacePaths, ["/b", "/a", "/c"]);
  t.deepEqual(handlesOf(message), [
    ...OWN,
    ...[0, 1, 2].map((index) => `NamespaceDirectory(${index})`),
    "User0(2)",
    "User0(1)",
    ...BUILT,
  ]);
});

test("arguments and variables are bytes, not text", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const bytes = Uint8Array.from({ length: 255 }, (_, index) => index + 1);
  proxy.addArgs([bytes]).addEnvirons([bytes]);
  using data = await proxy.createWithoutStarting(launchInfo(kernel));
  const message = Buffer.from(data.bootstrap.read().bytes);
  const first = message.indexOf(Buffer.from([...bytes, 0]));
  t.not(first, -1);
  t.is(message.indexOf(Buffer.from([...bytes, 0]), first + 1), first + bytes.length + 1);
});

test("paths are passed on whatever they are", async (t) => {
  const client = connectLauncher(t);
  const paths = ["/", "relative", "", "/a", "/a", "/a/b", "/a//", "/..", "/\u{feff}é"];
  client.proxy.addNames(namesAt(client.kernel, paths));
  t.deepEqual((await create(client)).namespacePaths, paths);
});

test("the last options count, and are for one launch", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy } = client;
  const status = () => statusOf(proxy.createWithoutStarting(launchInfo(kernel)));
  proxy.setOptions(0).setOptions(0xffff_ffff);
  t.is(await status(), "ZX_ERR_INVALID_ARGS");
  t.is(await status(), "ZX_OK");
  proxy.setOptions(0xffff_ffff).setOptions(0);
  t.is(await status(), "ZX_OK");
});

for (const executable of ["good", "bad"] as const) {
  test(`a launch that is ${executable} uses up what was added`, async (t) => {
    const client = connectLauncher(t);
    const { kernel, proxy } = client;
    const { ours, theirs } = channelsFor(kernel, 2);
    proxy
      .addArgs(["arg"])
      .addEnvirons(["A=1"])
      .addNames([{ path: "/a", directory: ours[0]! }])
      .addHandles([{ handle: ours[1]!, info: info("User0") }]);
    const bytes = executable === "good" ? staticPie() : new Uint8Array(4096);
    const status = await statusOf(
      proxy.createWithoutStarting(launchInfo(kernel, { executable: kernel.vmoFromBytes(bytes) })),
    );
    t.is(status, executable === "good" ? "ZX_OK" : "ZX_ERR_NOT_FOUND");
    t.true(theirs.every(isGone));
    const { args, environmentVars, namespacePaths, handleInfos } = await create(client);
    t.deepEqual([args, environmentVars, namespacePaths], [[], [], []]);
    t.is(handleInfos.length, OWN.length + BUILT.length);
  });
}

test("a process that cannot be started uses up what was added, too", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy } = client;
  proxy.addArgs(["arg"]);
  t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_NOT_SUPPORTED");
  t.deepEqual((await create(client)).args, []);
});

test("clients do not see each other's additions", async (t) => {
  const client = connectLauncher(t);
  const other = { ...client, proxy: new LauncherProxy(client.launcher.connect()) };
  client.proxy.addArgs(["mine"]);
  other.proxy.addArgs(["theirs"]);
  t.deepEqual((await create(other)).args, ["theirs"]);
  t.deepEqual((await create(client)).args, ["mine"]);
});

test("a client that closes gives up what it has added", async (t) => {
  const { kernel, launcher, records } = connectLauncher(t);
  const before = kernel.stats();
  const { ours, theirs } = channelsFor(kernel, 3);
  const client = new fidl.Client(fidl.process.Launcher, launcher.connect());
  const handles = ours.slice(1).map((handle) => ({ handle, id: 0xf0 }));
  client.proxy.addHandles({ handles });
  client.proxy.addNames({ names: [{ path: "/a", directory: ours[0]! }] });
  client.close();
  await Promise.all(theirs.map((channel) => channel.waitOne(Signals.PEER_CLOSED)));
  theirs.forEach((channel) => channel.close());
  t.deepEqual(records, []);
  await settlesTo(t, kernel, before);
});

test("a loader service that is silent holds up its own client only", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy, launcher } = client;
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const order: string[] = [];
  const slow = statusOf(proxy.createWithoutStarting(launchInfo(kernel, { executable })));
  const behind = create(client).then(({ args }) => order.push(`behind ${args}`));
  proxy.addArgs(["too late"]);
  await server.waitOne(Signals.READABLE);
  await create({ ...client, proxy: new LauncherProxy(launcher.connect()) });
  order.push("other client");
  server.close();
  t.is(await slow, "ZX_ERR_NOT_FOUND");
  await behind;
  t.deepEqual(order, ["other client", "behind "]);
});

test("a process whose client has gone before the reply is given up", async (t) => {
  const { kernel, proxy, records } = connectLauncher(t);
  const job = kernel.rootJob.createJob();
  const before = kernel.stats();
  const [loader, server] = kernel.createChannel();
  const { ours, theirs } = channelsFor(kernel, 1);
  proxy.addHandles([
    { handle: loader, info: info("LdsvcLoader") },
    { handle: ours[0]!, info: info("User0") },
  ]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const call = proxy.createWithoutStarting(launchInfo(kernel, { executable, job }));
  await server.waitOne(Signals.READABLE);
  proxy.close();
  await t.throwsAsync(call, { instanceOf: fidl.FidlError });
  t.is(job.processes().length, 1);
  const linker = new LoaderService(kernel, { load: () => staticPie() });
  linker.serve(server);
  await theirs[0]!.waitOne(Signals.PEER_CLOSED);
  await job.waitOne(Signals.JOB_NO_PROCESSES);
  linker.dispose();
  theirs[0]!.close();
  t.deepEqual(records, []);
  const after = kernel.stats();
  t.is(after.handles, before.handles - 2);
  t.is(after.types.Process?.objects, before.types.Process?.objects);
});

test("a launch whose client has gone waits for a silent loader service for 30 seconds only", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const { proxy, records } = connectLauncher(t, {}, kernel);
  const before = kernel.stats();
  const job = kernel.rootJob.createJob();
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const call = proxy.launch(launchInfo(kernel, { executable, job }));
  await server.waitOne(Signals.READABLE);
  proxy.close();
  await t.throwsAsync(call, { instanceOf: fidl.FidlError });
  kernel.clock.advance(29_999_999_999n);
  t.is(job.processes().length, 1);
  kernel.clock.advance(1n);
  await job.waitOne(Signals.JOB_NO_PROCESSES);
  t.is((records as LaunchFailure[])[0]!.error.status, ZxStatus.TIMED_OUT);
  for (const handle of [server, job]) handle.close();
  await until(() => kernel.stats().handles === before.handles - 2);
  const after = kernel.stats();
  // Both ends of the connection have gone, too.
  t.is(after.handles, before.handles - 2);
  t.is(after.objects, before.objects - 2);
});

test("a launch whose client has gone does not keep Node alive", async (t) => {
  const result = await script(`
    const { HandleInfo, HandleType, Kernel, Launcher, LauncherProxy, Signals } = zirconia;
    const kernel = new Kernel({ machine: "null", clock: "virtual" });
    const launcher = new Launcher(kernel);
    const [client, connection] = kernel.createChannel();
    launcher.serve(connection);
    const proxy = new LauncherProxy(client);
    const [loader, server] = kernel.createChannel();
    globalThis.kept = server;
    proxy.addHandles([{ handle: loader, info: new HandleInfo(HandleType.LdsvcLoader) }]);
    const executable = kernel.vmoFromBytes(Uint8Array.of(${dynamicPie("ld.so.1\0")}));
    const launch = proxy.launch({ executable, job: kernel.rootJob, name: "name" });
    launch.catch(({ code }) => console.log(code));
    await server.waitOne(Signals.READABLE);
    proxy.close();`);
  t.deepEqual(result, { code: 0, stdout: "ZX_ERR_CANCELED\n", stderr: "" });
});

test("a process is given up whose Launcher is disposed of while it is built", async (t) => {
  const { kernel, launcher, proxy, records } = connectLauncher(t);
  const job = kernel.rootJob.createJob();
  const [loader, server] = kernel.createChannel();
  proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  const call = proxy.createWithoutStarting(launchInfo(kernel, { executable, job }));
  await server.waitOne(Signals.READABLE);
  launcher.dispose();
  await t.throwsAsync(call, { code: "ZX_ERR_PEER_CLOSED" });
  using linker = new LoaderService(kernel, { load: () => staticPie() });
  linker.serve(server);
  await job.waitOne(Signals.JOB_NO_PROCESSES);
  await until(() => kernel.stats().types.Process?.objects === 1);
  t.is(kernel.stats().types.Process?.objects, 1);
  t.deepEqual(records, []);
});

test("a client that has gone before a reply has no further request looked at", async (t) => {
  const { kernel, launcher } = connectLauncher(t);
  const asked: string[] = [];
  const job = kernel.rootJob.createJob();
  const libraries = new LoaderService(kernel, {
    load: (name) => {
      asked.push(name);
      proxy.close();
      return staticPie();
    },
  });
  const proxy = new LauncherProxy(launcher.connect());
  const { ours, theirs } = channelsFor(kernel, 1);
  const calls = ["first.so", "second.so"].map((name, index) => {
    proxy.addHandles([{ handle: libraries.connect(), info: info("LdsvcLoader") }]);
    if (index === 1) proxy.addHandles([{ handle: ours[0]!, info: info("User0") }]);
    const executable = kernel.vmoFromBytes(dynamicPie(`${name}\0`));
    return proxy.createWithoutStarting(launchInfo(kernel, { executable, job }));
  });
  for (const call of calls) await t.throwsAsync(call, { instanceOf: fidl.FidlError });
  await theirs[0]!.waitOne(Signals.PEER_CLOSED);
  t.deepEqual(asked, ["first.so"]);
});

test("a created process is not started, and nothing of it is missing", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const before = kernel.stats();
  const data = await proxy.createWithoutStarting(launchInfo(kernel, { name: "created" }));
  t.deepEqual(data.process.info(), {
    returnCode: 0n,
    startTime: 0n,
    started: false,
    exited: false,
    debuggerAttached: false,
  });
  t.is(data.process.getName(), "created");
  t.is(data.thread.getName(), "initial-thread");
  t.is(data.entry, data.base + 0x800n);
  const maps = data.process.maps();
  for (const address of [data.entry, data.stack - 8n, data.vdsoBase, data.base]) {
    t.true(maps.some(({ base, size }) => base <= address && address < base + size));
  }
  const { handles } = data.bootstrap.read();
  t.deepEqual(
    handles.slice(0, 3).map(({ koid }) => koid),
    [data.process.koid, data.thread.koid, data.rootVmar.koid],
  );
  handles.forEach((handle) => handle.close());
  data.dispose();
  t.deepEqual(kernel.stats(), before);
});

test("base and entry are the dynamic linker's", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  using libraries = new LoaderService(kernel, { load: () => staticPie() });
  proxy.addHandles([{ handle: libraries.connect(), info: info("LdsvcLoader") }]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"), { name: "program" });
  using data = await proxy.createWithoutStarting(launchInfo(kernel, { executable }));
  t.is(data.entry, data.base + 0x800n);
  t.deepEqual(handlesOf(nextMessage(data)), [
    "LdsvcLoader(0)",
    "ExecutableVmo(0)",
    "LoadedVmar(0)",
    "ProcessSelf(0)",
    "RootVmar(0)",
  ]);
  t.deepEqual(handlesOf(nextMessage(data)), [...OWN, "VdsoVmo(0)", "StackVmo(0)"]);
});

test("the last loader service counts, and a static executable's is closed", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const { ours, theirs } = channelsFor(kernel, 2);
  using libraries = new LoaderService(kernel, { load: () => staticPie() });
  proxy.addHandles([
    { handle: ours[0]!, info: info("LdsvcLoader") },
    { handle: libraries.connect(), info: info("LdsvcLoader", 7) },
  ]);
  const executable = kernel.vmoFromBytes(dynamicPie("ld.so.1\0"));
  using data = await proxy.createWithoutStarting(launchInfo(kernel, { executable }));
  t.true(isGone(theirs[0]!));
  data.dispose();

  proxy.addHandles([{ handle: ours[1]!, info: info("LdsvcLoader") }]);
  using second = await proxy.createWithoutStarting(launchInfo(kernel));
  t.true(isGone(theirs[1]!));
  t.deepEqual(handlesOf(nextMessage(second)), [...OWN, ...BUILT]);
});

test("the first vDSO handle is mapped in the system's place, others are passed on", async (t) => {
  const client = connectLauncher(t);
  const { kernel, proxy } = client;
  proxy.addHandles([{ handle: kernel.systemVdso(), info: info("VdsoVmo", 1) }]);
  t.deepEqual(handlesOf(await create(client)), [...OWN, "VdsoVmo(1)", ...BUILT]);
  proxy.addHandles([{ handle: kernel.createVmo(4096n), info: info("VdsoVmo") }]);
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_ERR_NOT_FOUND");
});

test("a disposed Launcher closes its connections, and takes none", async (t) => {
  const { kernel, launcher, proxy } = connectLauncher(t);
  proxy.addArgs(["a"]);
  launcher.dispose();
  await t.throwsAsync(proxy.launch(launchInfo(kernel)), { code: "ZX_ERR_PEER_CLOSED" });
  const before = kernel.stats();
  t.throws(() => launcher.connect(), { code: "ZX_ERR_BAD_STATE" });
  t.deepEqual(kernel.stats(), before);
  const [client, server] = kernel.createChannel();
  t.throws(() => launcher.serve(server), { code: "ZX_ERR_BAD_STATE" });
  throwsStatus(t, "PEER_CLOSED", () => client.read());
  t.notThrows(() => launcher.dispose());
});
