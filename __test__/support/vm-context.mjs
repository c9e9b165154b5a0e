// Loads the package's sources, as they are compiled, in a context of node:vm, as test runners load
// packages, and uses them there. Prints one JSON document.
//
// node --experimental-vm-modules vm-context.mjs [OF_NODE...]: those globals are Node's, the others the
// context's own. Such a context has no Symbol.dispose.
import { readFileSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import ts from "typescript";

const ofNode = new Set(process.argv.slice(2));
const bare = new Set(Object.getOwnPropertyNames(vm.runInNewContext("globalThis")));
const names = Object.getOwnPropertyNames(globalThis);
const shared = names.filter((name) => !bare.has(name) || ofNode.has(name));
const globals = Object.fromEntries(shared.map((name) => [name, globalThis[name]]));
const context = vm.createContext(globals);

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
};
const modules = new Map();

async function outside(specifier) {
  const namespace = await import(specifier);
  const exports = Object.keys(namespace);
  return new vm.SyntheticModule(
    exports,
    function () {
      for (const name of exports) this.setExport(name, namespace[name]);
    },
    { context },
  );
}

async function load(specifier, from) {
  if (isBuiltin(specifier) || !specifier.startsWith(".")) return outside(specifier);
  const url = new URL(specifier.replace(/\.js$/, ".ts"), from).href;
  if (!modules.has(url)) {
    const source = readFileSync(fileURLToPath(url), "utf8");
    const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: url });
    modules.set(
      url,
      new vm.SourceTextModule(outputText, {
        context,
        identifier: url,
        initializeImportMeta: (meta) => (meta.url = url),
        importModuleDynamically: (target) => evaluated(target, url),
      }),
    );
  }
  return modules.get(url);
}

async function evaluated(specifier, from) {
  const module = await load(specifier, from);
  if (module.status === "unlinked") {
    await module.link((target, referrer) => load(target, referrer.identifier));
  }
  if (module.status === "linked") await module.evaluate();
  return module;
}

const root = new URL("../../index.ts", import.meta.url).href;
const { namespace: zirconia } = await evaluated("./index.ts", root);
const { namespace: vfs } = await evaluated("./lib/vfs/index.ts", root);
const hello = createRequire(root).resolve("#guests/hello");
const file = readFileSync(hello);
const use = vm.runInContext(
  `async ({ run, Kernel, ProcessBuilder, checkBytes, checkFile, planLaunch }, { PseudoDirectory }, hello, file) => {
    const own = new Uint8Array(file.length);
    own.set(file);
    const DISPOSE = Symbol.dispose ?? Symbol.for("Symbol.dispose");
    const kernel = new Kernel({ machine: "null" });
    const job = kernel.rootJob;
    const executable = kernel.vmoFromBytes(own);
    const builder = new ProcessBuilder({ name: "it", job, executable });
    const built = await builder.addArguments(["it"]).build();
    const entry = typeof built.entry;
    for (const resource of [built, builder, kernel]) resource[DISPOSE]();
    const missing = await checkFile("no/such/file").catch((error) => error.code);
    const namespace = { "/data": new PseudoDirectory({ own }) };
    const { exitCode, stdout } = await run(hello, ["x"], { namespace });
    return {
      symbol: typeof Symbol.dispose,
      entry,
      missing,
      ok: checkBytes(own).ok,
      plan: (await planLaunch(own)).verdict.ok,
      exitCode,
      said: stdout.includes("arg 1: x"),
    };
  }`,
  context,
);
console.log(JSON.stringify(await use(zirconia, vfs, hello, file)));
