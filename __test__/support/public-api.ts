import { fileURLToPath } from "node:url";

import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What can be imported with all its exports as a namespace, as is customary: `zirconia/fidl`. */
const NAMESPACES = ["fidl", "trace", "vfs"];

/** What this package exports, with the members of that, as TypeScript sees it. */
export class PublicApi {
  readonly #checker: ts.TypeChecker;
  readonly #exports = new Map<string, ts.Symbol>();

  constructor() {
    const config = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile).config as unknown;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const index = `${ROOT}index.ts`;
    const files = NAMESPACES.map((name) => `${ROOT}lib/${name}/index.ts`);
    const program = ts.createProgram([index, ...files], options);
    this.#checker = program.getTypeChecker();
    const moduleOf = (file: string) =>
      this.#checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    for (const symbol of this.#checker.getExportsOfModule(moduleOf(index))) {
      this.#exports.set(symbol.name, this.#resolved(symbol));
    }
    files.forEach((file, at) => this.#exports.set(NAMESPACES[at]!, moduleOf(file)));
  }

  /**
   * Whether there is something by a name: an export, a member of one (`SpawnFlags.CLONE_JOB`), or a
   * text that it may be (`StackErrorKind "NameTooLong"`).
   */
  has(name: string): boolean {
    const [, path, text] = /^([\w.]+)(?: "([^"]+)")?$/.exec(name) ?? [];
    if (path === undefined) return false;
    const [first, ...members] = path.split(".");
    let found = this.#exports.get(first!);
    for (const part of members) {
      found = found && this.#member(found, part);
    }
    if (found === undefined || text === undefined) return found !== undefined;
    return this.#types(found).some((type) =>
      (type.isUnion() ? type.types : [type]).some(
        (choice) => choice.isStringLiteral() && choice.value === text,
      ),
    );
  }

  #member(symbol: ts.Symbol, name: string): ts.Symbol | undefined {
    const candidates =
      symbol.flags & ts.SymbolFlags.Module
        ? this.#checker.getExportsOfModule(symbol).filter((member) => member.name === name)
        : this.#types(symbol).flatMap((type) => this.#checker.getPropertyOfType(type, name) ?? []);
    const found = candidates.find(isPublic);
    return found && this.#resolved(found);
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** What instances of it are, and what it is itself. */
  #types(symbol: ts.Symbol): ts.Type[] {
    const { TypeAlias, Class, Interface } = ts.SymbolFlags;
    const isType = symbol.flags & (TypeAlias | Class | Interface);
    const isValue = symbol.flags & ts.SymbolFlags.Value;
    return [
      ...(isType ? [this.#checker.getDeclaredTypeOfSymbol(symbol)] : []),
      ...(isValue ? [this.#checker.getTypeOfSymbol(symbol)] : []),
    ].map((type) => type.getNonNullableType());
  }
}

function isPublic(symbol: ts.Symbol): boolean {
  const { Private, Protected } = ts.ModifierFlags;
  const isHidden = (symbol.declarations ?? []).some(
    (declaration) => ts.getCombinedModifierFlags(declaration) & (Private | Protected),
  );
  return !isHidden && symbol.getJsDocTags().every(({ name }) => name !== "internal");
}
