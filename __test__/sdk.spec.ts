// Programs of real SDKs of Fuchsia's, unmodified: the files of examples/sdk, each compiled and linked
// with every SDK that FUCHSIA_SDK names, and for this computer.

import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ExecutionContext } from "ava";

import {
  type Channel,
  HandleInfo,
  HandleType,
  Kernel,
  run,
  type RunOptions,
  type RunResult,
  Signals,
} from "../index.js";
import { directoryFor } from "./support/clang.js";
import { MAIN, shell, zirconia } from "./support/cli.js";
import { type Build, buildForHost, buildWithSdk, SDKS, sdkTest } from "./support/sdk.js";

/** What a program is given, on both sides. */
interface Given {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  readonly input?: Uint8Array;
}

/** What a program says, on both sides. */
interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

function onHost(program: string, { args = [], env = {}, input }: Given = {}): Said {
  const { status, stdout, stderr } = spawnSync(program, args, {
    env,
    ...(input !== undefined && { input }),
    encoding: "latin1",
  });
  return { stdout, stderr, exitCode: status ?? -1 };
}

/** Runs a program of an SDK's, whose calls must all be there. */
async function inFuchsia(
  t: ExecutionContext,
  program: string,
  sdk: string,
  { args = [], ...given }: Given = {},
  options: RunOptions = {},
): Promise<RunResult> {
  const absent: unknown[] = [];
  const result = await run(program, args, {
    sdk,
    ...given,
    ...options,
    encoding: "latin1",
    reject: false,
    trace: (records) => {
      absent.push(...records.filter(({ type }) => type === "syscallNotImplemented"));
    },
  });
  t.deepEqual(absent, [], program);
  return result;
}

function saidBy({ stdout, stderr, exitCode }: RunResult): Said {
  return { stdout, stderr, exitCode };
}

/** Does something for each SDK, in a directory of its own. */
async function eachSdk(
  t: ExecutionContext,
  body: (sdk: string, directory: string) => Promise<void>,
): Promise<void> {
  for (const sdk of SDKS) {
    t.log(sdk);
    await body(sdk, directoryFor(t));
  }
}

/** Programs that print the same on both sides. */
const SAME: Readonly<Record<string, Given>> = {
  "hello.c": { args: ["SDK"] },
  "arguments.c": { args: ["", "two words", "-x"], env: { COLOUR: "red", EMPTY: "" } },
  "filter.c": { input: randomBytes(300_000) },
  "threads.c": {},
  "allocations.c": {},
  "memory.c": {},
  "language.c": {},
  "clocks.c": {},
  "poll.c": {},
  "objects.cc": {},
};

for (const [name, given] of Object.entries(SAME)) {
  sdkTest(`${name} prints what it prints on Linux`, async (t) => {
    const expected = onHost(buildForHost(name, join(directoryFor(t), "program")), given);
    await eachSdk(t, async (sdk, directory) => {
      const program = buildWithSdk(sdk, name, join(directory, "program"));
      t.deepEqual(saidBy(await inFuchsia(t, program, sdk, given)), expected);
    });
  });
}

sdkTest("files.c finds in a namespace's directory what Linux finds", async (t) => {
  const host = directoryFor(t);
  const program = buildForHost("files.c", join(host, "program"));
  mkdirSync(join(host, "empty"));
  const expected = onHost(program, { args: [join(host, "empty")] });
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "files.c", join(directory, "program"));
    mkdirSync(join(directory, "empty"));
    const outcome = await zirconia([
      "run",
      "--sdk",
      sdk,
      "--ns",
      `/data=${join(directory, "empty")}:rw`,
      program,
      "/data",
    ]);
    t.deepEqual(
      { stdout: outcome.stdout, stderr: outcome.stderr, exitCode: outcome.code },
      expected,
    );
    // What every program has to write in.
    t.is((await inFuchsia(t, program, sdk, { args: ["/tmp"] })).stdout, expected.stdout);
  });
});

sdkTest("dynamic.c uses a library, and opens another", async (t) => {
  const host = directoryFor(t);
  const count = buildForHost("libcount.c", join(host, "libcount.so"));
  buildForHost("libplugin.c", join(host, "libplugin.so"), count);
  const program = buildForHost("dynamic.c", join(host, "program"), count);
  const expected = onHost(program, { env: { LD_LIBRARY_PATH: host } });
  await eachSdk(t, async (sdk, directory) => {
    const built = (name: string, output: string, ...link: string[]) =>
      buildWithSdk(sdk, name, join(directory, output), { link });
    const count = built("libcount.c", "libcount.so");
    built("libplugin.c", "libplugin.so", count);
    const program = built("dynamic.c", "program", count);
    const options = { libraryPath: [directory] };
    t.deepEqual(saidBy(await inFuchsia(t, program, sdk, {}, options)), expected);
  });
});

