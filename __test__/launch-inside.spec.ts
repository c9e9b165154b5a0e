import {
  HandleInfo,
  HandleType,
  Kernel,
  Launcher,
  type NamespaceEntry,
  ProcessBuilder,
  ZxStatus,
} from "../index.js";
import { HostDirectory, OpenFlags, PseudoDirectory } from "../lib/vfs/index.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { installedLibraries } from "./support/util-process.js";

const decoder = new TextDecoder();
const info = (type: HandleType, arg = 0) => new HandleInfo(type, arg);

/** A kernel, and all that a program on it needs to launch others. */
class World implements AsyncDisposable {
  readonly kernel = new Kernel();
  readonly launcher = new Launcher(this.kernel);
  readonly libraries = installedLibraries(this.kernel);
  readonly services = new PseudoDirectory({
    "fuchsia.process.Launcher": this.launcher.node(),
  });
  readonly package = new PseudoDirectory({
    bin: new HostDirectory(guest(".")),
    text: "What is no ELF file",
  });

  /** The namespace that programs get. */
  names(): NamespaceEntry[] {
    return [
      { path: "/svc", directory: this.services.connect(this.kernel) },
      { path: "/pkg", directory: this.package.connect(this.kernel) },
    ];
  }

  /** Runs a program to its end: its return code, and what it says over User0. */
  async run(args: readonly string[], { names = this.names(), job = this.kernel.rootJob } = {}) {
    const [output, user] = this.kernel.createSocket();
    const name = args[0]!.slice("/pkg/bin/".length);
    const builder = new ProcessBuilder({
      name,
      job,
      executable: this.kernel.vmoFromBytes(guestBytes(name), { name }),
    });
    builder
      .addArguments(args)
      .setLoaderService(this.libraries.connect())
      .addHandles([
        { handle: job.duplicate(), info: info(HandleType.DefaultJob) },
        { handle: user, info: info(HandleType.User0) },
      ])
      .addNamespaceEntries(names);
    const process = (await builder.build()).start();
    const { returnCode } = await process.exited();
    const { receiveBufferAvailable } = output.info();
    const said = receiveBufferAvailable > 0n ? decoder.decode(output.read()) : "";
    [output, process].forEach((handle) => handle.close());
    return { returnCode, said };
  }

  /** Ends all servers. */
  close(): void {
    const servers = [this.launcher, this.libraries, this.services, this.package];
    servers.forEach((server) => server.dispose());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.kernel[Symbol.asyncDispose]();
  }
}

const CLIENT = "/pkg/bin/launcher_client";
const CHILD = "/pkg/bin/spawn_child";

nativeTest("a program launches itself, three deep, with what it was given", async (t) => {
  await using world = new World();
  const { kernel } = world;
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const before = kernel.stats();
  const { returnCode, said } = await world.run([CLIENT, "3", "17"]);
  t.is(returnCode, 17n);
  t.is(
    said,
    [
      "depth 3: /svc /pkg",
      "depth 2: /svc /pkg",
      "depth 1: /svc /pkg",
      "depth 0: /svc /pkg",
      "",
    ].join("\n"),
  );
  world.close();
  t.deepEqual(kernel.stats(), before);
});

nativeTest("a program is told why it cannot launch another", async (t) => {
  await using world = new World();
  const { kernel } = world;
  const run = async (status: number, names: NamespaceEntry[]) => {
    const { returnCode, said } = await world.run([CLIENT, "1", "17"], { names });
    t.is(returnCode, BigInt(status));
    t.regex(said, /^depth 1:.*\n$/);
  };
  const [services, files] = world.names() as [NamespaceEntry, NamespaceEntry];
  await run(ZxStatus.NOT_FOUND, [services]);
  await run(ZxStatus.NOT_FOUND, [files]);

  using empty = new PseudoDirectory();
  const at = (path: string, directory: PseudoDirectory, rights?: number) => ({
    path,
    directory: directory.connect(kernel, rights === undefined ? {} : { rights }),
  });
  await run(ZxStatus.PEER_CLOSED, [at("/svc", empty), at("/pkg", world.package)]);
  await run(ZxStatus.NOT_FOUND, [at("/svc", world.services), at("/pkg", empty)]);
  const readable = at("/pkg", world.package, OpenFlags.READABLE);
  await run(ZxStatus.ACCESS_DENIED, [at("/svc", world.services), readable]);
});

nativeTest("what is spawned from inside has what its parent has", async (t) => {
  await using world = new World();
  const codes: [args: string[], code: bigint][] = [
    [["--spawn", CHILD], 43n],
    [["--spawn", CHILD, "--argc", "x"], 3n],
    [["--spawn", CHILD, "--spawn", CHILD, "--stat", CHILD], 76n],
    [["--spawn", CHILD, "--stat", "/pkg/bin/missing"], -6n],
    [["--spawn", "/pkg/bin/missing"], BigInt(ZxStatus.NOT_FOUND)],
    // What is found, but is none, is not to be confused with what is not found.
    [["--spawn", "/pkg/text"], BigInt(ZxStatus.INTERNAL)],
  ];
  for (const [args, code] of codes) {
    t.is((await world.run([CHILD, ...args])).returnCode, code, args.join(" "));
  }
});

nativeTest("where policy denies new processes, the Launcher still makes them", async (t) => {
  await using world = new World();
  const job = world.kernel.rootJob.createJob();
  job.setPolicy("relative", [{ condition: "NewProcess", action: "deny" }]);
  const creator = "/pkg/bin/process_creator";
  t.is((await world.run([creator])).returnCode, 0n);
  t.is((await world.run([creator], { job })).returnCode, BigInt(ZxStatus.ACCESS_DENIED));
  t.is((await world.run([CLIENT, "1", "17"], { job })).returnCode, 17n);
});
