import { readdirSync } from "node:fs";
import { join } from "node:path";

import test from "ava";

import { cargoWorld } from "./support/cargo.js";
import { zirconia } from "./support/cli.js";
import { nativeTest } from "./support/native.js";
import { posixTest } from "./support/platform.js";

/** Prints what cargo is given. */
const SHOW = `printf 'arg %s\\n' "$@"; env`;

const TARGET = "CARGO_TARGET_X86_64_UNKNOWN_FUCHSIA";

/** The linker, of an environment that was printed. */
function linker({ stdout }: { stdout: string }): string | undefined {
  return variables(stdout)[`${TARGET}_LINKER`];
}

/** The variables that are about cargo, of an environment that was printed. */
function variables(stdout: string): Record<string, string> {
  const lines = stdout.split("\n").filter((line) => /^(CARGO|RUST)\w*=./.test(line));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
}

posixTest(
  "cargo gets its arguments, the target, a linker and a runner, and no flags",
  async (t) => {
    const { cargo } = cargoWorld(t, SHOW);
    const { code, stdout, stderr } = await cargo(["build", "--message-format", "a b", "--", "-x"]);
    t.is(stderr, "");
    t.is(code, 0);
    t.deepEqual(
      stdout.split("\n").filter((line) => line.startsWith("arg ")),
      ["arg build", "arg --message-format", "arg a b", "arg --", "arg -x"],
    );
    const set = variables(stdout);
    t.is(set["CARGO_BUILD_TARGET"], "x86_64-unknown-fuchsia");
    t.regex(
      set[`${TARGET}_LINKER`]!,
      /in space\/cache\/zirconia\/linker-[0-9a-f]{16}\/zirconia-cargo$/,
    );
    t.regex(set[`${TARGET}_RUNNER`]!, /^\/\S+\/zirconia-\S+\/runner$/);
    t.false(Object.keys(set).some((name) => name.includes("FLAGS")));
  },
);

posixTest("what the user has set stays", async (t) => {
  const { cargo } = cargoWorld(t, SHOW);
  const env = { RUSTFLAGS: "-Dwarnings", CARGO_ENCODED_RUSTDOCFLAGS: "-x", CARGO_HOME: "/c" };
  const set = variables((await cargo(["build"], { env })).stdout);
  t.like(set, env);
});

posixTest("a target of the user's is the target", async (t) => {
  const { cargo } = cargoWorld(t, SHOW);
  for (const args of [
    ["build", "--target", "x86_64-unknown-linux-gnu"],
    ["build", "--target=x86_64-unknown-linux-gnu"],
  ]) {
    t.is(variables((await cargo(args)).stdout)["CARGO_BUILD_TARGET"], undefined);
  }
  const { stdout } = await cargo(["build", "--", "--target=x"]);
  t.is(variables(stdout)["CARGO_BUILD_TARGET"], "x86_64-unknown-fuchsia");
});

posixTest("no file changes where cargo works", async (t) => {
  const { cargo, root } = cargoWorld(t, "exit 0");
  t.is((await cargo(["build"])).code, 0);
  t.deepEqual(readdirSync(join(root, "work")), []);
});

posixTest("the linker has the same path every time, and another one for another SDK", async (t) => {
  const { cargo, env, root } = cargoWorld(t, SHOW);
  const first = linker(await cargo(["build"]));
  t.is(linker(await cargo(["build"])), first);
  const other = join(root, "bin/../sdk");
  t.is(linker(await zirconia(["cargo", "--sdk", other, "build"], { env })), first);
  t.is(readdirSync(join(root, "cache/zirconia")).length, 1);
});

posixTest("the socket is its owner's alone, and goes with the command", async (t) => {
  const { cargo } = cargoWorld(
    t,
    `d=$(dirname "$${TARGET}_RUNNER"); echo "$d"; stat -c '%a %F' "$d" "$d/socket"`,
  );
  const { stdout } = await cargo(["build"]);
  const [directory, ...modes] = stdout.trim().split("\n");
  t.deepEqual(modes, ["700 directory", "600 socket"]);
  t.throws(() => readdirSync(directory!), { code: "ENOENT" });
});

posixTest("the runner's path has no spaces, wherever temporary files are", async (t) => {
  const { cargo, root } = cargoWorld(t, `echo "$${TARGET}_RUNNER"`);
  const { stdout } = await cargo(["build"], { env: { TMPDIR: root, XDG_RUNTIME_DIR: root } });
  t.regex(stdout, /^\/(var\/)?tmp\/zirconia-\S+\/runner\n$/);
});

posixTest("it ends as cargo does", async (t) => {
  t.is((await cargoWorld(t, "exit 101").cargo(["build"])).code, 101);
  t.is((await cargoWorld(t, "kill -KILL $$").cargo(["build"])).code, 137);
  t.is((await cargoWorld(t, "kill -INT $$").cargo(["build"])).code, 130);
});

posixTest("the command goes on until cargo has ended, when it is to end", async (t) => {
  const { cargo } = cargoWorld(
    t,
    "trap 'echo told; exit 7' TERM; kill -TERM $PPID; while :; do sleep 1; done",
  );
  const { code, stdout } = await cargo(["build"]);
  t.is(stdout, "told\n");
  t.is(code, 7);
});

posixTest("without cargo, the error says where to get it", async (t) => {
  const { cargo, env } = cargoWorld(t, "");
  const { code, stderr } = await cargo(["build"], { env: { ...env, PATH: "/nowhere" } });
  t.is(code, 1);
  t.is(stderr, "zirconia: there is no cargo: install Rust, as https://rustup.rs says\n");
});

const NO_TARGET = `case "$*" in *target-libdir*) echo /nowhere; esac`;

