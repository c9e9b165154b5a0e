import test from "ava";

import {
  decodeMessage,
  HandleInfo,
  type Kernel,
  Launcher,
  LauncherProxy,
  type LaunchInfo,
  ProcessContext,
  type ProcessStartData,
  Rights,
  Signals,
  ZxStatus,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import type { MethodsOf } from "../lib/fidl/protocol.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { staticPie } from "./support/elf-file.js";
import { rejectsStatus, throwsStatus } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";
import { connectLauncher, launchInfo, namesAt, statusOf, warmUp } from "./support/launcher.js";
import { settlesTo } from "./support/settled.js";

/** A client whose server says nothing, and what has come there. */
function unanswered(kernel: Kernel, wireFormat: fidl.WireFormat = 2) {
  const [client, server] = kernel.createChannel();
  const sizes = () => {
    const found: { bytes: number; handles: number }[] = [];
    for (;;) {
      try {
        const { bytes, handles } = server.read();
        handles.forEach((handle) => handle.close());
        found.push({ bytes: bytes.length, handles: handles.length });
      } catch {
        return found;
      }
    }
  };
  return { proxy: new LauncherProxy(client, { wireFormat }), server, sizes };
}

/** A client of a Launcher that answers as it is told. Other requests end the connection. */
function answering(
  kernel: Kernel,
  answers: Partial<fidl.Implementation<MethodsOf<typeof fidl.process.Launcher>>>,
): LauncherProxy {
  const [client, server] = kernel.createChannel();
  fidl.serve(fidl.process.Launcher, server, answers as Required<typeof answers>);
  return new LauncherProxy(client);
}

function eventsFor(kernel: Kernel, count: number) {
  return Array.from({ length: count }, (_, arg) => ({
    handle: kernel.createEvent(),
    info: info("User0", arg),
  }));
}

for (const wireFormat of [1, 2] as const) {
  test(`what one message does not hold goes as several, in wire format ${wireFormat}`, (t) => {
    const kernel = nullKernel(t);
    const { proxy, sizes } = unanswered(kernel, wireFormat);
    /** What is sent with a launch, besides that itself. */
    const sent = () => {
      t.deepEqual(sizes(), []);
      proxy.launch(launchInfo(kernel)).catch(() => {});
      const all = sizes();
      t.deepEqual(all.pop(), { bytes: 48, handles: 2 });
      return all;
    };
    // The headers take 32 bytes, and each string 16 besides its own.
    const largest = 65_536 - 32 - 16;

    proxy.addArgs(["a".repeat(largest)]);
    t.deepEqual(sent(), [{ bytes: 65_536, handles: 0 }]);
    proxy.addArgs(["a".repeat(largest), ""]);
    t.deepEqual(sent(), [
      { bytes: 65_536, handles: 0 },
      { bytes: 48, handles: 0 },
    ]);
    proxy.addEnvirons(["a".repeat(largest - 24), "12345678", ""]);
    t.deepEqual(sent(), [
      { bytes: 65_536, handles: 0 },
      { bytes: 48, handles: 0 },
    ]);

    proxy.addHandles(eventsFor(kernel, 64));
    t.deepEqual(sent(), [{ bytes: 32 + 64 * 8, handles: 64 }]);
    proxy.addHandles(eventsFor(kernel, 65));
    t.deepEqual(
      sent().map(({ handles }) => handles),
      [64, 1],
    );

    proxy.addNames(
      namesAt(
        kernel,
        Array.from({ length: 65 }, () => "/a"),
      ),
    );
    t.deepEqual(
      sent().map(({ handles }) => handles),
      [64, 1],
    );
    // 15 paths of the greatest length fill a message but for 3,704 bytes.
    proxy.addNames(
      namesAt(
        kernel,
        Array.from({ length: 16 }, () => "/".repeat(4096)),
      ),
    );
    t.deepEqual(
      sent().map(({ handles }) => handles),
      [15, 1],
    );

    // Calls are sent together.
    for (let call = 0; call < 4_000; call++) proxy.addArgs(["a"]);
    t.deepEqual(sent(), [
      { bytes: 65_528, handles: 0 },
      { bytes: 32 + (4_000 - 2_729) * 24, handles: 0 },
    ]);
    proxy.addArgs([]).addNames([]).setOptions(0);
    t.deepEqual(sent(), [{ bytes: 24, handles: 0 }]);
    t.deepEqual(sent(), []);
  });
}

test("what fits into no message is refused before anything is sent", (t) => {
  const kernel = nullKernel(t);
  const { proxy, sizes } = unanswered(kernel);
  const before = kernel.stats();
  const tooLarge = { instanceOf: fidl.FidlError, code: "ZX_ERR_INVALID_ARGS" };
  const long = "a".repeat(65_536);
  t.is(t.throws(() => proxy.addArgs([long, long]), tooLarge)?.kind, "TooLarge");
  const names = namesAt(
    kernel,
    Array.from({ length: 65 }, (_, i) => "/".repeat(i < 64 ? 1 : 4097)),
  );
  t.is(t.throws(() => proxy.addNames(names), tooLarge)?.kind, "TooLong");
  const handles = eventsFor(kernel, 65);
  t.throws(() => proxy.addHandles([...handles, { handle: 1 as never, info: 0 }]), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  t.deepEqual(sizes(), []);
  t.deepEqual(kernel.stats(), before);
});

test("more handles and bytes than one message holds reach the process in their order", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const args = Array.from({ length: 30 }, (_, index) => `${index}`.repeat(1_000));
  using data = await proxy
    .addArgs(args)
    .addArgs(["last"])
    .addHandles(eventsFor(kernel, 58))
    .createWithoutStarting(launchInfo(kernel));
  const { bytes, handles } = data.bootstrap.read();
  const message = decodeMessage(bytes, handles.length);
  t.deepEqual(message.args, [...args, "last"]);
  t.deepEqual(
    message.handleInfos.slice(3, -3).map(String),
    Array.from({ length: 58 }, (_, arg) => `User0(${arg})`),
  );
});

test("handles are consumed on every outcome, the job is borrowed", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const job = kernel.rootJob.createJob();
  const before = kernel.stats();
  const executable = () => kernel.vmoFromBytes(staticPie());
  await statusOf(proxy.createWithoutStarting({ executable: executable(), job, name: "good" }));
  await statusOf(proxy.launch({ executable: executable(), job, name: "not supported" }));
  t.deepEqual(kernel.stats(), before);

  const tooLong = proxy.launch({ executable: executable(), job, name: "n".repeat(33) });
  t.is((await t.throwsAsync(tooLong, { instanceOf: fidl.FidlError }))?.kind, "TooLong");
  await t.throwsAsync(proxy.launch({ executable: executable(), job, name: 1 as never }), {
    code: "ERR_INVALID_ARG_TYPE",
  });
  const options = { timeout: -1 };
  await t.throwsAsync(proxy.launch({ executable: executable(), job, name: "" }, options), {
    code: "ERR_OUT_OF_RANGE",
  });
  t.deepEqual(kernel.stats(), before);

  const fixed = job.duplicate(job.rights & ~Rights.DUPLICATE);
  const call = proxy.launch({ executable: executable(), job: fixed, name: "" });
  await rejectsStatus(t, "ACCESS_DENIED", call);
  t.true(fixed.isValid);
  fixed.close();
  t.deepEqual(kernel.stats(), before);
});

