import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type Context,
  fdioSpawn,
  fdioSpawnEtc,
  fdioSpawnVmo,
  HandleType,
  LoaderService,
  ProcessContext,
  type SpawnAction,
  SpawnActionType,
  type SpawnCompat,
  SpawnFlags,
  type Vmo,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import * as fidl from "../lib/fidl/index.js";
import {
  NodeRights,
  PseudoDirectory,
  type PseudoEntry,
  PseudoFile,
  ServiceNode,
} from "../lib/vfs/index.js";
import { spawner, spawnFails } from "./support/spawner.js";

const PROGRAM = "\u007fELF";

/** A spawner whose `/pkg/bin` has these files. */
function withFiles(t: ExecutionContext, files: Record<string, PseudoEntry>) {
  const { context, ...rest } = spawner(t);
  const bin = new PseudoDirectory(files);
  context.environment.namespace.bind("/pkg", new PseudoDirectory({ bin }).connect(context));
  const run = (name: string, argv: readonly string[] = ["s", "1"], compat?: SpawnCompat) => {
    const options = compat === undefined ? {} : { compat };
    return fdioSpawn(context, null, 0, `/pkg/bin/${name}`, argv, options);
  };
  /** The arguments that the process gets in the end. */
  const args = async (...[name, argv, compat]: Parameters<typeof run>) => {
    (await run(name, argv, compat)).close();
    return rest.launcher.of("AddArgs").at(-1)!.strings;
  };
  return { context, ...rest, run, args };
}

test("an interpreter gets its one argument, the script, and the arguments", async (t) => {
  const { args, launcher } = withFiles(t, { echo: PROGRAM, script: "#!/pkg/bin/echo x y\nrest" });
  const newest = ["/pkg/bin/echo", "x y", "/pkg/bin/script", "1"];
  t.deepEqual(await args("script"), newest);
  t.deepEqual(await args("script", ["s", "1"], "newest"), newest);
  t.deepEqual(await args("script", ["s", "1"], "2020"), ["/pkg/bin/echo", "x y", "s", "1"]);
  t.deepEqual(
    launcher.of("Launch").map(({ name }) => name),
    ["s", "s", "s"],
  );
});

for (const [line, ...expected] of [
  ["#!/pkg/bin/echo\n", "/pkg/bin/echo"],
  ["#!/pkg/bin/echo", "/pkg/bin/echo"],
  ["#! \t/pkg/bin/echo\t \n", "/pkg/bin/echo"],
  ["#!/pkg/bin/echo \t a  b \t\n", "/pkg/bin/echo", "a  b \t"],
  ["#!/pkg/bin/echo a\0b\n", "/pkg/bin/echo", "a"],
  ["#!/pkg/bin/echo a\r\n", "/pkg/bin/echo", "a\r"],
] as const) {
  test(`the line ${JSON.stringify(line)}`, async (t) => {
    const { args } = withFiles(t, { echo: PROGRAM, script: line });
    t.deepEqual(await args("script"), [...expected, "/pkg/bin/script", "1"]);
  });
}

test("interpreters may be scripts: the innermost comes first", async (t) => {
  const { args } = withFiles(t, {
    echo: PROGRAM,
    inner: "#!/pkg/bin/echo i\n",
    outer: "#!/pkg/bin/inner o 1\n",
  });
  const both = ["/pkg/bin/echo", "i", "/pkg/bin/inner", "o 1"];
  t.deepEqual(await args("outer", ["outer", "x"]), [...both, "/pkg/bin/outer", "x"]);
  t.deepEqual(await args("outer", ["outer", "x"], "2020"), [...both, "outer", "x"]);
});

test("a VMO's script is what the first argument says, if there is one", async (t) => {
  const { context, launcher } = withFiles(t, { echo: PROGRAM });
  const script = () => context.vmoFromBytes(encode("#!/pkg/bin/echo\n"));
  const name: SpawnAction[] = [{ action: SpawnActionType.SetName, data: "named" }];
  (await fdioSpawnVmo(context, null, 0, script(), ["s", "1"], null, [])).close();
  (await fdioSpawnVmo(context, null, 0, script(), [], null, name)).close();
  (await fdioSpawnEtc(context, null, 0, "/pkg/bin/echo", [], null, name)).close();
  t.deepEqual(
    launcher.of("AddArgs").map(({ strings }) => strings),
    [["/pkg/bin/echo", "s", "1"], ["/pkg/bin/echo"], []],
  );
});

