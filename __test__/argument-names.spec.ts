// Errors name what is wrong as whoever has passed it knows it.

import test from "ava";

import {
  fdioSpawnEtc,
  fdioSpawnVmo,
  getDynamicLinker,
  type Kernel,
  Message,
  planLaunch,
  ProcessBuilder,
  run,
  spawn,
  SpawnActionType,
} from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { info } from "./support/handle-info.js";
import { nullKernel } from "./support/kernel.js";

/** Calls with something wrong, by the name that it has. */
type Calls = Record<string, (kernel: Kernel) => unknown>;

function builderFor(kernel: Kernel): ProcessBuilder {
  const executable = kernel.vmoFromBytes(staticPie());
  return new ProcessBuilder({ name: "x", job: kernel.rootJob, executable });
}

const NUL = "a\0b";
const WRONG = 5 as never;

const BUILDER: Calls = {
  options: () => new ProcessBuilder(WRONG),
  "options.name": (kernel) =>
    new ProcessBuilder({ name: WRONG, job: kernel.rootJob, executable: kernel.createVmo(1n) }),
  "options.job": (kernel) =>
    new ProcessBuilder({ name: "x", job: WRONG, executable: kernel.createVmo(1n) }),
  "options.executable": (kernel) =>
    new ProcessBuilder({ name: "x", job: kernel.rootJob, executable: WRONG }),
  args: (kernel) => builderFor(kernel).addArguments("text" as never),
  "args[1]": (kernel) => builderFor(kernel).addArguments(["x", NUL]),
  "variables[2]": (kernel) => builderFor(kernel).addEnvironmentVariables(["A=", "B=", WRONG]),
  size: (kernel) => builderFor(kernel).setMinStackSize(WRONG),
  loader: (kernel) => builderFor(kernel).setLoaderService(WRONG),
  vdso: (kernel) => builderFor(kernel).setVdsoVmo(WRONG),
  "handles[0]": (kernel) => builderFor(kernel).addHandles([WRONG]),
  "handles[0].id": (kernel) =>
    builderFor(kernel).addHandles([{ handle: kernel.createEvent(), id: 1 } as never]),
  "handles[1].handle": (kernel) =>
    builderFor(kernel).addHandles([
      { handle: kernel.createEvent(), info: info("User0") },
      { handle: WRONG, info: info("User0") },
    ]),
  "handles[0].info": (kernel) =>
    builderFor(kernel).addHandles([{ handle: kernel.createEvent(), info: "User0" as never }]),
  entries: (kernel) => builderFor(kernel).addNamespaceEntries(WRONG),
  "entries[1]": (kernel) =>
    builderFor(kernel).addNamespaceEntries([
      { path: "/a", directory: kernel.createChannel()[0] },
      WRONG,
    ]),
  "entries[0].path": (kernel) =>
    builderFor(kernel).addNamespaceEntries([{ path: NUL, directory: kernel.createChannel()[0] }]),
  "entries[0].directory": (kernel) =>
    builderFor(kernel).addNamespaceEntries([{ path: "/a", directory: WRONG }]),
  "entries[0].handle": (kernel) =>
    builderFor(kernel).addNamespaceEntries([{ path: "/a", handle: kernel.createVmo(1n) } as never]),
};

const MESSAGE: Calls = {
  contents: () => new Message(WRONG),
  "contents.arguments": () => new Message({ arguments: [] } as never),
  "contents.args[0]": () => Message.calculateSize({ args: [NUL] }),
  "contents.environmentVars[1]": () => new Message({ environmentVars: ["", NUL] }),
  "contents.namespacePaths": () => new Message({ namespacePaths: "/pkg" as never }),
  "contents.handles[0].info": (kernel) =>
    new Message({ handles: [{ handle: kernel.createEvent(), info: "1" as never }] }),
  channel: () => new Message({}).write(WRONG),
  "interp.offset": (kernel) =>
    getDynamicLinker(kernel.createChannel()[0], kernel.createVmo(1n), { offset: 1 } as never),
  interp: (kernel) => getDynamicLinker(kernel.createChannel()[0], kernel.createVmo(1n), WRONG),
};

/** The same options, of `run`, `planLaunch` and `spawn`. */
const ENV: Record<string, object> = {
  "options.env.KEY": { env: { GOOD: "", KEY: NUL } },
  "options.env.OTHER": { env: { OTHER: WRONG } },
  [`options.env.${NUL}`]: { env: { [NUL]: "value" } },
  "options.env[1]": { env: ["GOOD=", `KEY=${NUL}`] },
  "options.env": { env: "A=1" },
};