test("a name of 32 bytes is sent, and the process has 31 of them", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  using data = await proxy.createWithoutStarting(launchInfo(kernel, { name: "n".repeat(32) }));
  t.is(data.process.getName(), "n".repeat(31));
});

test("a Launcher that is content and sends nothing", async (t) => {
  const kernel = nullKernel(t);
  using proxy = answering(kernel, {
    launch: () => ({ status: ZxStatus.OK }),
    createWithoutStarting: () => ({ status: ZxStatus.OK }),
  });
  t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_BAD_HANDLE");
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_ERR_BAD_HANDLE");
});

test("a Launcher that fails and sends a process all the same", async (t) => {
  const kernel = nullKernel(t);
  warmUp(kernel);
  const before = kernel.stats();
  const refuse = ({ info }: { info: LaunchInfo }) => {
    for (const handle of [info.executable, info.job]) handle.close();
    const { process, rootVmar } = kernel.rootJob.createProcess("nobody's");
    rootVmar.close();
    return { status: ZxStatus.NO_MEMORY, process };
  };
  const proxy = answering(kernel, { launch: refuse });
  t.is(await statusOf(proxy.launch(launchInfo(kernel))), "ZX_ERR_NO_MEMORY");
  proxy.close();
  await settlesTo(t, kernel, before);
});

