import { checkU32, invalidValue } from "../base/validate.js";

/** What a connection to a node may be used for: bits, to be combined with `|`. */
export const NodeRights = Object.freeze({
  /** Content can be read. */
  READABLE: 1 << 0,
  /** Content can be changed, and entries of a directory. */
  WRITABLE: 1 << 1,
  /** Content can be had as a VMO that can be executed. */
  EXECUTABLE: 1 << 3,
} as const);

/** Rights that are combined. */
export type NodeRights = number;

/** What nodes allow unless their embedder says otherwise. */
export const READ_EXECUTE: NodeRights = NodeRights.READABLE | NodeRights.EXECUTABLE;
/** All there is. */
export const ALL_RIGHTS: NodeRights = READ_EXECUTE | NodeRights.WRITABLE;

/** Checks rights that an embedder gives: some of those that are possible. */
export function checkNodeRights(name: string, value: unknown, possible = ALL_RIGHTS): NodeRights {
  const rights = checkU32(name, value);
  if (!includesRights(possible, rights)) {
    throw invalidValue(name, `must be among ${describeRights(possible)}`, value);
  }
  return rights;
}

function describeRights(rights: NodeRights): string {
  const names = Object.entries(NodeRights).filter(([, right]) => includesRights(rights, right));
  return names.map(([name]) => name).join(", ");
}

/** Whether all of some rights are among others. */
export function includesRights(rights: NodeRights, wanted: NodeRights): boolean {
  return (wanted & ~rights) === 0;
}
