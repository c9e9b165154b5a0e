// The tests of upstream's Launcher, under their names there
// (src/sys/lib/elf_runner/src/process_launcher.rs), with the processes that they start.

import type { ExecutionContext } from "ava";

import {
  Kernel,
  Launcher,
  LauncherProxy,
  type LaunchInfo,
  ProcessContext,
  Signals,
} from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { PseudoDirectory } from "../lib/vfs/index.js";
import { info } from "./support/handle-info.js";
import { statusOf, warmUp } from "./support/launcher.js";
import { guestBytes, nativeTest } from "./support/native.js";
import { settlesTo } from "./support/settled.js";
import {
  checkProcess,
  endUtil,
  installedLibraries,
  openUtil,
  type UtilClient,
} from "./support/util-process.js";

const ARGS = ["arg0", "arg1", "arg2"];
const NAME = "process_builder_test_util";

/** A client of a Launcher that has been told of the utility, and the utility's protocol. */
interface Scene {
  kernel: Kernel;
  proxy: LauncherProxy;
  util: UtilClient;
  launchInfo: LaunchInfo;
}

/**
 * Two tests, of which each leaves nothing behind: that it does what it should, and that without the
 * right to create processes the status is ACCESS_DENIED.
 */
function upstreamTest(
  name: string,
  call: "launch" | "createWithoutStarting",
  body: (t: ExecutionContext, scene: Scene) => Promise<void>,
): void {
  nativeTest(name, (t) => withLauncher(t, "allow", body));
  nativeTest(`${name}, where processes may not be created`, (t) =>
    withLauncher(t, "deny", async (t, { proxy, util, launchInfo }) => {
      t.is(await statusOf(proxy[call](launchInfo)), "ZX_ERR_ACCESS_DENIED");
      util.close();
    }),
  );
}

async function withLauncher(
  t: ExecutionContext,
  policy: "allow" | "deny",
  body: (t: ExecutionContext, scene: Scene) => Promise<void>,
): Promise<void> {
  await using kernel = new Kernel();
  warmUp(kernel);
  const before = kernel.stats();
  const job = kernel.rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "NewProcess", action: policy }]);
  const context = new ProcessContext(kernel, { job });
  const launcher = new Launcher(context);
  const proxy = new LauncherProxy(launcher.connect(kernel));
  const libraries = installedLibraries(kernel);
  const [client, request] = kernel.createChannel();
  const directory = new fidl.Client(fidl.io.Directory, client);
  proxy.addHandles([
    { handle: libraries.connect(), info: info("LdsvcLoader") },
    { handle: request, info: info("DirectoryRequest") },
  ]);
  const util = openUtil(kernel, directory);
  directory.close();
  const executable = kernel.vmoFromBytes(guestBytes(NAME), { name: NAME });
  await body(t, {
    kernel,
    proxy,
    util,
    launchInfo: { executable, job: kernel.rootJob, name: NAME },
  });
  for (const owned of [proxy, launcher, context, libraries, job]) owned[Symbol.dispose]();
  await settlesTo(t, kernel, before);
}

upstreamTest("start_util_with_args", "launch", async (t, { proxy, util, launchInfo }) => {
  const process = await proxy.addArgs(ARGS).launch(launchInfo);
  checkProcess(t, process, "running");
  t.deepEqual(await util.proxy.getArguments(), { args: ARGS });
  await endUtil(t, process, util);
});

upstreamTest("start_util_with_env", "launch", async (t, { proxy, util, launchInfo }) => {
  const vars = [
    { key: "VAR1", value: "value2" },
    { key: "VAR2", value: "value2" },
  ];
  proxy.addEnvirons(vars.map(({ key, value }) => `${key}=${value}`));
  const process = await proxy.launch(launchInfo);
  checkProcess(t, process, "running");
  t.deepEqual(await util.proxy.getEnvironment(), { vars });
  await endUtil(t, process, util);
});

upstreamTest("start_util_with_namespace_entries", "launch", async (t, scene) => {
  const { kernel, proxy, util, launchInfo } = scene;
  const contents = `test content ${Math.floor(Math.random() * 2 ** 53)}`;
  using directory = new PseudoDirectory({ test_file: contents });
  proxy.addNames([{ path: "/dir", directory: directory.connect(kernel) }]);
  const process = await proxy.launch(launchInfo);
  checkProcess(t, process, "running");
  t.deepEqual(await util.proxy.dumpNamespace(), { contents: "/dir, /dir/test_file" });
  t.deepEqual(await util.proxy.readFile({ path: "/dir/test_file" }), { contents });
  await endUtil(t, process, util);
});