sdkTest("echo.c sends back what comes over its channel", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "echo.c", join(directory, "program"));
    await using kernel = new Kernel();
    const [ours, theirs] = kernel.createChannel();
    const running = run(program, [], {
      kernel,
      sdk,
      handles: [{ handle: theirs, info: new HandleInfo(HandleType.User0) }],
    });
    for (const word of ["one", "two"]) {
      ours.write(Buffer.from(word));
      await ours.waitOne(Signals.READABLE);
      t.is(Buffer.from(ours.read().bytes).toString(), word);
    }
    ours.close();
    const { stdout } = await running;
    t.is(stdout, "channel 1, taken again 0\n2 echoed, then ZX_ERR_PEER_CLOSED\n");
  });
});

sdkTest("spawn.c spawns programs and scripts", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "spawn.c", join(directory, "program"));
    const script = join(directory, "script");
    writeFileSync(script, "#!/pkg/program child\n");
    chmodSync(script, 0o755);
    const given = { args: ["/pkg/program", "/pkg/script"] };
    const options = { namespace: { "/pkg": directory } };
    const { stdout, stderr } = await inFuchsia(t, program, sdk, given, options);
    t.is(
      stdout,
      [
        "child of 3: plain none",
        "handle 0, job 1",
        "a program: 17",
        "> child of 4: with actions Fuchsia",
        "> handle 1, job 1",
        "> read 5: words",
        "with actions: 17",
        "child of 4: script none",
        "handle 0, job 1",
        "read 0: ",
        "/pkg/script: 17",
        "nothing: ZX_ERR_NOT_FOUND",
        "told of it: 1",
        "",
      ].join("\n"),
    );
    t.is(stderr, "");
  });
});

sdkTest("system.c is told what the system is", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "system.c", join(directory, "program"));
    const { stdout } = await inFuchsia(t, program, sdk);
    t.is(
      stdout,
      "uname 0\nFuchsia on x86_64\ngethostname 0: fuchsia, fuchsia\n" +
        "pages of 4096 bytes, processors 1\n",
    );
  });
});

/** What a command prints, and then its exit code. */
async function code(command: string, arg = ""): Promise<string> {
  const { stdout } = await shell(`${command} ${arg} 2>&-; echo $?`);
  return stdout;
}

sdkTest("exit codes, aborts and crashes are as a shell has them", async (t) => {
  const host = directoryFor(t);
  const ending = buildForHost("ending.c", join(host, "ending"));
  const crash = buildForHost("crash.c", join(host, "crash"));
  const ways = ["0", "7", "255", "_exit", "quick_exit", "abort", "assert"];
  const expected = await Promise.all(ways.map((way) => code(ending, way)));
  const crashed = await code(crash);
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "ending.c", join(directory, "ending"));
    const start = `zirconia run --quiet --sdk ${sdk}`;
    for (const [index, way] of ways.entries()) {
      t.is(await code(`${start} ${program}`, way), expected[index]!, way);
    }
    t.is(await code(`${start} ${buildWithSdk(sdk, "crash.c", join(directory, "crash"))}`), crashed);
  });
});

/** Ways to link a program, each of which a loader has to take. */
const VARIANTS: Readonly<Record<string, Build>> = {
  "with REL": { link: ["-z", "rel", "--pack-dyn-relocs=none"] },
  "with RELA": { link: ["-z", "rela", "--pack-dyn-relocs=none"] },
  "with RELA and RELR": { link: ["-z", "rela", "--pack-dyn-relocs=relr"] },
  "with the hash table of System V": { link: ["--hash-style=sysv"] },
  "with both hash tables": { link: ["--hash-style=both"] },
  "with segments that share pages of the file": { link: ["-z", "noseparate-code"] },
  "with segments that share code's pages too": {
    link: ["-z", "noseparate-code", "--no-rosegment"],
  },
  "aligned to 64 KiB": { link: ["-z", "max-page-size=65536"] },
  "with an image base": { link: ["--image-base=0x10000000"] },
  "with a stack size": { link: ["-z", "stack-size=1048576"] },
  "with read-only dynamic section": { link: ["-z", "rodynamic"] },
  "without relocation read-only": { link: ["-z", "norelro"] },
  "bound lazily": { link: ["-z", "lazy"] },
  stripped: { link: ["--strip-all"] },
  "with debugging information": { compile: ["-g"] },
  "without SafeStack": { compile: ["-fno-sanitize=safe-stack"] },
  "with stack protectors": { compile: ["-fstack-protector-all"] },
  unoptimized: { compile: ["-O0"] },
  "by bfd": { linker: "ld.bfd", link: ["--defsym=__dso_handle=0"] },
};

for (const [way, build] of Object.entries(VARIANTS)) {
  sdkTest(`a program runs that is linked ${way}`, async (t) => {
    await eachSdk(t, async (sdk, directory) => {
      const hello = buildWithSdk(sdk, "hello.c", join(directory, "hello"), build);
      t.is((await inFuchsia(t, hello, sdk)).stdout, "Hello, world!\n");
      // It has pointers to relocate, and variables of each thread's.
      const objects = buildWithSdk(sdk, "objects.cc", join(directory, "objects"), build);
      const { stdout } = await inFuchsia(t, objects, sdk);
      t.regex(stdout, /^global begins\n(?:.*\n)*16 4 1\.5\n(?:.*\n)*global ends\n$/);
    });
  });
}