const RUN: Calls = {
  ...Object.fromEntries(
    Object.entries(ENV).map(([name, options]) => [
      name,
      (kernel) => run(staticPie(), [], { kernel, ...options }),
    ]),
  ),
  "args[1]": (kernel) => run(staticPie(), ["x", NUL], { kernel }),
  "options.handles[0].info": (kernel) => {
    const handle = kernel.createEvent();
    return run(staticPie(), [], { kernel, handles: [{ handle, info: "1" as never }] });
  },
};

const PLAN: Calls = {
  ...Object.fromEntries(
    Object.entries(ENV).map(([name, options]) => [name, () => planLaunch(staticPie(), options)]),
  ),
  "options.args[1]": () => planLaunch(staticPie(), { args: ["x", NUL] }),
  "options.namespace[1]": () => planLaunch(staticPie(), { namespace: ["/a", NUL] }),
  "options.handles[1]": () =>
    planLaunch(staticPie(), { handles: [info("User0"), "User0" as never] }),
};

const SPAWN: Calls = {
  ...Object.fromEntries(
    Object.entries(ENV).map(([name, options]) => [
      name,
      (kernel) => spawn("/x", { context: kernel, ...options }),
    ]),
  ),
  file: (kernel) => spawn(NUL, { context: kernel }),
  args: (kernel) => spawn("/x", "text" as never, { context: kernel }),
  "args[1]": (kernel) => spawn("/x", ["x", NUL], { context: kernel }),
  "options.handles[0].handle": (kernel) =>
    spawn("/x", { context: kernel, handles: [{ handle: WRONG, info: 1 }] }),
};

const { AddHandle, AddNamespaceEntry, CloneDir, CloneFd } = SpawnActionType;

const FDIO: Calls = {
  path: (kernel) => fdioSpawnEtc(kernel, null, 0, NUL, ["x"], null, null),
  "argv[1]": (kernel) => fdioSpawnEtc(kernel, null, 0, "/x", ["x", NUL], null, null),
  "environ[0]": (kernel) => fdioSpawnVmo(kernel, null, 0, null, ["x"], [NUL], null),
  actions: (kernel) => fdioSpawnVmo(kernel, null, 0, null, ["x"], null, WRONG),
  "actions[0].prefix": (kernel) =>
    fdioSpawnVmo(kernel, null, 0, null, ["x"], null, [{ action: CloneDir, prefix: NUL }]),
  "actions[1].targetFd": (kernel) =>
    fdioSpawnVmo(kernel, null, 0, null, ["x"], null, [
      { action: CloneDir, prefix: "/" },
      { action: CloneFd, localFd: 1, targetFd: "1" as never },
    ]),
  "actions[0].id": (kernel) =>
    fdioSpawnVmo(kernel, null, 0, null, ["x"], null, [
      { action: AddHandle, id: "1" as never, handle: null },
    ]),
  "actions[0].handle": (kernel) =>
    fdioSpawnVmo(kernel, null, 0, null, ["x"], null, [
      { action: AddNamespaceEntry, prefix: "/a", handle: WRONG },
    ]),
  "options.compat": (kernel) =>
    fdioSpawnVmo(kernel, null, 0, null, ["x"], null, null, { compat: "2018" as never }),
};

for (const [what, calls] of Object.entries({ BUILDER, MESSAGE, RUN, PLAN, SPAWN, FDIO })) {
  for (const [name, call] of Object.entries(calls)) {
    test(`${what}: ${JSON.stringify(name)} is named when it is wrong`, async (t) => {
      const kernel = nullKernel(t);
      const error = await t.throwsAsync(async () => call(kernel), { instanceOf: TypeError });
      t.regex((error as Error & { code: string }).code, /^ERR_INVALID_ARG_(TYPE|VALUE)$/);
      const [, named] = /^The (?:argument '|")([^]*?)(?:'|" argument) /.exec(error!.message) ?? [];
      t.is(named, name, error!.message);
    });
  }
}

test("what was received is shown without what a terminal would act on", (t) => {
  const error = t.throws(() => nullKernel(t).rootJob.createProcess("\x1b[2J\0"));
  t.true(error!.message.endsWith(String.raw`Received '\x1B[2J\x00'`), error!.message);
});