upstreamTest("create_without_starting", "createWithoutStarting", async (t, scene) => {
  const { proxy, util, launchInfo } = scene;
  const data = await proxy.addArgs(ARGS).createWithoutStarting(launchInfo);
  t.deepEqual(data.process.info(), {
    returnCode: 0n,
    startTime: 0n,
    started: false,
    exited: false,
    debuggerAttached: false,
  });
  const { process, rootVmar, thread, entry, stack, bootstrap, vdsoBase } = data;
  process.start(thread, entry, stack, bootstrap, vdsoBase);
  checkProcess(t, process, "running");
  t.deepEqual(await util.proxy.getArguments(), { args: ARGS });
  await endUtil(t, process, util);
  for (const handle of [rootVmar, thread]) handle.close();
});

nativeTest("a created process is started by its data, which gives up all but the process", (t) =>
  withLauncher(t, "allow", async (t, { proxy, util, launchInfo }) => {
    const data = await proxy.addArgs(ARGS).createWithoutStarting(launchInfo);
    const process = data.start();
    checkProcess(t, process, "running");
    for (const handle of [data.process, data.rootVmar, data.thread, data.bootstrap]) {
      t.false(handle.isValid);
    }
    data.dispose();
    await endUtil(t, process, util);
  }),
);

nativeTest("a program whose job is killed while its client waits for it", (t) =>
  withLauncher(t, "allow", async (t, { kernel, proxy, util, launchInfo }) => {
    const job = kernel.rootJob.createJob();
    const process = await proxy.launch({ ...launchInfo, job });
    job.kill();
    t.is((await process.exited()).returnCode, -1024n);
    for (const owned of [process, job, util]) owned.close();
  }),
);

nativeTest("launches that are sent at once are answered in their order", async (t) => {
  await using kernel = new Kernel();
  using launcher = new Launcher(kernel);
  using proxy = new LauncherProxy(launcher.connect());
  const launches = [1, 2, 3].map((code) =>
    proxy.addArgs(["probe", `--exit=${code}`]).launch({
      executable: kernel.vmoFromBytes(guestBytes("probe")),
      job: kernel.rootJob,
      name: "probe",
    }),
  );
  const processes = await Promise.all(launches);
  const ends = await Promise.all(processes.map((process) => process.exited()));
  t.deepEqual(
    ends.map(({ returnCode }) => returnCode),
    [1n, 2n, 3n],
  );
});

nativeTest("a process runs on whose client has gone before the reply", (t) =>
  withLauncher(t, "allow", async (t, { kernel, proxy, util, launchInfo }) => {
    const job = kernel.rootJob.createJob();
    const [loader, server] = kernel.createChannel();
    proxy.addHandles([{ handle: loader, info: info("LdsvcLoader") }]).addArgs(ARGS);
    const launch = proxy.launch({ ...launchInfo, job });
    await server.waitOne(Signals.READABLE);
    proxy.close();
    await t.throwsAsync(launch, { instanceOf: fidl.FidlError });
    using libraries = installedLibraries(kernel);
    libraries.serve(server);
    t.deepEqual(await util.proxy.getArguments(), { args: ARGS });
    // Nobody has a handle to it, and it ends as it likes.
    t.is(job.processes().length, 1);
    util.close();
    await job.waitOne(Signals.JOB_NO_PROCESSES);
    job.close();
  }),
);

nativeTest("a process that may not create processes has one made by the Launcher", async (t) => {
  await using kernel = new Kernel();
  using launcher = new Launcher(kernel);
  const job = kernel.rootJob.createJob();
  job.setPolicy("absolute", [{ condition: "NewProcess", action: "deny" }]);
  using sandbox = new ProcessContext(kernel, { job });
  using proxy = new LauncherProxy(launcher.connect(sandbox));
  const process = await proxy.addArgs(["probe", "--exit=42"]).launch({
    executable: sandbox.vmoFromBytes(guestBytes("probe")),
    job: job.transferTo(sandbox),
    name: "probe",
  });
  t.is((await process.exited()).returnCode, 42n);
});
