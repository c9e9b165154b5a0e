// Uses the package with the tools that docs/tools.md tells of, and prints their versions: packs it,
// installs it beside them, and has each run a program. The tools come from the registry that npm is set
// up for. Everything must have been built; for x86-64 Linux. Ends with 69 if the tools cannot be had.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { builtPlatform, layPlatformPackage, npm, pack, root } from "./local-packages.mjs";
import { capture, expect } from "./run.mjs";

/** The oldest TypeScript that can read the declarations, as docs/tools.md has it. */
const OLDEST_TYPESCRIPT = "5.4";

/** Where each is installed, and what is installed there. */
const TOOLS = {
  "@arethetypeswrong/cli": "@arethetypeswrong/cli@0.18",
  bun: "bun@1",
  deno: "deno@2",
  esbuild: "esbuild@0.28",
  jest: "jest@30",
  tsx: "tsx@4",
  "typescript-oldest": `typescript-oldest@npm:typescript@~${OLDEST_TYPESCRIPT}`,
  "typescript-newest": "typescript-newest@npm:typescript@latest",
  vite: "vite@8",
  vitest: "vitest@4",
  webpack: "webpack@5",
  "webpack-cli": "webpack-cli",
};

const IMPORTS = `import { Channel, Kernel, run } from "zirconia";
import { PseudoDirectory } from "zirconia/vfs";
`;
const REQUIRES = `const { Channel, Kernel, run } = require("zirconia");
const { PseudoDirectory } = require("zirconia/vfs");
`;
const USE = `async function use() {
  const kernel = new Kernel({ machine: "null" });
  const channel: Channel = new PseudoDirectory().connect(kernel);
  if (!(channel instanceof Channel)) throw new Error("no class of ours");
  kernel.dispose();
  const { stdout } = await run(process.env["HELLO"] ?? "", ["world"]);
  if (!stdout.includes("arg 1: world")) throw new Error(stdout);
}
`;
const USE_JS = USE.replace(": Channel", "");
const MAIN = 'use().then(() => console.log("used"));\n';
const TEST = 'test("uses the package", use);\n';

const FILES = {
  "package.json": '{ "private": true }\n',
  "app.ts": `${IMPORTS}${USE}${MAIN}`,
  "app.mjs": `${IMPORTS}${USE_JS}${MAIN}`,
  "types.mts": `${IMPORTS}${USE}${MAIN}`,
  "types.cts": `${IMPORTS}${USE}${MAIN}`,
  "jest/required.test.js": `${REQUIRES}${USE_JS}${TEST}`,
  "jest/imported.test.mjs": `${IMPORTS}${USE_JS}${TEST}`,
  "vitest/first.test.mjs": `import { test } from "vitest";\n${IMPORTS}${USE_JS}${TEST}`,
  "vitest/second.test.mjs": `import { test } from "vitest";\n${IMPORTS}${USE_JS}${TEST}`,
  "webpack.config.cjs": webpackConfig('externals: [/^zirconia(\\/|$)/], externalsType: "commonjs"'),
  "webpack.whole.cjs": webpackConfig(""),
};

const home = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-tools-"));
const folder = join(home, "project");
const alone = join(home, "alone");

try {
  if (!installTools()) {
    console.error("tools: SKIPPED: they cannot be had");
    process.exitCode = 69;
  } else {
    layProject();
    await tryTypes();
    await tryRuntimes();
    await tryBundlers();
    await tryTestRunners();
  }
} finally {
  rmSync(home, { recursive: true });
}

function installTools() {
  try {
    const options = ["--prefix", home, "--silent", "--no-audit", "--no-fund"];
    npm(home, "install", ...options, ...Object.values(TOOLS));
    return true;
  } catch {
    return false;
  }
}

function layProject() {
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(alone);
  const platform = join(home, "platform");
  layPlatformPackage(platform, builtPlatform());
  const files = [root, platform].map((directory) => join(home, pack(directory, home).filename));
  const options = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  npm(folder, "install", ...options, ...files);
}

