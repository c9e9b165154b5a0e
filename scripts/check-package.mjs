// Fails if the package does not work for whoever installs it: packs it, installs it into an empty
// directory without a network, and uses it there. Everything must have been built.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";

import { builtPlatform, layPlatformPackage, npm, pack, root } from "./local-packages.mjs";
import { readmeExamples } from "./readme.mjs";
import { binariesOf, LICENCES } from "./seal-platforms.mjs";

/** It comes with tsx. */
const { build } = createRequire(import.meta.resolve("tsx"))("esbuild");
const home = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-package-"));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const elsewhere = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-bundle-"));
const guests = "node_modules/zirconia/guest/out";
const program = join("node_modules/zirconia", manifest.bin.zirconia);
const platform = builtPlatform();
const hasGuests = platform.startsWith("linux-x64") || existsSync(join(root, "guest/out"));
const installedPlatform = join(home, "node_modules", `zirconia-${platform}`);

/** What of the programs and libraries that run inside is for whoever installs the package. */
const GUESTS = ["hello", "hello_dynamic", "lib/ld.so.1", "lib/libguest.so"];
const SYSROOT = ["ld.so.1", "libc.so", "libfdio.so", "libzircon.so", "Scrt1.o"];

const NAMES = [
  ["{ Channel, Kernel, run, ZirconiaError }", "zirconia"],
  ["{ FidlError }", "zirconia/fidl"],
  ["{ debugServer }", "zirconia/debug"],
  ["{ formatTrace }", "zirconia/trace"],
  ["{ PseudoDirectory }", "zirconia/vfs"],
];
const IMPORTS = NAMES.map(([names, from]) => `import ${names} from "${from}";\n`).join("");
const REQUIRES = NAMES.map(([names, from]) => `const ${names} = require("${from}");\n`).join("");
/** Classes are the same whichever entry they come from. */
const USE = `const kernel = new Kernel({ machine: "null" });
const isChannel = new PseudoDirectory().connect(kernel) instanceof Channel;
const isOurs = FidlError.prototype instanceof ZirconiaError;
console.log(kernel.machine, run.name, formatTrace.name, isChannel, isOurs);
kernel.dispose();`;
const USED = "null run formatTrace true true\n";

try {
  write("package.json", '{ "private": true }');
  const platformPackage = join(home, "platform");
  layPlatformPackage(platformPackage, platform);
  const packages = [root, platformPackage].map((directory) => pack(directory, home));
  packages.forEach(describe);
  checkMain(packages[0]);
  checkPlatform(packages[1]);
  await lint(packages[0]);
  const files = packages.map(({ filename }) => filename);
  npm(home, "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", ...files);

  write("use.mjs", `${IMPORTS}${USE}`);
  expect("import", node("use.mjs"), USED);
  write("use.cjs", `${REQUIRES}${USE}`);
  expect("require()", node("use.cjs"), USED);
  write("worker.cjs", 'new (require("node:worker_threads").Worker)("./use.mjs");');
  expect("a worker", node("worker.cjs"), USED);

  for (const [module, moduleResolution] of [
    ["Node16", "Node16"],
    ["NodeNext", "NodeNext"],
    ["ESNext", "Bundler"],
  ]) {
    expect(`types by ${moduleResolution}`, typeErrors(module, moduleResolution), "");
  }

  write("app.mjs", `${IMPORTS}${USE}`);
  for (const format of ["esm", "cjs"]) {
    expect(`a bundle of format ${format}`, node(await bundle(format, ["zirconia"])), USED);
    const whole = await bundle(format, []);
    expect(`a bundle of format ${format} that has the library`, node(whole), USED);
    const alone = join(elsewhere, basename(whole));
    copyFileSync(join(home, whole), alone);
    const message = "Mark `zirconia` as external";
    expect(`a bundle of format ${format} alone`, failure(alone), message);
  }

  expect("--version", zirconia("--version"), `${manifest.version}\n`);
  const [addon, tool] = binariesOf(platform).map((name) => join(installedPlatform, name));
  if (tool !== undefined && hasGuests) {
    expect("cargo", zirconia("cargo", "--print-config"), "[target.x86_64-unknown-fuchsia]\n");
  }
  if (hasGuests) {
    expect("plan", zirconia("plan", `${guests}/hello`), "the process can be started\n");
  }
  if (node("-p", 'new (require("zirconia").Kernel)().machine') === "native\n") {
    expect("run", zirconia("run", `${guests}/hello`), "Hello from hello\n");
    const doctor = zirconia("doctor");
    expect("doctor", doctor, "dynamic program: Hello from hello_dynamic\n");
    expect("doctor's look at the binaries", doctor, `ok   published binary: ${installedPlatform}`);
    const header = join(zirconia("sysroot").trimEnd(), "include/zircon/syscalls.h");
    expect("sysroot", readFileSync(header, "utf8"), "zx_");
    for (const example of readmeExamples(guests)) {
      write("example.mjs", example);
      expect("README's example", node("example.mjs"), "arg 1: world\n");
    }
  }

  if (tool !== undefined && hasGuests) {
    truncateSync(tool, 4096);
    const says = failure(program, "cargo", "--print-config");
    expect("a tool that is cut off", says, "4096 bytes");
  }
  truncateSync(addon, 4096);
  expect("a binary that is cut off", failure(program, "inspect", "package.json"), "4096 bytes");
} finally {
  rmSync(home, { recursive: true });
  rmSync(elsewhere, { recursive: true });
}

