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
const ENTRIES = ["index", "lib/debug/index", "lib/fidl/index", "lib/trace/index", "lib/vfs/index"];
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
  start: ["lib/cli/start"],
  main: ["lib/cli/main", "lib/cli/run", "lib/cli/launch-options", "lib/cli/format"],
  check: ["lib/check/check"],
  run: ["lib/run/run"],
};

/** What whoever has bundled the package is told. */
const BUNDLED =
  "Zirconia is not installed where this bundle runs, and its binary cannot be in a bundle. Mark " +
  "`zirconia` as external in the bundler, as `--external:zirconia` does in esbuild's, and install it.";

/** What the command line needs of `node:fs/promises`. */
const PROMISES = [
  "access",
  "link",
  "lstat",
  "lutimes",
  "mkdir",
  "open",
  "readdir",
  "readFile",
  "readlink",
  "realpath",
  "rename",
  "rmdir",
  "stat",
  "unlink",
  "writeFile",
];

/** Modules of Node that take long to load, and what the command line needs of them, but for cargo. */
const REPLACED = new Map([
  // Commander's commands could be programs of their own. Ours are not.
  ["node:child_process", "export {};"],
  // Node would take milliseconds to find out what package.json's imports mean.
  [
    "node:module",
    `import { existsSync, realpathSync } from "node:fs";
    import { join, toNamespacedPath } from "node:path";
    const imports = ${JSON.stringify(manifest.imports)};
    const placeOf = (id) => {
      const [name] = id.split("/", 1);
      if (!name.startsWith("#")) return id;
      return join(__dirname, "../../..", imports[name + "/*"].replace("*", id.slice(name.length + 1)));
    };
    const load = (id) => {
      if (!id.endsWith(".node")) return require(id);
      const module = { exports: {} };
      process.dlopen(module, toNamespacedPath(id));
      return module.exports;
    };
    export const createRequire = () =>
      Object.assign((id) => load(placeOf(id)), {
        resolve(id) {
          const place = placeOf(id);
          if (place !== id && existsSync(place)) return place;
          // Other packages may be beside a link to this one, or beside what that leads to.
          return require.resolve(place, { paths: [__dirname, realpathSync(__dirname)] });
        },
        cache: require.cache,
      });`,
  ],
  [
    "node:timers/promises",
    `import { setImmediate as immediate } from "node:timers";
    export const setImmediate = () => new Promise((resolve) => immediate(resolve));`,
  ],
  [
    "node:util/types",
    `import { types } from "node:util";
    export const { isAnyArrayBuffer, isMap, isNativeError, isSharedArrayBuffer, isUint8Array } = types;`,
  ],
  // It would open the standard streams.
  ["node:process", "export default globalThis.process;"],
  // It loads streams. Node has it loaded once it is used.
  [
    "node:fs/promises",
    `import fs, { constants } from "node:fs";
    export { constants };
    ${PROMISES.map((name) => `export const ${name} = (...args) => fs.promises.${name}(...args);`).join("\n")}`,
  ],
]);

/** Classes that the command line seldom makes: CommonJS can load them with their first instance. */
const SELDOM = new Map([
  ["lib/vfs/host-directory", "HostDirectory"],
  ["lib/vfs/file-server", "FileServer"],
  ["lib/vfs/memory-directory", "MemoryDirectory"],
  ["lib/program/services", "Services"],
  ["lib/run/serving-program", "ServingProgram"],
]);

const COMMONJS = {
  format: "cjs",
  interop: "default",
  // Node's modules and bundlers' then agree on what is imported from it.
  esModule: false,
  // Test runners load it where nothing can be imported.
  dynamicImportInCjs: false,
};

