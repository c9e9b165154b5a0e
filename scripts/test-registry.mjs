// Publishes the packages to a registry on loopback, by the steps of a release, and installs them by
// name into empty folders, with each package manager; then does there what README has people do. The
// package managers come from the registry that npm is set up for. Everything must have been built.
//
// `npx zirconia cargo test` is tried with rustup's standard library for Fuchsia, or else with Debian's
// Rust (rust-web.sh), and left out, which is said, where there is neither. Ends with 69 if the package
// managers cannot be had.
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { builtPlatform, layPlatformPackage, npm, pack, root } from "./local-packages.mjs";
import { readmeCommands, readmeExamples } from "./readme.mjs";
import { startRegistry } from "./registry.mjs";
import { capture, expect } from "./run.mjs";

/** Package managers: what npm calls them, what installs a package, and what runs programs there. */
const CLIENTS = [
  { name: "npm", add: ["npm", "install"], exec: ["npx"], node: ["node"] },
  { name: "pnpm", from: "pnpm@10", add: ["pnpm", "add"], exec: ["pnpm", "exec"], node: ["node"] },
  yarn1(),
  yarn4("yarn 4, node_modules", "node-modules"),
  yarn4("yarn 4, PnP", "pnp"),
];

const home = mkdtempSync(join(realpathSync(tmpdir()), "zirconia-registry-"));
const clients = join(home, "clients");
const registry = await startRegistry();

try {
  if (!installClients()) {
    console.error("registry: SKIPPED: the package managers cannot be had");
    process.exitCode = 69;
  } else {
    await publish();
    for (const client of CLIENTS) await tryClient(client);
    await tryCommands();
    await tryCargo();
  }
} finally {
  registry.stop();
  rmSync(home, { recursive: true });
}

/** Yarn's versions have one name: they are known by their paths. */
function yarn(path, options, ...commands) {
  const program = ["node", join("../clients/node_modules", path), ...options];
  return commands.map((command) => program.concat(command));
}

function yarn1() {
  const [add, exec] = yarn("yarn/bin/yarn.js", ["--silent"], "add", "run");
  return { name: "yarn 1", from: "yarn@1", add, exec, node: ["node"] };
}

function yarn4(name, linker) {
  const files = { ".yarnrc.yml": `nodeLinker: ${linker}\n`, "yarn.lock": "" };
  const [add, exec, node] = yarn("@yarnpkg/cli-dist/bin/yarn.js", [], "add", "exec", "node");
  return { name, from: "@yarnpkg/cli-dist@4", files, add, exec, node };
}

function installClients() {
  mkdirSync(clients);
  const names = CLIENTS.flatMap(({ from }) => from ?? []);
  try {
    const options = ["--prefix", clients, "--no-audit", "--no-fund", "--ignore-scripts"];
    npm(clients, "install", "--silent", ...options, ...new Set(names));
    return true;
  } catch {
    return false;
  }
}

