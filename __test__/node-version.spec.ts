import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import test from "ava";

import { runNode } from "./support/node.js";

const root = new URL("../", import.meta.url);
const START = fileURLToPath(new URL("lib/cli/start.ts", root));

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly bin: { readonly zirconia: string };
}

function text(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function manifest(path: string): Manifest {
  return JSON.parse(text(path)) as Manifest;
}

/** Starts the command line on a Node that says it is of another version. */
function startOn(version: string) {
  const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
  const url = `data:text/javascript,${encodeURIComponent(pretend)}`;
  return runNode([`--import=${url}`, START, "--version"]);
}

const { engines, bin, version } = manifest("package.json");
const OLDEST = engines.node.replace(/^>=/, "");

test("the oldest Node.js is the same wherever it is named", (t) => {
  t.is(engines.node, ">=20.19");
  for (const name of readdirSync(new URL("npm", root))) {
    t.deepEqual(manifest(`npm/${name}/package.json`).engines, engines, name);
  }
  for (const page of ["README.md", "CONTRIBUTING.md"]) {
    t.true(text(page).includes(`Node.js ${OLDEST} or later`), page);
  }
  t.true(text(".github/workflows/ci.yml").includes(`node-version: ${OLDEST}.0`));
});

test("what is not in the oldest Node.js is not in the types that sources are checked against", (t) => {
  const types = manifest("node_modules/@types/node/package.json").version;
  t.true(types.startsWith(`${OLDEST}.`), types);
});

test("the command line names the Node.js that it needs on an older one", async (t) => {
  t.is(bin.zirconia, "dist/lib/cli/start.js");
  for (const old of ["18.20.8", "20.18.3"]) {
    const { code, stderr, stdout } = await startOn(old);
    t.is(stderr, `zirconia: Node.js ${OLDEST} or later is needed; this is ${old}\n`);
    t.is(stdout, "");
    t.is(code, 1);
  }
  for (const fresh of [`${OLDEST}.0`, "22.0.0"]) {
    const { code, stdout } = await startOn(fresh);
    t.is(stdout, `${version}\n`);
    t.is(code, 0);
  }
});

test("the oldest TypeScript is the same wherever it is named", (t) => {
  const [, oldest] = /OLDEST_TYPESCRIPT = "(.+)"/.exec(text("scripts/test-tools.mjs"))!;
  t.true(text("README.md").includes(`TypeScript from ${oldest} on`));
  t.true(text("docs/tools.md").includes(`\n## TypeScript\n\n${oldest} or later.`));
});
