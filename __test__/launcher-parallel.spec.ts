import { Kernel, Launcher, LauncherProxy, ProcessBuilder, Signals } from "../index.js";
import { info } from "./support/handle-info.js";
import { holdings, untilHolding, untilRunning } from "./support/holdings.js";
import { warmUp } from "./support/launcher.js";
import { guestBytes, nativeTest } from "./support/native.js";

const CONNECTIONS = 20;
const LAUNCHES = 10;

const decoder = new TextDecoder();

/** Runs a process to its end: with the first one comes what stays until the kernel goes. */
async function endedProcess(kernel: Kernel): Promise<void> {
  const executable = kernel.vmoFromBytes(guestBytes("probe"));
  using builder = new ProcessBuilder({ name: "probe", job: kernel.rootJob, executable });
  using process = (await builder.build()).start();
  await process.exited();
}

nativeTest("200 launches over 20 connections run at once, and end with their job", async (t) => {
  await using kernel = new Kernel();
  warmUp(kernel);
  await endedProcess(kernel);
  await endedProcess(kernel);
  // The thread that waits for deadlines, which also ends what takes long to end.
  using timer = kernel.createTimer();
  timer.set(kernel.now() + 1_000_000n);
  await timer.waitOne(Signals.SIGNALED);
  const before = kernel.stats();
  // The helper, and the process that it keeps ready from the second launch on.
  await untilRunning(2);
  const host = holdings();
  const launcher = new Launcher(kernel);
  const job = kernel.rootJob.createJob();
  const executable = kernel.vmoFromBytes(guestBytes("probe"), { name: "probe" });

  const launch = async (proxy: LauncherProxy, word: string) => {
    const [output, standardOutput] = kernel.createSocket();
    const process = await proxy
      .addArgs(["probe", `--stdout=${word}`, "--sleep-forever"])
      .addHandles([{ handle: standardOutput, info: info("FileDescriptor", 1) }])
      .launch({ executable: executable.duplicate(), job, name: word });
    await output.waitOne(Signals.READABLE | Signals.PEER_CLOSED);
    const said = decoder.decode(output.read());
    output.close();
    return { process, said, word };
  };
  const proxies = Array.from({ length: CONNECTIONS }, () => new LauncherProxy(launcher.connect()));
  const launched = await Promise.all(
    proxies.flatMap((proxy, connection) =>
      Array.from({ length: LAUNCHES }, (_, index) => launch(proxy, `${connection}-${index}`)),
    ),
  );

  for (const { process, said, word } of launched) {
    t.is(said, `${word}\n`);
    t.is(process.getName(), word);
    t.false(process.info().exited);
  }
  t.is(kernel.stats().running, CONNECTIONS * LAUNCHES);
  t.is(job.processes().length, CONNECTIONS * LAUNCHES);
  t.true(holdings().processes >= host.processes + CONNECTIONS * LAUNCHES - 1);

  job.kill();
  const ends = await Promise.all(launched.map(({ process }) => process.exited()));
  t.true(ends.every(({ returnCode }) => returnCode === -1024n));
  t.is(kernel.stats().running, 0);

  for (const handle of [executable, job, ...proxies, ...launched.map(({ process }) => process)]) {
    handle.close();
  }
  launcher.dispose();
  t.deepEqual(kernel.stats(), before);
  await untilHolding(host);
});
