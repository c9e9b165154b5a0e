import test from "ava";

import {
  type Channel,
  HandleInfo,
  HandleType,
  Kernel,
  Launcher,
  planLaunch,
  run,
  type RunOptions,
  type ServicesOption,
  type SocketInfo,
} from "../index.js";
import { HostDirectory, PseudoDirectory } from "../lib/vfs/index.js";
import { zirconia } from "./support/cli.js";
import { directoryWith } from "./support/directory.js";
import { guest, guestBytes, nativeTest } from "./support/native.js";
import { settlesTo } from "./support/settled.js";

/** What a program says that it was given of a kind. */
async function said(kind: "env" | "handle" | "namespace", options: RunOptions): Promise<string[]> {
  const { stdout } = await run(guest("hello_dynamic"), [], options);
  return stdout.split("\n").filter((line) => line.startsWith(`${kind}`));
}

/** How many UTC clocks a program says that it has. */
async function clocks(options: RunOptions): Promise<number> {
  const lines = await said("handle", options);
  return lines.filter((line) => line.startsWith("handle ClockUtc(0): Clock ")).length;
}

nativeTest("a program gets a job, services and a place for files", async (t) => {
  t.deepEqual(await said("namespace", {}), ["namespace: /svc", "namespace: /tmp"]);
  t.true((await said("handle", {})).some((line) => line.startsWith("handle DefaultJob(0): Job ")));
});

nativeTest("a program has a clock, unless it is given one", async (t) => {
  t.is(await clocks({}), 1);
  t.is(await clocks({ bare: true }), 0);
  await using kernel = new Kernel();
  const info = new HandleInfo(HandleType.ClockUtc);
  t.is(await clocks({ kernel, handles: [{ handle: kernel.createClock(), info }] }), 1);
});

nativeTest("a bare one gets what it is given", async (t) => {
  t.deepEqual(await said("namespace", { bare: true }), []);
  const handles = await said("handle", { bare: true });
  t.false(handles.some((line) => line.includes("DefaultJob")));
});

nativeTest("what is given takes the place of what everybody gets", async (t) => {
  const own = new PseudoDirectory({});
  const at = (path: string) => said("namespace", { namespace: { [path]: own } });
  t.deepEqual(await at("/svc"), ["namespace: /svc", "namespace: /tmp"]);
  t.deepEqual(await at("/tmp/inner"), ["namespace: /tmp/inner", "namespace: /svc"]);
  t.deepEqual(await at("/"), ["namespace: /"]);

  await using kernel = new Kernel();
  const info = new HandleInfo(HandleType.DefaultJob);
  const job = kernel.rootJob.createJob();
  const jobs = await said("handle", { kernel, handles: [{ handle: job, info }] });
  t.is(jobs.filter((line) => line.includes("DefaultJob")).length, 1);
});

nativeTest("a plan has the same", async (t) => {
  const { messages } = await planLaunch(guest("hello"));
  t.deepEqual(messages[0]!.contents.namespacePaths, ["/svc", "/tmp"]);
  t.true(messages[0]!.handles.some(({ info }) => info.type === HandleType.DefaultJob));
});

nativeTest("a program launches others by its services, and nothing is left", async (t) => {
  await using kernel = new Kernel();
  kernel.systemVdso().close();
  t.true(kernel.rootJob.isValid);
  const pkg = new PseudoDirectory({ bin: new HostDirectory(guest(".")) });
  const launch = async () => {
    const [output, handle] = kernel.createSocket();
    const { returnCode } = await run(guestBytes("launcher_client"), ["2", "17"], {
      kernel,
      name: "/pkg/bin/launcher_client",
      namespace: { "/pkg": pkg },
      handles: [{ handle, info: new HandleInfo(HandleType.User0) }],
      reject: false,
    });
    const { receiveBufferAvailable }: SocketInfo = output.info();
    output.close();
    return { returnCode, hasSpoken: receiveBufferAvailable > 0n };
  };
  t.deepEqual(await launch(), { returnCode: 17n, hasSpoken: true });
  const before = kernel.stats();
  t.deepEqual(await launch(), { returnCode: 17n, hasSpoken: true });
  await settlesTo(t, kernel, before);
});

