// Writes docs/signatures.txt: everything that this package exports, with its signatures and without
// comments, in the order of the names, so that a change to the API is seen at a glance. What follows
// under "Not exported" is what signatures name. Reads the declarations that tsc has written.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiled = `${root}target/ts/`;
const { name, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
/** The paths that can be imported, and where their declarations are. */
const entries = Object.entries(exports)
  .filter(([, { import: module }]) => module !== undefined)
  .map(([path, { import: module }]) => [
    path.replace(".", name),
    module.types.replace("./dist/", compiled),
  ]);

const files = entries.map(([, file]) => file);
const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: ["node"] };
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

/** What has been listed, or is to be. */
const listed = new Set();
const sections = entries.map(([entry, file]) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  return [`# ${entry}`].concat(exportsOf(module));
});
const named = [];
for (const symbol of listed) {
  for (const other of namedBy(symbol).filter((other) => !listed.has(other))) {
    listed.add(other);
    named.push([other.name, declarationsOf(other, other.name)]);
  }
}
sections.push(["# Not exported", ...inOrder(named)]);
writeFileSync(`${root}docs/signatures.txt`, `${sections.map((s) => s.join("\n")).join("\n\n")}\n`);

/** The lines of a module, or of a namespace. */
function exportsOf(module) {
  return inOrder(
    checker.getExportsOfModule(module).map((exported) => {
      const symbol = resolved(exported);
      if (symbol.flags & ts.SymbolFlags.Module) {
        const lines = exportsOf(symbol).map((line) => `    ${line}`);
        return [exported.name, [`namespace ${exported.name} {`, ...lines, "}"]];
      }
      listed.add(symbol);
      return [exported.name, declarationsOf(symbol, exported.name)];
    }),
  );
}

function inOrder(declarations) {
  return declarations.sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, lines]) => lines);
}

/** The lines of what a symbol stands for, by the name that it is exported by. */
function declarationsOf(symbol, exportedName) {
  return statementsOf(symbol).flatMap((statement) => {
    const text = printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
    return text
      .replace(/^(export )?(declare )?/, "")
      .replace(new RegExp(`\\b${symbol.name}\\b`), exportedName)
      .split("\n")
      .filter((line) => line.trim() !== "#private;");
  });
}

/** The types of this package that a symbol's declarations name. */
function namedBy(symbol) {
  const found = new Set();
  const visit = (node) => {
    if (ts.isIdentifier(node)) {
      const other = checker.getSymbolAtLocation(node);
      if (other !== undefined) found.add(resolved(other));
    }
    ts.forEachChild(node, visit);
  };
  statementsOf(symbol).forEach(visit);
  return [...found].filter((other) => statementsOf(other).length > 0);
}

/** The statements of this package's modules that declare a symbol. */
function statementsOf(symbol) {
  return (symbol.declarations ?? [])
    .map((declaration) =>
      ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration,
    )
    .filter(
      (statement) =>
        ts.isSourceFile(statement.parent) &&
        statement.getSourceFile().fileName.startsWith(compiled),
    );
}

function resolved(symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}
