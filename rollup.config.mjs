// Bundles what tsc has written to target/ts/ into dist/.
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

import commonjs from "@rollup/plugin-commonjs";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";

const COMPILED = "target/ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

/** What package.json exports. */
const ENTRIES = ["index", "lib/fidl/index", "lib/trace/index", "lib/vfs/index"];
/** The rooms of lib/ that several of these need. A chunk has all of a room. */
const SHARED = {
  kernel: ["base", "zx", "native", "handles", "kernel"],
  fidl: ["fidl"],
  vfs: ["vfs"],
};
/** What package.json lets run, and what that loads if more than the version is asked for. */
const PROGRAMS = ["lib/cli/start", "lib/cli/main"];

/**
 * What commands share is in few files, for each takes time: by what they are to load, with all that
 * it needs. Whatever is in none of them is loaded for its command alone.
 */
const CHUNKS = {
  version: ["lib/cli/version"],
  main: ["lib/cli/main", "lib/cli/run", "lib/cli/launch-options", "lib/cli/format"],
  check: ["lib/check/check"],
  run: ["lib/run/run"],
};

/** Modules of Node that take long to load, and what the command line needs of them, but for cargo. */
const REPLACED = new Map([
  // Commander's commands could be programs of their own. Ours are not.
  ["node:child_process", "export {};"],
  // Node would take milliseconds to find out what package.json's imports mean.
  [
    "node:module",
    `const imports = ${JSON.stringify(manifest.imports)};
    const placeOf = (id) => {
      const [, name, rest] = /^(#\\w+\\/)(.*)/.exec(id) ?? [];
      return name === undefined ? id : imports[name + "*"].replace("*", rest).replace(".", "../..");
    };
    export const createRequire = () =>
      Object.assign((id) => require(placeOf(id)), { resolve: (id) => require.resolve(placeOf(id)) });`,
  ],
  // It would open the standard streams.
  ["node:process", "export default globalThis.process;"],
]);

/** Classes that the command line seldom makes: CommonJS can load them with their first instance. */
const SELDOM = new Map([
  ["lib/vfs/host-directory", "HostDirectory"],
  ["lib/vfs/file-server", "FileServer"],
  ["lib/vfs/memory-directory", "MemoryDirectory"],
  ["lib/program/services", "Services"],
]);

export default [
  // What entries share is in chunks: a class is the same whichever entry loads it.
  {
    input: inputs(ENTRIES, ".js"),
    output: { ...outputs(".js"), manualChunks: sharedChunkOf },
    external: isBuiltin,
    plugins: [withoutComments()],
    onwarn: fail,
  },
  {
    input: inputs(ENTRIES, ".d.ts"),
    output: { ...outputs(".d.ts"), manualChunks: sharedChunkOf },
    // Only internal declarations, which are stripped, name the binding's.
    external: [/^node:/, /native\.cjs$/],
    plugins: [dts()],
  },
  // The command line has a copy of its own, as CommonJS, which Node starts in less time.
  {
    input: inputs(PROGRAMS, ".js"),
    output: {
      ...outputs(".js"),
      format: "cjs",
      interop: "default",
      chunkFileNames: "cli/[name].cjs",
      manualChunks: chunkOf,
    },
    external: (id, importer) => isBuiltin(id) && !isReplaced(id, importer),
    plugins: [
      replaceModules(),
      loadSeldom(),
      bundleDependencies(),
      commonjs({ requireReturnsDefault: "auto" }),
      commonjsProgram(),
      withoutComments(),
    ],
    onwarn: fail,
  },
];

function inputs(names, extension) {
  return Object.fromEntries(names.map((name) => [name, `${COMPILED}/${name}${extension}`]));
}

function outputs(extension) {
  return {
    dir: "dist",
    entryFileNames: `[name]${extension}`,
    chunkFileNames: `chunks/[name]${extension}`,
    hoistTransitiveImports: false,
    // Names stay as they are, for whoever reads a stack trace.
    minifyInternalExports: false,
  };
}

function sharedChunkOf(id) {
  const [room] = relative(`${COMPILED}/lib`, id).split(sep);
  return Object.keys(SHARED).find((chunk) => SHARED[chunk].includes(room));
}

/** The first of the chunks that needs a module. */
function chunkOf(id, { getModuleInfo }) {
  const needs = (name) => {
    const needed = new Set([resolve(COMPILED, `${name}.js`)]);
    // It grows while it is gone through.
    for (const module of needed) {
      getModuleInfo(module).importedIds.forEach((imported) => needed.add(imported));
    }
    return needed.has(id);
  };
  return Object.keys(CHUNKS).find((chunk) => CHUNKS[chunk].some(needs));
}

function isReplaced(id, importer = "") {
  return REPLACED.has(id) && !importer.startsWith(resolve(COMPILED, "lib/cargo"));
}

function replaceModules() {
  return {
    name: "replace-modules",
    resolveId: (id, importer) => (isReplaced(id, importer) ? `\0${id}` : null),
    load: (id) => REPLACED.get(id.slice(1)),
  };
}

/** Puts a class that loads the real one in the place of each that is seldom made. */
function loadSeldom() {
  const files = new Map([...SELDOM.keys()].map((name) => [resolve(COMPILED, `${name}.js`), name]));
  return {
    name: "load-seldom",
    resolveId(id, importer) {
      const file = importer && resolve(dirname(importer), id);
      return files.has(file) ? `\0${file}` : null;
    },
    load(id) {
      const file = id.slice(1);
      if (!files.has(file)) return null;
      const name = files.get(file);
      const fileName = `cli/${basename(name)}.cjs`;
      this.emitFile({ type: "chunk", id: file, fileName });
      const Class = SELDOM.get(name);
      return `export function ${Class}(...args) {
        return new (require("./${basename(fileName)}").${Class})(...args);
      }`;
    },
  };
}

/** Takes other packages in, and their licences with them. */
function bundleDependencies() {
  const licences = new Map();
  return {
    name: "bundle-dependencies",
    resolveId(id, importer) {
      if (!/^(@[\w-]+\/)?[\w-]+$/.test(id) || importer === undefined) return null;
      const file = createRequire(importer.replace(/^\0|\?.*$/g, "")).resolve(id);
      const [directory] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(file.replaceAll("\\", "/"));
      licences.set(id, readFileSync(join(directory, "LICENSE"), "utf8").trim());
      return file;
    },
    generateBundle() {
      const source = [...licences].map(([name, text]) => `${name}\n\n${text}\n`).join("\n\n");
      this.emitFile({ type: "asset", fileName: "cli/LICENSES.txt", source });
    },
  };
}

/** What is CommonJS by its content, though its file's name does not say so. */
function commonjsProgram() {
  const [program] = PROGRAMS;
  return {
    name: "commonjs-program",
    resolveImportMeta: (property) =>
      property === "url" ? 'require("node:url").pathToFileURL(__filename).href' : null,
    generateBundle() {
      const fileName = `${dirname(program)}/package.json`;
      this.emitFile({ type: "asset", fileName, source: '{ "type": "commonjs" }\n' });
    },
  };
}

/** Node would read comments at each start; editors read those of the declarations. */
function withoutComments() {
  const compilerOptions = { module: "ESNext", target: "ESNext", removeComments: true };
  return {
    name: "without-comments",
    renderChunk: (code) => ts.transpileModule(code, { compilerOptions }).outputText,
  };
}

function fail(warning) {
  // A helper of tsc looks for itself there first.
  if (warning.code !== "THIS_IS_UNDEFINED") throw new Error(warning.message);
}