posixTest(
  "without the target's library nothing is compiled, and the error says what to do",
  async (t) => {
    const { cargo } = cargoWorld(t, "echo compiling", NO_TARGET);
    const plain = await cargo(["build"]);
    t.is(plain.code, 1);
    t.is(plain.stdout, "");
    t.is(
      plain.stderr,
      "zirconia: there is no standard library for x86_64-unknown-fuchsia in /nowhere: " +
        "`rustup target add x86_64-unknown-fuchsia` installs it\n",
    );
    const nightly = await cargo(["+nightly", "build"]);
    t.regex(nightly.stderr, /`rustup target add x86_64-unknown-fuchsia --toolchain nightly`/);
  },
);

posixTest(
  "a library that is compiled as well need not be there, nor one for another target",
  async (t) => {
    const { cargo, root } = cargoWorld(t, "echo compiling", NO_TARGET);
    for (const args of [
      ["build", "-Zbuild-std"],
      ["build", "-Z", "build-std=std,panic_unwind"],
      ["build", "--target", "x86_64-unknown-linux-gnu"],
      ["fmt"],
      ["--version"],
    ]) {
      t.is((await cargo(args)).stdout, "compiling\n", args.join(" "));
    }
    const env = { CARGO_UNSTABLE_BUILD_STD: "std" };
    t.is((await cargo(["build"], { env })).stdout, "compiling\n");
    t.is((await cargo(["build"], { cwd: root })).code, 1);
  },
);

posixTest("what is wrong with rustc is for cargo to say", async (t) => {
  const { cargo } = cargoWorld(t, "echo compiling", "exit 1");
  t.is((await cargo(["build"])).stdout, "compiling\n");
});

posixTest("a directory that is no SDK is refused", async (t) => {
  const { env, root } = cargoWorld(t, "");
  const args = ["cargo", "--sdk", join(root, "bin"), "build"];
  const { code, stderr } = await zirconia(args, { env });
  t.is(code, 1);
  t.regex(stderr, /^zirconia: .* is no SDK of Fuchsia's for x86-64: there is no arch\/x64 in it/);
});

posixTest("it is a command of cargo's, too, and then uses the same cargo", async (t) => {
  const { env, root, sdk } = cargoWorld(t, "echo another");
  const own = cargoWorld(t, SHOW);
  const args = ["zirconia", "--sdk", sdk, "build"];
  const { stdout } = await zirconia(args, {
    cwd: root,
    env: { ...env, CARGO: join(own.root, "bin/cargo") },
  });
  t.regex(stdout, /^arg build\n/);
});

posixTest("options before cargo's command that are not ours are cargo's", async (t) => {
  const { cargo } = cargoWorld(t, SHOW);
  const { stdout } = await cargo(["--locked", "--rw", "build"]);
  t.regex(stdout, /^arg --locked\narg --rw\narg build\n/);
});

posixTest("without a command there is help, and it is misuse", async (t) => {
  const { code, stderr } = await cargoWorld(t, "").cargo([]);
  t.is(code, 2);
  t.regex(stderr, /Usage: zirconia cargo/);
});

posixTest(
  "the lines for a configuration have the linker, and a runner that needs no server",
  async (t) => {
    const { cargo, sdk } = cargoWorld(t, "echo never");
    const { code, stdout } = await cargo([
      "--env",
      "A",
      "--ns",
      "/d=/x y",
      "--rw",
      "--print-config",
    ]);
    t.is(code, 0);
    const lines = stdout.split("\n");
    t.deepEqual(lines.slice(0, 4), [
      "[build]",
      'target = "x86_64-unknown-fuchsia"',
      "",
      "[target.x86_64-unknown-fuchsia]",
    ]);
    const [, linker] = /^linker = (.*)$/.exec(lines[4]!) ?? [];
    t.regex(JSON.parse(linker!) as string, /zirconia-cargo$/);
    const [, runner] = /^runner = (.*)$/.exec(lines[5]!) ?? [];
    const command = JSON.parse(runner!) as string[];
    const options = ["--sdk", sdk, "--env", "A", "--ns", "/d=/x y", "--rw", "--"];
    t.deepEqual(command.slice(command.indexOf("cargo-runner")), ["cargo-runner", ...options]);
  },
);

posixTest("a run without a server has the settings of the command", async (t) => {
  const { cargo, sdk } = cargoWorld(t, `echo "$ZIRCONIA_CARGO_COMMAND"`);
  const options = ["--env", "A", "--rw"];
  for (const [command, typed] of [
    ["run", []],
    ["test", ["--not-typed"]],
  ] as const) {
    const words = (await cargo([...options, command])).stdout.trimEnd().split("\n");
    const expected = ["--sdk", sdk, ...options, ...typed, "--"];
    t.deepEqual(words.slice(words.indexOf("cargo-runner") + 1), expected);
  }
});

nativeTest("tests are compiled where they can run", async (t) => {
  const { cargo } = cargoWorld(t, "echo compiling");
  t.is((await cargo(["test"])).stdout, "compiling\n");
});

test("arguments of cargo's are read as cargo reads them", async (t) => {
  const { readCargoArguments } = await import("../lib/cargo/cargo-arguments.js");
  const args = ["+nightly", "--config", "build", "-Z", "x", "test", "--no-run"];
  const { toolchain, command, runs, tests } = readCargoArguments(args);
  t.deepEqual([toolchain, command, runs, tests], ["+nightly", "test", false, true]);
  t.is(readCargoArguments(["--", "test"]).command, undefined);
  t.true(readCargoArguments(["nextest", "run"]).runs);
  t.false(readCargoArguments(["run"]).tests);
});
