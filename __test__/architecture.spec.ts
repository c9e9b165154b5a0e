import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

import test from "ava";
import ts from "typescript";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Package {
  name: string;
  manifest_path: string;
  dependencies: { name: string; kind: string | null }[];
}

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--no-deps", "--offline", "--format-version", "1"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  }),
) as { packages: Package[] };

const workspace = new Set(metadata.packages.map((pkg) => pkg.name));

/** What a crate of the workspace is built from; tests may use more. */
function dependencies(name: string): string[] {
  const found = metadata.packages.find((pkg) => pkg.name === name);
  if (found === undefined) throw new Error(`no crate ${name}`);
  return found.dependencies.filter((dep) => dep.kind !== "dev").map((dep) => dep.name);
}

function siblings(name: string): string[] {
  return dependencies(name)
    .filter((dep) => workspace.has(dep))
    .sort();
}

test("zx-abi knows no other crate of the workspace", (t) => {
  t.deepEqual(siblings("zx-abi"), []);
});

test("vdso, c-headers and loader-core know zx-abi only, kernel-sim the vdso too, and not the loader", (t) => {
  t.deepEqual(siblings("vdso"), ["zx-abi"]);
  t.deepEqual(siblings("c-headers"), ["zx-abi"]);
  t.deepEqual(siblings("loader-core"), ["zx-abi"]);
  t.deepEqual(siblings("kernel-sim"), ["vdso", "zx-abi"]);
});

test("the hosts know the kernel's seams, and nothing of loading", (t) => {
  t.deepEqual(siblings("host-linux"), ["kernel-sim", "zx-abi"]);
  t.true(siblings("host-std").every((dep) => ["kernel-sim", "zx-abi"].includes(dep)));
});

test("only the binding names napi", (t) => {
  const users = metadata.packages.filter((pkg) =>
    pkg.dependencies.some((dep) => dep.name.startsWith("napi")),
  );
  t.deepEqual(
    users.map((pkg) => pkg.name),
    ["binding"],
  );
});

test("the logic makes no OS call", (t) => {
  for (const name of [
    "zx-abi",
    "vdso",
    "kernel-sim",
    "loader-core",
    "process-builder",
    "symbolizer",
  ]) {
    for (const os of ["libc", "rustix", "nix", "getrandom"])
      t.false(dependencies(name).includes(os), `${name}: ${os}`);
  }
});

test("unsafe code is forbidden outside of the hosts, the guests and the binding", (t) => {
  const allowed = new Set(["host-linux", "binding"]);
  for (const pkg of metadata.packages.filter((candidate) => !allowed.has(candidate.name))) {
    const source = join(dirname(pkg.manifest_path), "src");
    const file = pkg.name === "benches" ? "main.rs" : "lib.rs";
    t.regex(readFileSync(join(source, file), "utf8"), /^#!\[forbid\(unsafe_code\)\]$/m, pkg.name);
  }
});

const libFiles = readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts"));

/** The library's files: what of it is the command line runs by itself, in Node's own realm. */
const sources = libFiles
  .filter((file) => !file.startsWith("cli/"))
  .map((file) => ({ file, text: readFileSync(join(root, "lib", file), "utf8") }));

test("no value is asked to be an instance of a class that every realm has one of", (t) => {
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Z]/.test(name));
  // One of the kernel's objects has the name of one.
  const classes = globals.filter((name) => name !== "Event");
  classes.push("Readable", "Writable", "Duplex", "EventEmitter");
  const asks = new RegExp(`instanceof (${classes.join("|")})\\b`);
  for (const { file, text } of sources) {
    t.notRegex(text, asks, file);
  }
});

test("nothing needs symbols that not every realm has", (t) => {
  const needs = /^\s*(await )?using |\[Symbol\.(dispose|asyncDispose)\]/m;
  for (const { file, text } of sources) {
    t.notRegex(text, needs, file);
  }
});

/** The rooms of `lib/`, each of which stands on those before it. */
const ROOMS = `
  base zx native handles kernel fidl vfs service loader-service fdio process-builder launcher
  resolver program trace debug check symbolize run spawn plan report testing cargo cli`
  .trim()
  .split(/\s+/);

/** What objects and errors tell of what they belong to. */
const BELONGING = /^(fdio\/environment|handles\/handle|kernel\/context|kernel\/kernel)$/;

interface Import {
  from: string;
  to: string;
  typesOnly: boolean;
}

/** What a file of `lib/` has of others there; paths are relative to it. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, "lib", file), "utf8");
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return [];
    const to = posix.join(posix.dirname(file), specifier.text).replace(/\.js$/, "");
    return specifier.text.startsWith(".")
      ? [{ from: file, to, typesOnly: isOfTypes(statement) }]
      : [];
  });
}

function isOfTypes(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) {
    return statement.isTypeOnly;
  }
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  const isEach = bindings !== undefined && ts.isNamedImports(bindings) && !clause?.name;
  return (
    clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
    (isEach && bindings.elements.every(({ isTypeOnly }) => isTypeOnly))
  );
}

const imports = libFiles.flatMap(importsOf);

test("every file of lib/ is in a room, and every room has files", (t) => {
  t.deepEqual([...new Set(libFiles.map(roomOf))].sort(), [...ROOMS].sort());
});

test("rooms of lib/ import those below them, and of what is above only what they belong to", (t) => {
  t.true(imports.length > 1000);
  const upward = imports
    .filter(({ to }) => !to.startsWith(".."))
    .filter(({ from, to }) => floorOf(to) > floorOf(from))
    .filter(({ to, typesOnly }) => !typesOnly || !BELONGING.test(to));
  t.deepEqual(upward, []);
});

function roomOf(path: string): string {
  return path.split("/")[0]!;
}

function floorOf(path: string): number {
  return ROOMS.indexOf(roomOf(path));
}