test("a path's script is its path, even without arguments", async (t) => {
  const { context, launcher } = withFiles(t, { echo: PROGRAM, script: "#!/pkg/bin/echo\n" });
  const name: SpawnAction[] = [{ action: SpawnActionType.SetName, data: "named" }];
  (await fdioSpawnEtc(context, null, 0, "/pkg/bin/script", [], null, name)).close();
  t.deepEqual(launcher.of("AddArgs")[0]!.strings, ["/pkg/bin/echo", "/pkg/bin/script"]);
});

test("lines without an interpreter are INVALID_ARGS", async (t) => {
  const { run } = withFiles(t, { empty: "#!\n", blank: "#! \t\n", nul: "#! \0/pkg" });
  for (const name of ["empty", "blank", "nul"]) {
    const error = await spawnFails(t, "INVALID_ARGS", run(name));
    t.is(error.errMsg, "the executable's #! line names no interpreter");
  }
});

test("an interpreter that there is not is INTERNAL, and named", async (t) => {
  const { run } = withFiles(t, {
    script: "#!/pkg/bin/missing\n",
    data: new PseudoFile("data", { rights: NodeRights.READABLE }),
    forbidden: "#!/pkg/bin/data\n",
    relative: "#!echo\n",
  });
  const error = await spawnFails(t, "INTERNAL", run("script"));
  t.is(
    error.errMsg,
    "cannot load the interpreter /pkg/bin/missing: cannot load /pkg/bin/missing: cannot open it: -25 (NOT_FOUND)",
  );
  await spawnFails(t, "ACCESS_DENIED", run("forbidden"));
  await spawnFails(t, "INTERNAL", run("relative"));
});

/** A line of this length, and its end. */
function line(length: number): string {
  return `#!/pkg/bin/echo ${"x".repeat(length - 16)}\n`;
}

test("a line has to end within 2,058 bytes", async (t) => {
  const { args, run } = withFiles(t, {
    echo: PROGRAM,
    longest: line(2057),
    tooLong: line(2058),
  });
  t.is((await args("longest"))[1]!.length, 2057 - 16);
  const error = await spawnFails(t, "OUT_OF_RANGE", run("tooLong"));
  t.is(error.errMsg, "the executable's #! line is too long");
});

test("255 lines are followed, and no more", async (t) => {
  const chain: Record<string, string> = { hop0: PROGRAM };
  for (let hop = 1; hop <= 256; hop++) chain[`hop${hop}`] = `#!/pkg/bin/hop${hop - 1}\n`;
  const { args, run } = withFiles(t, { ...chain, loop: "#!/pkg/bin/loop\n" });
  t.is((await args("hop255")).length, 255 + 2);
  const error = await spawnFails(t, "IO_INVALID", run("hop256"));
  t.is(error.errMsg, "more than 255 #! lines");
  await spawnFails(t, "IO_INVALID", run("loop"));
});

test("#!resolve without a space is an interpreter", async (t) => {
  const { run } = withFiles(t, { script: "#!resolve\n" });
  const error = await spawnFails(t, "INTERNAL", run("script"));
  t.true(error.errMsg.startsWith("cannot load the interpreter resolve: "));
});

interface Answer {
  status: number;
  executable?: Vmo;
  ldsvc?: Channel;
}

/** A spawner whose Resolver answers by name, and notes the names. */
function withResolver(
  t: ExecutionContext,
  files: Record<string, PseudoEntry>,
  resolve: (name: string, context: Context) => Answer,
) {
  const process = withFiles(t, files);
  const { kernel, context, launcher } = process;
  const names: string[] = [];
  const services = new PseudoDirectory({
    "fuchsia.process.Launcher": new ServiceNode((channel) => launcher.serve(channel)),
    "fuchsia.process.Resolver": new ServiceNode(
      (channel) =>
        void fidl.serve(fidl.process.Resolver, channel, {
          resolve: ({ name }) => {
            names.push(name);
            return resolve(name, kernel);
          },
        }),
    ),
  });
  context.environment.namespace.unbind("/svc");
  context.environment.namespace.bind("/svc", services.connect(kernel));
  return { ...process, names };
}

function text(context: Context, content: string): Vmo {
  return context.vmoFromBytes(encode(content));
}

