import { fileURLToPath } from "node:url";

import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What this package exports, with the members of that, as TypeScript sees it. */
export class PublicApi {
  readonly #checker: ts.TypeChecker;
  readonly #index: ts.Symbol;

  constructor() {
    const config = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile).config as unknown;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const index = `${ROOT}index.ts`;
    const program = ts.createProgram([index], options);
    this.#checker = program.getTypeChecker();
    this.#index = this.#checker.getSymbolAtLocation(program.getSourceFile(index)!)!;
  }

  /**
   * Whether there is something by a name: an export, a member of one (`SpawnFlags.CLONE_JOB`), or a
   * text that it may be (`StackErrorKind "NameTooLong"`).
   */
  has(name: string): boolean {
    const [, path, text] = /^([\w.]+)(?: "([^"]+)")?$/.exec(name) ?? [];
    if (path === undefined) return false;
    let found: ts.Symbol | undefined = this.#index;
    for (const part of path.split(".")) {
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
    return found && found.flags & ts.SymbolFlags.Alias
      ? this.#checker.getAliasedSymbol(found)
      : found;
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