nativeTest(
  "services are those that are given, and the others unless the program is bare",
  async (t) => {
    const services = { "example.Service": (channel: Channel) => channel.close() };
    t.deepEqual(await said("namespace", { services }), ["namespace: /svc", "namespace: /tmp"]);
    t.deepEqual(await said("namespace", { services, bare: true }), ["namespace: /svc"]);

    await using kernel = new Kernel();
    const launcher = new Launcher(kernel);
    let clients = 0;
    const launch = (options: RunOptions) =>
      run(guestBytes("launcher_client"), ["2", "17"], {
        kernel,
        name: "/pkg/bin/launcher_client",
        namespace: { "/pkg": new PseudoDirectory({ bin: new HostDirectory(guest(".")) }) },
        handles: [{ handle: kernel.createSocket()[1], info: new HandleInfo(HandleType.User0) }],
        reject: false,
        ...options,
      });
    const own = {
      "fuchsia.process.Launcher": (channel: Channel) => {
        clients += 1;
        launcher.serve(channel);
      },
    };
    t.is((await launch({ services: own })).returnCode, 17n);
    t.true(clients > 0);
    t.not((await launch({ bare: true, services })).returnCode, 17n);
  },
);

/** Runs nothing. */
function ask(services: unknown, namespace = {}): Promise<unknown> {
  return run("none", [], { services: services as ServicesOption, namespace });
}

test("services that are none are misuse", async (t) => {
  for (const [services, code] of [
    [1, "ERR_INVALID_ARG_TYPE"],
    [{ name: 1 }, "ERR_INVALID_ARG_TYPE"],
    [{ "": "server" }, "ZX_ERR_INVALID_ARGS"],
    [{ "a/b": "server" }, "ZX_ERR_INVALID_ARGS"],
    [{ "..": "server" }, "ZX_ERR_INVALID_ARGS"],
    [{ ["x".repeat(256)]: "server" }, "ZX_ERR_BAD_PATH"],
  ] as const) {
    await t.throwsAsync(ask(services), { code });
  }
  for (const place of ["/", "/svc", "/svc/inner"]) {
    const namespace = { [place]: new PseudoDirectory({}) };
    await t.throwsAsync(ask({ name: "server" }, namespace), {
      code: "ERR_INCOMPATIBLE_OPTION_PAIR",
    });
  }
});

nativeTest("a working directory is a variable", async (t) => {
  const env = ["PWD=/old", "A=b"];
  t.deepEqual(await said("env", { cwd: "/tmp", env }), ["env: A=b", "env: PWD=/tmp"]);
  const code = "ERR_INVALID_ARG_VALUE";
  await t.throwsAsync(run(guest("hello"), [], { cwd: "tmp" }), { code });
});

nativeTest("the log tells why a program cannot be linked", async (t) => {
  const name = "linkage";
  const directory = directoryWith(t, { [name]: guestBytes(name), "libguest.so": "no ELF file" });
  const options = { libraryPath: [directory], reject: false };
  const { returnCode, log, stderr } = await run(`${directory}/${name}`, [], options);
  t.is(returnCode, 127n);
  t.regex(log, /^ld\.so\.1: libguest\.so: .*\n/);
  t.is(stderr, "");

  const shown = await zirconia(["run", "--lib", directory, `${directory}/${name}`]);
  t.regex(shown.stderr, /^ld\.so\.1: libguest\.so: /);
});

nativeTest("the log is shown where that is asked for", async (t) => {
  const { stderr } = await zirconia([
    "run",
    "--log",
    "--env",
    "LD_DEBUG=1",
    guest("hello_dynamic"),
  ]);
  t.regex(stderr, /libguest\.so/);
  const { stderr: none } = await zirconia(["run", "--env", "LD_DEBUG=1", guest("hello_dynamic")]);
  t.is(none, "");
});

nativeTest("variables come from the host and from files", async (t) => {
  const cwd = directoryWith(t, { vars: '# of a file\nA=1\nB="two words"\n', more: "A=2\n" });
  const options = ["--env-file", "vars", "--env-file", "more", "--env", "B", "--env", "ABSENT"];
  const { stdout } = await zirconia(["run", ...options, guest("hello")], {
    cwd,
    env: { B: "host" },
  });
  t.deepEqual(stdout.match(/^env: .*$/gm), ["env: A=2", "env: B=host"]);
  const missing = await zirconia(["run", "--env-file", "none", guest("hello")], { cwd });
  // Some versions of Node look for such a file themselves, whosever the option is.
  t.true([2, 9].includes(missing.code!));
  t.regex(missing.stderr, /none/);
});