test("a name is resolved to an executable, and its loader service", async (t) => {
  const koids: bigint[] = [];
  const { args, launcher, names } = withResolver(
    t,
    { one: "#!resolve  fuchsia-pkg://a#bin/b \n" },
    (_, context) => {
      const executable = text(context, PROGRAM);
      const ldsvc = new LoaderService(context).connect();
      koids.push(executable.koid, ldsvc.koid);
      return { status: ZxStatus.OK, executable, ldsvc };
    },
  );
  t.deepEqual(await args("one", ["s", "1"]), ["s", "1"]);
  t.deepEqual(names, [" fuchsia-pkg://a#bin/b "]);
  t.is(launcher.of("Launch")[0]!.executable.koid, koids[0]!);
  t.deepEqual(
    launcher.of("AddHandles")[0]!.handles.map(({ id, koid }) => [id, koid]),
    [[HandleType.LdsvcLoader, koids[1]]],
  );
});

test("a resolved executable replaces the loader service, even by none", async (t) => {
  const { context, launcher } = withResolver(t, { one: "#!resolve name\n" }, (_, context) => ({
    status: ZxStatus.OK,
    executable: text(context, PROGRAM),
  }));
  context.environment.setLoaderService(new LoaderService(context).connect());
  const flags = SpawnFlags.DEFAULT_LDSVC;
  (await fdioSpawn(context, null, flags, "/pkg/bin/one", ["s"])).close();
  t.deepEqual(launcher.of("AddHandles")[0]!.handles, []);
});

test("names may lead to names", async (t) => {
  const { args, names } = withResolver(t, { one: "#!resolve two\n" }, (name, context) => ({
    status: ZxStatus.OK,
    executable: text(context, name === "two" ? "#!resolve three\n" : PROGRAM),
  }));
  t.deepEqual(await args("one"), ["s", "1"]);
  t.deepEqual(names, ["two", "three"]);
});

test("names that lead to themselves are followed 255 times", async (t) => {
  const { run, names } = withResolver(t, { one: "#!resolve one\n" }, (_, context) => ({
    status: ZxStatus.OK,
    executable: text(context, "#!resolve one\n"),
  }));
  await spawnFails(t, "IO_INVALID", run("one"));
  t.is(names.length, 255);
});

for (const [status, expected] of [
  ["NOT_FOUND", "INTERNAL"],
  ["ACCESS_DENIED", "ACCESS_DENIED"],
] as const) {
  test(`the Resolver's ${status} is ${expected}`, async (t) => {
    const { run } = withResolver(t, { one: "#!resolve name\n" }, (_, context) => ({
      status: ZxStatus[status],
      executable: text(context, PROGRAM),
      ldsvc: new LoaderService(context).connect(),
    }));
    const error = await spawnFails(t, expected, run("one"));
    t.is(error.errMsg, `cannot resolve name: ${ZxStatus[status]} (${status})`);
  });
}

test("a Resolver that is content and sends nothing is BAD_HANDLE", async (t) => {
  const { run } = withResolver(t, { one: "#!resolve name\n" }, () => ({ status: ZxStatus.OK }));
  const error = await spawnFails(t, "BAD_HANDLE", run("one"));
  t.is(error.errMsg, "cannot read the executable's first line: -11 (BAD_HANDLE)");
});

test("a Resolver that there is not is INTERNAL", async (t) => {
  const { context, run } = withFiles(t, { one: "#!resolve name\n" });
  const sent = await spawnFails(t, "INTERNAL", run("one"));
  t.is(sent.errMsg, "cannot ask fuchsia.process.Resolver for name: -24 (PEER_CLOSED)");
  context.environment.namespace.unbind("/svc");
  const fresh = new ProcessContext(context.kernel, { job: context.kernel.rootJob });
  fresh.environment.namespace.bindAll(context.environment.namespace.export());
  const connect = await spawnFails(t, "INTERNAL", fdioSpawn(fresh, null, 0, "/pkg/bin/one", ["s"]));
  t.is(connect.errMsg, "cannot connect to fuchsia.process.Resolver: -25 (NOT_FOUND)");
});

test("interpreters and resolved names do not go together", async (t) => {
  const { run } = withResolver(
    t,
    { resolved: "#!resolve script\n", script: "#!/pkg/bin/resolved\n" },
    (_, context) => ({ status: ZxStatus.OK, executable: text(context, "#!/pkg/bin/echo\n") }),
  );
  const first = await spawnFails(t, "NOT_SUPPORTED", run("resolved"));
  t.is(first.errMsg, "a resolved executable cannot be a script with an interpreter");
  const second = await spawnFails(t, "NOT_SUPPORTED", run("script"));
  t.is(second.errMsg, "a script's interpreter cannot be one to be resolved");
});