async function tryTypes() {
  for (const which of ["oldest", "newest"]) {
    const tool = `typescript-${which}`;
    const tsc = join(home, "node_modules", tool, "bin/tsc");
    const strict = ["--noEmit", "--strict", "--target", "es2022", "--types", "node"];
    const types = ["--typeRoots", join(root, "node_modules/@types")];
    const flags = [tsc, ...strict, ...types, "types.mts", "types.cts"];
    for (const module of ["node16", "nodenext"]) {
      await run(folder, ["node", ...flags, "--module", module]);
    }
    tell(tool, "types of modules of both kinds");
  }
  const packed = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  await run(home, ["attw", `${packed.name}-${packed.version}.tgz`]);
  tell("@arethetypeswrong/cli", "no problem");
}

async function tryRuntimes() {
  for (const [tool, ...args] of [["tsx"], ["bun"], ["deno", "run", "--allow-all"]]) {
    expect(tool, await run(folder, [tool, ...args, "app.ts"]), "used\n");
    tell(tool, "app.ts");
  }
}

async function tryBundlers() {
  for (const [format, name] of [
    ["esm", "app.mjs"],
    ["cjs", "app.cjs"],
  ]) {
    const bundle = ["esbuild", "app.ts", "--bundle", "--platform=node", `--format=${format}`];
    await tryBundle("esbuild", [...bundle, `--outfile=${name}`, "--external:zirconia"], name);
    await tryBundle("esbuild", [...bundle, `--outfile=${name}`, "--allow-overwrite"], name, true);
  }
  const vite = ["vite", "build", "--ssr", "app.ts", "--outDir", "vite", "--logLevel", "warn"];
  await tryBundle("vite", vite, "vite/app.mjs");
  await tryBundle("webpack", ["webpack", "-c", "webpack.config.cjs"], "webpack/app.cjs");
  await tryBundle("webpack", ["webpack", "-c", "webpack.whole.cjs"], "webpack/app.cjs", true);
}

/** Makes a bundle and runs it: alone too, if it has the library, to be told what to do. */
async function tryBundle(tool, command, bundle, isWhole = false) {
  await run(folder, command);
  expect(tool, await run(folder, ["node", bundle]), "used\n");
  if (isWhole) {
    const copy = join(alone, bundle.replace("/", "-"));
    copyFileSync(join(folder, bundle), copy);
    expect(tool, await run(alone, ["node", copy], {}, 1), "Mark `zirconia` as external");
  }
  tell(tool, `${bundle}, ${isWhole ? "with the library" : "with zirconia external"}`);
}

async function tryTestRunners() {
  const jest = ["jest", "--rootDir", ".", "--testMatch"];
  await run(folder, [...jest, "**/required.test.js"]);
  tell("jest", "require");
  const options = { NODE_OPTIONS: "--experimental-vm-modules" };
  await run(folder, [...jest, "**/imported.test.mjs"], options);
  tell("jest", "import, with --experimental-vm-modules");
  for (const pool of ["threads", "forks", "vmThreads", "vmForks"]) {
    await run(folder, ["vitest", "run", "--pool", pool, "--dir", "vitest"]);
    tell("vitest", `pool ${pool}`);
  }
}

/** One for a program of Node's; `line` is what is needed for the package. */
function webpackConfig(line) {
  return `module.exports = {
  mode: "production", target: "node20", entry: "./app.mjs",
  output: { path: __dirname + "/webpack", filename: "app.cjs" },
  ${line}
};
`;
}

/** Runs a program that is to end with `expected`, and returns what it writes. */
async function run(cwd, command, variables = {}, expected = 0) {
  const env = {
    ...process.env,
    PATH: [join(home, "node_modules/.bin"), process.env.PATH].join(delimiter),
    HELLO: join(folder, "node_modules/zirconia/guest/out/hello"),
    ...variables,
  };
  return (await capture(cwd, command, env, [expected])).output;
}

function tell(tool, what) {
  const manifest = readFileSync(join(home, "node_modules", tool, "package.json"), "utf8");
  console.log(`tools: ${tool} ${JSON.parse(manifest).version}: ${what}`);
}