sdkTest("a program runs whose section headers are gone", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "hello.c", join(directory, "program"));
    const file = readFileSync(program);
    const [sections, count] = [Number(file.readBigUInt64LE(0x28)), 0x3a];
    file.writeBigUInt64LE(0n, 0x28);
    file.fill(0, count, 0x40);
    t.is((await inFuchsia(t, program, sdk)).stdout, "Hello, world!\n");
    writeFileSync(program, file.subarray(0, sections));
    t.is((await inFuchsia(t, program, sdk)).stdout, "Hello, world!\n");
  });
});

sdkTest("in a pipeline a program is like a native one", async (t) => {
  const bytes = randomBytes(1_000_000);
  const host = directoryFor(t);
  writeFileSync(join(host, "bytes"), bytes);
  buildForHost("filter.c", join(host, "filter"));
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "filter.c", join(directory, "filter"));
    const filter = `zirconia run --sdk ${sdk} ${program}`;
    const { stdout, stderr, code } = await shell(
      [
        `${filter} < ${host}/bytes 2>${directory}/told | ${filter} 2>&- | cksum`,
        `${host}/filter < ${host}/bytes 2>&- | ${host}/filter 2>&- | cksum`,
        `cat ${directory}/told`,
        `(yes | ${filter} 2>&-; echo $? > ${directory}/unread) | head -c 3`,
      ].join("\n"),
    );
    const [ours, theirs, ...rest] = stdout.split("\n");
    t.is(ours, theirs);
    t.is(readFileSync(join(directory, "unread"), "utf8"), "141\n");
    t.deepEqual({ rest, stderr, code }, { rest: ["at the end 1", "z\vz"], stderr: "", code: 0 });
  });
});

sdkTest("what a program lacks is said in one sentence, with where it was looked for", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const count = buildWithSdk(sdk, "libcount.c", join(directory, "libcount.so"));
    const link = [count];
    const program = buildWithSdk(sdk, "dynamic.c", join(directory, "program"), { link });
    const missing = await inFuchsia(t, program, sdk);
    t.like(missing, {
      returnCode: 127n,
      missing: ["libcount.so"],
      message: `program: failed with return code 127: libcount.so is not in the SDK ${sdk}`,
    });
    const older = join(directory, "older");
    mkdirSync(older);
    buildWithSdk(sdk, "libplugin.c", join(older, "libcount.so"));
    const { code, stdout, stderr } = await zirconia(["run", "--sdk", sdk, "--lib", older, program]);
    t.deepEqual(
      { code, stdout, stderr },
      {
        code: 127,
        stdout: "",
        stderr:
          "zirconia: program: failed with return code 127: no library has count; " +
          `libraries are from ${older}, the SDK ${sdk}\n`,
      },
    );
  });
});

sdkTest("Ctrl-C ends a program", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const program = buildWithSdk(sdk, "filter.c", join(directory, "filter"));
    const child = spawn(
      process.execPath,
      [`--import=${import.meta.resolve("tsx")}`, MAIN, "run", "--sdk", sdk, program],
      { stdio: ["pipe", "pipe", "ignore"] },
    );
    // More than its buffer has room for.
    child.stdin.write("x".repeat(10_000));
    await once(child.stdout, "data");
    child.kill("SIGINT");
    t.deepEqual(await once(child, "exit"), [130, null]);
  });
});

sdkTest("client.c asks a service, of a program or of JavaScript's", async (t) => {
  await eachSdk(t, async (sdk, directory) => {
    const client = buildWithSdk(sdk, "client.c", join(directory, "client"));
    const server = buildWithSdk(sdk, "server.c", join(directory, "server"));
    const args = ["run", "--sdk", sdk, "--svc", `example.Echo=${server}`, client];
    const { stdout, stderr, code } = await zirconia([...args, "one", "two", "three"]);
    t.deepEqual([stdout, stderr, code], ["ZX_OK: ONE\nZX_OK: TWO\nZX_OK: THREE\n", "", 0]);
    const module = join(directory, "server.mjs");
    writeFileSync(module, "export default (channel) => channel.close();\n");
    const closed = await zirconia([...args.slice(0, 4), `example.Echo=${module}`, client, "one"]);
    t.is(closed.stdout, "ZX_ERR_PEER_CLOSED: \n");
    const services = {
      "example.Echo": async (channel: Channel) => {
        await channel.waitOne(Signals.READABLE);
        channel.write(channel.read().bytes.fill(0x21, 4, 7));
      },
    };
    const given = { args: ["four", "five"] };
    const answered = await inFuchsia(t, client, sdk, given, { services });
    t.is(answered.stdout, "ZX_OK: !!!r\nZX_OK: !!!e\n");
    const lost = await zirconia([...args.slice(0, 4), `example.Echo=${server}.not`, client, "six"]);
    t.is(lost.code, 125);
    t.regex(lost.stderr, /^zirconia: ENOENT: .*server\.not/);
    const nobody = await inFuchsia(t, client, sdk, given);
    t.is(nobody.stdout, "ZX_ERR_PEER_CLOSED: \nZX_ERR_PEER_CLOSED: \n");
  });
});
