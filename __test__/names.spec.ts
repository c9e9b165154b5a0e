// Names of processes and other strings of C's: no NUL within, and bytes are as good as text.

import { once } from "node:events";

import test from "ava";

import {
  type CString,
  decodeMessage,
  type Kernel,
  Message,
  planLaunch,
  ProcessBuilder,
  ProcessContext,
  run,
  spawn,
  SpawnActionType,
  fdioSpawnVmo,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import { staticPie } from "./support/elf-file.js";
import { nullKernel } from "./support/kernel.js";
import { plain, spawner } from "./support/spawner.js";

/** Whatever names something: what its name is then. */
const NAMED: Record<string, [argument: string, name: (kernel: Kernel, name: CString) => string]> = {
  ProcessBuilder: [
    "options.name",
    (kernel, name) => {
      const executable = kernel.vmoFromBytes(staticPie());
      using builder = new ProcessBuilder({ name, job: kernel.rootJob, executable });
      return builder.duplicateProcess().getName();
    },
  ],
  "Job.createProcess": [
    "name",
    (kernel, name) => kernel.rootJob.createProcess(name).process.getName(),
  ],
  ProcessContext: [
    "options.name",
    (kernel, name) => {
      const context = new ProcessContext(kernel, { job: kernel.rootJob, name });
      return kernel.rootJob.getChild(context.koid).getName();
    },
  ],
  "Process.createThread": [
    "name",
    (kernel, name) => kernel.rootJob.createProcess("p").process.createThread(name).getName(),
  ],
  "Handle.setName": [
    "name",
    (kernel, name) => {
      const vmo = kernel.createVmo(1n);
      vmo.setName(name);
      return vmo.getName();
    },
  ],
  "Context.vmoFromBytes": [
    "options.name",
    (kernel, name) => kernel.vmoFromBytes(Uint8Array.of(1), { name }).getName(),
  ],
};

for (const [what, [argument, named]] of Object.entries(NAMED)) {
  test(`${what}: a name is text or bytes, of which 31 are kept, without NUL`, (t) => {
    const kernel = nullKernel(t);
    t.is(named(kernel, "text \u00e9"), "text \u00e9");
    t.is(named(kernel, encode("bytes \u00e9")), "bytes \u00e9");
    t.is(named(kernel, Uint8Array.of(0x61, 0xff, 0x62)), "a\ufffdb");
    for (const length of [31, 32]) {
      t.is(named(kernel, "n".repeat(length)), "n".repeat(31));
    }
    for (const name of ["a\0b", "\0", encode("a\0b"), `${"n".repeat(40)}\0`]) {
      t.throws(() => named(kernel, name), {
        code: "ERR_INVALID_ARG_VALUE",
        message: new RegExp(`'${argument.replace(".", "\\.")}' must not contain null bytes`),
      });
    }
    t.throws(() => named(kernel, 5 as never), {
      code: "ERR_INVALID_ARG_TYPE",
      message: `The "${argument}" argument must be a string or bytes. Received 5`,
    });
  });
}

const NUL = { code: "ERR_INVALID_ARG_VALUE", message: /'options\.name' must not contain null/ };

test("a plan's name, arguments and environment are text or bytes", async (t) => {
  const plan = await planLaunch(staticPie(), {
    name: encode("/bin/na\u00efve"),
    args: ["one", Uint8Array.of(0xff)],
    env: { TEXT: "value", BYTES: Uint8Array.of(0xfe) },
  });
  t.is(plan.name, "/bin/na\u00efve");
  const [message] = plan.messages;
  const bytes = Buffer.from(message!.bytes).toString("latin1");
  const strings = ["/bin/na\u00c3\u00afve", "one", "\u00ff", "TEXT=value", "BYTES=\u00fe"];
  t.true(bytes.includes(`${strings.join("\0")}\0`));
  const list = await planLaunch(staticPie(), { env: ["A=1", encode("B=2")] });
  t.deepEqual(list.messages[0]!.contents.environmentVars, ["A=1", "B=2"]);
  await t.throwsAsync(planLaunch(staticPie(), { name: "a\0b" }), NUL);
});

test("run's name, too", async (t) => {
  const kernel = nullKernel(t);
  await t.throwsAsync(run(staticPie(), [], { kernel, name: "a\0b" }), NUL);
  await t.throwsAsync(run(staticPie(), [], { kernel, name: encode("a\0b") }), NUL);
  const options = { kernel, name: encode("/bin/bytes"), env: { A: encode("b") } };
  await t.throwsAsync(run(staticPie(), [encode("arg")], options), { code: "ZX_ERR_NOT_SUPPORTED" });
});

test("spawn's name, first argument, arguments and environment, too", async (t) => {
  const { context, launcher } = spawner(t);
  const child = spawn(plain(context), [encode("one"), "two"], {
    name: encode("named"),
    argv0: encode("zero"),
    env: { TEXT: "value", BYTES: encode("bytes") },
  });
  t.deepEqual(child.spawnargs, ["zero", "one", "two"]);
  await once(child, "spawn");
  t.is(launcher.of("Launch")[0]!.name, "named");
  t.deepEqual(launcher.of("AddArgs")[0]!.strings, ["zero", "one", "two"]);
  t.deepEqual(launcher.of("AddEnvirons")[0]!.strings, ["TEXT=value", "BYTES=bytes"]);
  for (const name of ["a\0b", encode("a\0b")]) t.throws(() => spawn(plain(context), { name }), NUL);
});

test("fdioSpawnVmo's name, and what an environment holds, too", async (t) => {
  const { context, launcher } = spawner(t);
  const spawnAs = (data: CString) =>
    fdioSpawnVmo(context, null, 0x10, plain(context), ["x"], null, [
      { action: SpawnActionType.SetName, data },
    ]);
  context.environment.environ = ["A=text", encode("B=bytes")];
  t.deepEqual(context.environment.environ, ["A=text", encode("B=bytes")]);
  (await spawnAs(encode("named"))).close();
  t.is(launcher.of("Launch")[0]!.name, "named");
  t.deepEqual(launcher.of("AddEnvirons")[0]!.strings, ["A=text", "B=bytes"]);
  await t.throwsAsync(spawnAs(encode("a\0b")), {
    code: "ERR_INVALID_ARG_VALUE",
    message: /'actions\[0\]\.data' must not contain null/,
  });
});

test("a message of nothing is one, and what is in it is text or bytes", (t) => {
  const { bytes } = new Message({});
  t.deepEqual(decodeMessage(bytes, 0), {
    args: [],
    environmentVars: [],
    namespacePaths: [],
    handleInfos: [],
  });
  const { args } = decodeMessage(new Message({ args: ["a", encode("b")] }).bytes, 0);
  t.deepEqual(args, ["a", "b"]);
});
