import type { ExportedEntry, Namespace } from "../fdio/namespace.js";
import type { TakenAction } from "./actions.js";
import { SpawnActionType } from "./flags.js";

/**
 * New connections to what a namespace has at some paths and below, or to all of it.
 *
 * @throws {@link ZirconiaError} as {@link Namespace.export}
 */
export function cloneNames(
  namespace: Namespace,
  prefixes: readonly string[] | "all",
): ExportedEntry[] {
  const isWanted = ({ path }: ExportedEntry) => prefixes === "all" || isBelow(path, prefixes);
  const entries = namespace.export();
  entries.filter((entry) => !isWanted(entry)).forEach(({ directory }) => directory.close());
  return entries.filter(isWanted);
}

/** What actions add to a namespace, in their order. */
export function addedNames(actions: readonly TakenAction[]): ExportedEntry[] {
  return actions.flatMap((action) =>
    action.action === SpawnActionType.AddNamespaceEntry
      ? [{ path: action.prefix!, directory: action.handle! }]
      : [],
  );
}

function isBelow(path: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
}