function describe({ name, size, unpackedSize, entryCount }) {
  const [packed, unpacked] = [size, unpackedSize].map((bytes) => `${Math.round(bytes / 1000)} kB`);
  console.log(`package: ${name} has ${entryCount} files: ${packed}, unpacked ${unpacked}`);
}

/** Everything that the package needs, and nothing that only a checkout does. */
function checkMain({ files }) {
  const paths = files.map(({ path }) => path);
  const own = ["LICENSE-APACHE", "LICENSE-MIT", "dist/cli/LICENSES.txt"];
  const within = (directory) => paths.filter((path) => path.startsWith(directory));
  const sysroot = within("sysroot/").filter((path) => path.includes("/lib/"));
  same("licences", paths.filter((path) => own.includes(path)).sort(), own.sort());
  same("guests", within("guest/"), builtGuests(GUESTS.map((name) => `guest/out/${name}`)));
  const libraries = SYSROOT.map((name) => `sysroot/x86_64-unknown-fuchsia/lib/${name}`);
  same("the sysroot's libraries", sysroot.sort(), builtGuests(libraries).sort());
  const maps = paths.filter((path) => path.endsWith(".map"));
  const mapped = within("dist/").filter((path) => contains(path, "sourceMappingURL="));
  same("source maps", [...maps, ...mapped], []);
}

function checkPlatform({ files }) {
  const expected = [...binariesOf(platform), ...LICENCES, "README.md", "package.json"];
  same(`files for ${platform}`, files.map(({ path }) => path).sort(), expected.sort());
  const unstripped = binariesOf(platform).filter((name) => hasSymbolTable(join(root, name)));
  same("binaries with symbols", unstripped, []);
}

/** What is only there where guests were built, or have been brought. */
function builtGuests(paths) {
  return hasGuests ? paths : [];
}

function contains(path, text) {
  return readFileSync(join(root, path), "utf8").includes(text);
}

/** Whether an ELF file has symbols besides those that its dynamic linker needs. */
function hasSymbolTable(path) {
  const SHT_SYMTAB = 2;
  const file = readFileSync(path);
  if (file.readUInt32BE(0) !== 0x7f454c46) return false;
  const [start, size] = [Number(file.readBigUInt64LE(0x28)), file.readUInt16LE(0x3a)];
  const types = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) =>
    file.readUInt32LE(start + index * size + 4),
  );
  return types.includes(SHT_SYMTAB);
}

function same(what, found, expected) {
  if (found.join() !== expected.join()) {
    throw new Error(`${what}: expected ${expected.join(", ") || "none"}, got ${found.join(", ")}`);
  }
  console.log(`package: ${what}: ${found.length}`);
}

function expect(what, output, expected) {
  if (!output.includes(expected) || (expected === "" && output !== "")) {
    throw new Error(`${what}: expected ${expected || "nothing"}, got ${output}`);
  }
  console.log(`package: ${what}`);
}

/** Bundles what uses the package, and returns the file's name. */
async function bundle(format, external) {
  const name = `bundle.${format === "esm" ? "mjs" : "cjs"}`;
  await build({
    absWorkingDir: home,
    entryPoints: ["app.mjs"],
    outfile: name,
    bundle: true,
    platform: "node",
    format,
    external,
    logLevel: "error",
  });
  return name;
}

async function lint({ filename }) {
  const tarball = readFileSync(join(home, filename)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  const said = messages.map((message) => formatMessage(message, pkg)).join("\n");
  expect("publint", said, "");
}

/** What the strictest compiler says of modules of either kind that use the package. */
function typeErrors(module, moduleResolution) {
  const names = moduleResolution === "Bundler" ? ["use.mts"] : ["use.mts", "use.cts"];
  for (const name of names) write(name, `${IMPORTS}${USE}`);
  const files = names.map((name) => join(home, name));
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind[module],
    moduleResolution: ts.ModuleResolutionKind[moduleResolution],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => home,
    getNewLine: () => "\n",
  });
}

function write(file, text) {
  writeFileSync(join(home, file), text);
}

function node(...args) {
  return execFileSync(process.execPath, args, {
    cwd: home,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function zirconia(...args) {
  return node(program, ...args);
}

/** What a program of Node's says as it fails. */
function failure(...args) {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: home, encoding: "utf8" });
  return status > 0 ? stderr : `${args[0]} ended with ${status}`;
}