export default [
  // What entries share is in chunks: a class is the same whichever entry loads it. All of it is
  // CommonJS, which everything can load, and the modules that are imported pass on what is there.
  {
    input: inputs(ENTRIES, ".js"),
    output: { ...outputs(".cjs"), ...COMMONJS, manualChunks: sharedChunkOf },
    external: isBuiltin,
    plugins: [commonjsMeta(), modulesOver(), withoutComments()],
    onwarn: fail,
  },
  {
    input: inputs(ENTRIES, ".d.ts"),
    output: { ...outputs(".d.cts"), manualChunks: sharedChunkOf },
    // Only internal declarations, which are stripped, name the binding's.
    external: [/^node:/, /native\.cjs$/],
    plugins: [dts(), declarationsOver(), forOlderTypeScript()],
  },
  // The command line has a copy of its own, which loads what a command needs.
  {
    input: inputs(PROGRAMS, ".js"),
    output: {
      ...outputs(".js"),
      ...COMMONJS,
      chunkFileNames: "cli/[name].cjs",
      manualChunks: chunkOf,
    },
    external: (id, importer) => isBuiltin(id) && !isReplaced(id, importer),
    // What starts it has what all of it needs.
    preserveEntrySignatures: "allow-extension",
    plugins: [
      replaceModules(),
      knownVersion(),
      loadSeldom(),
      bundleDependencies(),
      commonjs({ requireReturnsDefault: "auto" }),
      commonjsMeta(),
      importModules(),
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

/** The first of the chunks that needs a module; what stands for one of Node's is for all commands. */
function chunkOf(id, { getModuleInfo }) {
  const needs = (name) => {
    const needed = new Set([resolve(COMPILED, `${name}.js`)]);
    // It grows while it is gone through.
    for (const module of needed) {
      getModuleInfo(module).importedIds.forEach((imported) => needed.add(imported));
    }
    return needed.has(id);
  };
  const first = Object.keys(CHUNKS).find((chunk) => CHUNKS[chunk].some(needs));
  return REPLACED.has(id.slice(1)) && first !== "start" ? "main" : first;
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

/** The version that is built, for which no file needs to be read. */
function knownVersion() {
  const file = resolve(COMPILED, "lib/cli/version.js");
  const source = `export const version = () => ${JSON.stringify(manifest.version)};`;
  return { name: "known-version", load: (id) => (id === file ? source : null) };
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

/** A file's URL and path, as modules have them. */
function commonjsMeta() {
  const meta = {
    url: 'require("node:url").pathToFileURL(__filename).href',
    // Bundlers may give one that is relative.
    filename: 'require("node:path").resolve(__filename)',
    dirname: "__dirname",
  };
  return { name: "commonjs-meta", resolveImportMeta: (property) => meta[property] ?? null };
}

/** Imports what is known at run time only, a module of the user's: CommonJS cannot load it by its URL. */
function importModules() {
  return {
    name: "import-modules",
    renderDynamicImport: ({ targetModuleId }) =>
      targetModuleId === null ? { left: "import(", right: ")" } : null,
  };
}

/** Writes for each entry a module that exports what the entry does. */
function modulesOver() {
  return {
    name: "modules-over",
    generateBundle(_options, bundle) {
      for (const { fileName, exports } of entriesOf(bundle)) {
        const module = fileName.replace(/\.cjs$/, ".js");
        this.emitFile({ type: "asset", fileName: module, source: moduleOver(module, exports) });
      }
    },
  };
}

/**
 * A module with what an entry exports. Bundlers do not follow the way in which it finds the package:
 * one that a bundler has taken with it finds it where the bundle runs, or says what to do.
 */
function moduleOver(module, names) {
  const [path] = Object.entries(manifest.exports).find(
    ([, { import: exported }]) => exported?.default === `./dist/${module}`,
  );
  return `import { createRequire } from "node:module";

let entry;
try {
  entry = createRequire(import.meta.url ?? __filename)("${path.replace(".", manifest.name)}");
} catch (cause) {
  if (cause?.code !== "MODULE_NOT_FOUND") throw cause;
  throw Object.assign(new Error(${JSON.stringify(BUNDLED)}, { cause }), {
    name: "NativeBindingError",
    code: "ERR_ZIRCONIA_NATIVE_BINDING",
  });
}
${names.map((name) => `export const ${name} = entry.${name};\n`).join("")}`;
}

/** The same for declarations. */
function declarationsOver() {
  return {
    name: "declarations-over",
    generateBundle(_options, bundle) {
      for (const { fileName } of entriesOf(bundle)) {
        const source = `export * from "./${basename(fileName, ".d.cts")}.cjs";\n`;
        this.emitFile({ type: "asset", fileName: fileName.replace(/\.cts$/, ".ts"), source });
      }
    },
  };
}

function entriesOf(bundle) {
  return Object.values(bundle).filter(({ isEntry }) => isEntry);
}

/** Types that are generic since TypeScript 5.7, without what is their default. */
function forOlderTypeScript() {
  return {
    name: "for-older-typescript",
    renderChunk: (code) => code.replaceAll("Uint8Array<ArrayBufferLike>", "Uint8Array"),
  };
}

/** What is CommonJS by its content, though its file's name does not say so. */
function commonjsProgram() {
  const [program] = PROGRAMS;
  return {
    name: "commonjs-program",
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
