// A workspace of Bazel's with checks and tests of this checkout's programs, in a temporary directory.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { root } from "../local-packages.mjs";
import { capture } from "../run.mjs";

/** The repositories that Bazel would fetch, and that nothing here needs. */
const OFFLINE = ["rules_cc", "rules_java", "rules_proto", "remote_coverage_tools"];

/**
 * Lays a workspace: in a `WORKSPACE` for Debian's Bazel 4.2, or as a module for whatever `bazel`
 * there is. `:checks` are checks of as many programs, `tests` are tests, and what `proofs.mjs` wants
 * is there besides. Ends with 69 if there is no Bazel.
 *
 * @param {{ checks: number, tests: number, isModule?: boolean }} options
 * @param {AbortSignal} signal ends whatever runs there
 */
export function layWorkspace({ checks, tests, isModule = false }, signal) {
  const command = isModule ? "bazel" : "bazel-4";
  if (spawnSync(command, ["help"], { stdio: "ignore" }).error !== undefined) {
    console.warn(`There is no ${command} here: the rules for Bazel are SKIPPED.`);
    process.exit(69);
  }
  const place = mkdtempSync(join(tmpdir(), "zirconia-bazel-"));
  const startup = [`--output_user_root=${join(place, ".bazel")}`, "--max_idle_secs=60"];
  // What each action begins and ends with is asked for, and not how long this machine takes.
  const common = ["--noshow_progress", "--color=no"];
  // Bazel 4 asks for leave.
  if (!isModule) common.push("--experimental_worker_allow_json_protocol");

  mkdirSync(join(place, "node_modules"));
  symlinkSync(root, join(place, "node_modules/zirconia"));
  if (isModule) layModule();
  else layOldWorkspace();
  write(".bazelignore", ["node_modules"]);
  for (const name of ["hello", "fault", "hello_dynamic", "probe"]) {
    copyFileSync(join(root, "guest/out", name), join(place, name));
  }
  copyFileSync(join(root, "guest/out/lib/libguest.so"), join(place, "libguest.so"));
  copyFileSync(process.execPath, join(place, "foreign"));
  write("data.txt", ["found by a test"]);
  const programs = each(checks, (index) => `hello${index}`);
  for (const name of programs) copyFileSync(join(root, "guest/out/hello"), join(place, name));
  write("BUILD.bazel", [
    'load("@zirconia//:defs.bzl", "zirconia_check", "zirconia_plan", "zirconia_test")',
    ...programs.map(
      (program, index) => `zirconia_check(name = "check${index}", srcs = ["${program}"])`,
    ),
    ...each(
      tests,
      (index) => `zirconia_test(name = "test${index}", program = "hello", size = "small")`,
    ),
    `filegroup(name = "checks", srcs = [${each(checks, (index) => `":check${index}"`)}])`,
    'zirconia_check(name = "wrong", srcs = ["hello", "foreign"])',
    'zirconia_plan(name = "plan", src = "hello_dynamic", libs = ["libguest.so"], arguments = ["a b"])',
    'zirconia_test(name = "crash", program = "fault", size = "small")',
    'zirconia_test(name = "dynamic", program = "hello_dynamic", libs = ["libguest.so"],',
    '    args = ["one", "\'two words\'"], data = ["data.txt"], env = {"A": "b c"}, size = "small")',
    'zirconia_test(name = "slow", program = "probe", args = ["--sleep-forever"], timeout = "short",',
    '    tags = ["manual"])',
  ]);

  function layModule() {
    write("MODULE.bazel", [
      'bazel_dep(name = "zirconia")',
      'local_path_override(module_name = "zirconia", path = "node_modules/zirconia/bazel")',
      'zirconia = use_extension("@zirconia//:extensions.bzl", "zirconia")',
      'zirconia.toolchain(package = "//:node_modules/zirconia/package.json")',
      'use_repo(zirconia, "zirconia_toolchain")',
      'register_toolchains("@zirconia_toolchain//:toolchain")',
    ]);
  }

  function layOldWorkspace() {
    const repositories = OFFLINE.map((name) => {
      const path = join(root, "scripts/bazel/offline", name);
      return `local_repository(name = "${name}", path = "${path}")`;
    });
    write("WORKSPACE", [
      ...repositories,
      'local_repository(name = "zirconia", path = "node_modules/zirconia/bazel")',
      'load("@zirconia//:repositories.bzl", "zirconia_toolchains")',
      'zirconia_toolchains(package = "//:node_modules/zirconia/package.json")',
    ]);
  }

  function write(name, lines) {
    writeFileSync(join(place, name), `${lines.join("\n")}\n`);
  }

  return {
    place,
    /** The files that are checked. */
    programs,
    tests: each(tests, (index) => `:test${index}`),

    /** Runs Bazel: what it writes, and the seconds that it takes. */
    async bazel([name, ...args], codes) {
      const begin = performance.now();
      const line = [command, ...startup, name, ...common, ...args];
      const { output } = await capture(place, line, process.env, codes, signal);
      return { output, seconds: (performance.now() - begin) / 1_000 };
    },

    /** The sums of the documents of `:plan` and of all checks. */
    async sums() {
      const files = ["plan", ...each(checks, (index) => `check${index}`)].map(
        (name) => `bazel-bin/${name}.json`,
      );
      return (await capture(place, ["sha256sum", ...files], process.env)).stdout;
    },

    /** Ends what runs here, and leaves nothing. */
    remove() {
      spawnSync(command, [...startup, "shutdown"], { cwd: place, stdio: "ignore" });
      spawnSync("chmod", ["-R", "u+w", place]);
      rmSync(place, { recursive: true });
    },
  };
}

function each(count, line) {
  return Array.from({ length: count }, (_, index) => line(index));
}