/** What the workflow Release does, with the one platform whose binaries are here. */
async function publish() {
  const { filename } = pack(root, home);
  execFileSync("tar", ["-xzf", filename], { cwd: home });
  const directory = join(home, "package");
  const platform = builtPlatform();
  const path = join(directory, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  manifest.napi.targets = manifest.napi.targets.filter((target) => platformOf(target) === platform);
  writeFileSync(path, JSON.stringify(manifest));
  mkdirSync(join(directory, "npm"));
  layPlatformPackage(join(directory, "npm", platform), platform);
  const napi = join(root, "node_modules/@napi-rs/cli/dist/cli.js");
  await run(directory, ["node", napi, "pre-publish", "--tag-style", "npm", "--no-gh-release"]);
  await run(directory, ["npm", "publish", "--ignore-scripts", "--access", "public"]);
  console.log(`registry: published ${registry.names().join(", ")}`);
}

/** A platform by Node's names, of a target by Rust's. */
function platformOf(target) {
  const [arch, , os, libc] = target.split("-");
  const cpu = { x86_64: "x64", aarch64: "arm64" }[arch];
  return [{ windows: "win32" }[os] ?? os, cpu, libc].filter(Boolean).join("-");
}

/** Installs the package by its name, and uses it in every way. */
async function tryClient({ name, files = {}, add, exec, node }) {
  const folder = emptyFolder(name.replace(/\W+/g, "-"), { "package.json": "{}\n", ...files });
  await run(folder, [...add, "zirconia"]);
  const where = 'path.dirname(require.resolve("zirconia/package.json"))';
  const installed = (await run(folder, [...node, "-p", where])).trim();
  const examples = readmeExamples(join(installed, "guest/out"));
  for (const [index, example] of examples.entries()) {
    const file = `example-${index}.mjs`;
    writeFileSync(join(folder, file), example);
    expect(name, await run(folder, [...node, file]), "arg 1: world\n");
  }
  writeFileSync(
    join(folder, "use.cjs"),
    'console.log(typeof require("zirconia/vfs").HostDirectory)',
  );
  expect(name, await run(folder, [...node, "use.cjs"]), "function\n");
  const doctor = await run(folder, [...exec, "zirconia", "doctor"]);
  expect(name, doctor, "ok   published binary");
  expect(name, doctor, "ok   dynamic program");
  expect(name, doctor, "Programs run natively here.\n");
  console.log(`registry: ${name}: installed, imported, required, run`);
}

/** README's commands, as they are there, with files of the names that they have. */
async function tryCommands() {
  const folder = emptyFolder("commands", { "package.json": "{}\n" });
  await run(folder, ["npm", "install", "zirconia"]);
  const guests = join(folder, "node_modules/zirconia/guest/out");
  copyFileSync(join(guests, "hello"), join(folder, "program"));
  cpSync(join(guests, "lib"), join(folder, "lib"), { recursive: true });
  cpSync(guests, join(folder, "out"), { recursive: true });
  mkdirSync(join(folder, "data"));
  for (const heading of ["Run a C or SDK program", "Check files in a pipeline"]) {
    for (const command of readmeCommands(heading)) await run(folder, ["sh", "-c", command]);
  }
  console.log("registry: README's commands did what they say");
}

/** Tests of a crate that knows nothing of npm, by a command that npm fetches. */
async function tryCargo() {
  const manifest = '[package]\nname = "stranger"\nedition = "2021"\n\n[workspace]\n';
  const test = '#[test]\nfn runs() {\n    assert_eq!(std::env::consts::OS, "fuchsia");\n}\n';
  const folder = emptyFolder("crate", { "Cargo.toml": manifest, "src/lib.rs": test });
  const command = ["npx", "--yes", "zirconia", "cargo", "test"];
  const output = hasStandardLibrary()
    ? await run(folder, command)
    : await run(
        folder,
        [join(root, "scripts/rust-web.sh"), ...command, "-Zbuild-std=std,panic_unwind,test"],
        { CARGO_TARGET_DIR: join(root, "target/rust-web-tests") },
        [69],
      );
  if (output === undefined) {
    console.log("registry: npx zirconia cargo test: SKIPPED: there is no Rust for Fuchsia");
    return;
  }
  expect("cargo", output, "test runs ... ok\n");
  if (existsSync(join(folder, "package.json"))) throw new Error("npx has written a package.json");
  console.log("registry: npx zirconia cargo test: ran, in a crate without package.json");
}

function hasStandardLibrary() {
  const sysroot = execFileSync("rustc", ["--print", "sysroot"], { encoding: "utf8" }).trim();
  return existsSync(join(sysroot, "lib/rustlib/x86_64-unknown-fuchsia"));
}

function emptyFolder(name, files) {
  const folder = join(home, name);
  mkdirSync(folder);
  for (const [path, text] of Object.entries({ ...files, ".npmrc": npmrc() })) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function npmrc() {
  const { url } = registry;
  return `registry=${url}\n${url.replace(/^http:/, "")}:_authToken=loopback\n`;
}

/**
 * Runs a program, and returns its output: `undefined` if it ends with one of `skips`. It sees no cache
 * and no settings of the user's but this registry.
 */
async function run(cwd, command, variables = {}, skips = []) {
  const bin = [join(cwd, "node_modules/.bin"), join(clients, "node_modules/.bin")];
  const env = {
    ...process.env,
    PATH: [...bin, process.env.PATH].join(delimiter),
    npm_config_userconfig: writeSettings(),
    npm_config_registry: registry.url,
    npm_config_cache: join(home, "npm-cache"),
    npm_config_update_notifier: "false",
    XDG_DATA_HOME: join(home, "data"),
    XDG_CACHE_HOME: join(home, "cache"),
    YARN_CACHE_FOLDER: join(home, "yarn-cache"),
    YARN_GLOBAL_FOLDER: join(home, "yarn"),
    YARN_ENABLE_TELEMETRY: "0",
    YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
    // What is published now is too young for it.
    YARN_NPM_MINIMAL_AGE_GATE: "0",
    YARN_NPM_REGISTRY_SERVER: registry.url,
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    ...variables,
  };
  const { code, stdout } = await capture(cwd, command, env, [0, ...skips]);
  return skips.includes(code) ? undefined : stdout;
}

function writeSettings() {
  const path = join(home, "npmrc");
  if (!existsSync(path)) writeFileSync(path, npmrc());
  return path;
}
