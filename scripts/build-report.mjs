// Builds report/out/page.html, in which lib/report/ puts documents: one file with its script and its
// style, which may load nothing and run nothing but these.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { rollup } from "rollup";
import ts from "typescript";

const MOST = 400_000;

const root = fileURLToPath(new URL("../report/", import.meta.url));
const template = readFileSync(`${root}src/page.html`, "utf8");
const style = readFileSync(`${root}src/style.css`, "utf8");
const whole = fill(fill(template, "style", style), "script", await bundle(`${root}src/main.ts`));
const policy = [
  "default-src 'none'",
  `script-src '${hashOf("script", whole)}'`,
  `style-src '${hashOf("style", whole)}'`,
  "base-uri 'none'",
  "form-action 'none'",
];
const page = fill(whole, "policy", policy.join("; "));
if (page.length > MOST) throw new Error(`the page has ${page.length} bytes, of ${MOST}`);
mkdirSync(`${root}out`, { recursive: true });
writeFileSync(`${root}out/page.html`, page);

/** One script of all modules. */
async function bundle(input) {
  const bundled = await rollup({
    input,
    plugins: [typescript()],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundled.generate({ format: "iife", generatedCode: "es2015" });
  return output[0].code.trim();
}

/** What TypeScript's modules are without their types and comments. */
function typescript() {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
    removeComments: true,
  };
  return {
    name: "typescript",
    resolveId: (id, importer) =>
      importer === undefined ? id : resolve(dirname(importer), id.replace(/\.js$/, ".ts")),
    transform: (code, fileName) =>
      ts.transpileModule(code, { compilerOptions, fileName }).outputText,
  };
}

/** Puts a text in its place in the page. */
function fill(page, name, text) {
  if (/<\/(script|style)/.test(text)) throw new Error(`the ${name} would end its element`);
  const place = `{/*${name}*/}`;
  if (!page.includes(place)) throw new Error(`the page has no place for its ${name}`);
  return page.replace(place, () => text);
}

/** The hash by which a policy knows what is in an element. */
function hashOf(element, page) {
  const [, content] = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(page);
  return `sha256-${createHash("sha256").update(content).digest("base64")}`;
}