test("a call that nobody answers ends with its limits, and a client at rest gives its channel back", async (t) => {
  const kernel = nullKernel(t, { clock: "virtual" });
  const { proxy, server } = unanswered(kernel);
  const call = proxy.launch(launchInfo(kernel), { timeout: 10 });
  kernel.clock.advance(10_000_000n);
  await t.throwsAsync(call, { code: "ZX_ERR_TIMED_OUT" });
  t.throws(() => proxy.intoChannel(), { code: "ZX_ERR_BAD_STATE" });
  proxy.close();
  server.read().handles.forEach((handle) => handle.close());
  throwsStatus(t, "PEER_CLOSED", () => server.read());

  const second = unanswered(kernel);
  const channel = second.proxy.intoChannel();
  channel.write(Uint8Array.of(1));
  t.deepEqual(second.sizes(), [{ bytes: 1, handles: 0 }]);
});

test("what a created process is started with is closed if it cannot be", async (t) => {
  const { kernel, proxy } = connectLauncher(t);
  const before = kernel.stats();
  const data: ProcessStartData = await proxy.createWithoutStarting(launchInfo(kernel));
  throwsStatus(t, "NOT_SUPPORTED", () => data.start());
  t.deepEqual(kernel.stats(), before);
});

test("a Launcher in /svc", async (t) => {
  const kernel = nullKernel(t);
  const launcher = new Launcher(kernel);
  const svc = new PseudoDirectory({ "fuchsia.process.Launcher": launcher.node() });
  kernel.environment.namespace.bind("/svc", svc.connect(kernel));
  const [client, server] = kernel.createChannel();
  kernel.environment.namespace.connect("/svc/fuchsia.process.Launcher", 3, server);
  using proxy = new LauncherProxy(client);
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
});

test("a process that may not create processes asks the Launcher", async (t) => {
  const kernel = nullKernel(t);
  warmUp(kernel);
  const before = kernel.stats();
  const launcher = new Launcher(kernel);
  const sandbox = kernel.rootJob.createJob();
  sandbox.setPolicy("absolute", [{ condition: "NewProcess", action: "deny" }]);
  const context = new ProcessContext(kernel, { job: sandbox });
  const job = sandbox.duplicate().transferTo(context);
  throwsStatus(t, "ACCESS_DENIED", () => job.createProcess("by itself"));

  const proxy = new LauncherProxy(launcher.connect(context));
  const executable = context.vmoFromBytes(staticPie());
  const data = await proxy
    .addHandles([{ handle: context.createEvent(), info: new HandleInfo(0xf0) }])
    .createWithoutStarting({ executable, job, name: "by proxy" });
  t.is(data.process.context, context);
  t.deepEqual(job.processes(), [context.koid, data.process.koid]);

  data.dispose();
  proxy.close();
  launcher.dispose();
  context.dispose();
  await sandbox.waitOne(Signals.JOB_NO_PROCESSES);
  sandbox.close();
  t.deepEqual(kernel.stats(), before);
});
