import { ZxStatus } from "../../base/status.js";
import {
  type ImmutableNodeAttributes,
  type MutableNodeAttributes,
  type NodeAttributes2,
  NodeAttributesQuery,
  NodeProtocolKinds,
} from "../../fidl/libraries/fuchsia-io-2026.js";
import type { ValueOf } from "../../fidl/type.js";
import type { VfsNode, VfsTimes } from "../node.js";
import { KIND_OPERATIONS, Operations, operationsOf } from "../operations.js";
import { refusal } from "../refusal.js";
import { has } from "./flags.js";

const Query = NodeAttributesQuery.members;

const KINDS = {
  directory: NodeProtocolKinds.members.DIRECTORY,
  file: NodeProtocolKinds.members.FILE,
  service: NodeProtocolKinds.members.CONNECTOR,
} as const satisfies Record<VfsNode["kind"], bigint>;

/** What means nothing for a directory itself. */
const CONTENT =
  Operations.CONNECT | Operations.READ_BYTES | Operations.WRITE_BYTES | Operations.EXECUTE;

type Mutable = ValueOf<typeof MutableNodeAttributes>;
type Immutable = ValueOf<typeof ImmutableNodeAttributes>;

/** Those attributes of a node that are asked for and known. */
export async function attributesOf(
  node: VfsNode,
  query: bigint,
): Promise<ValueOf<typeof NodeAttributes2>> {
  const known = await node.attributes();
  const mutable: [bigint, Mutable][] = [
    [Query.CREATION_TIME, { creationTime: known.creationTime }],
    [Query.MODIFICATION_TIME, { modificationTime: known.modificationTime }],
  ];
  const immutable: [bigint, Immutable][] = [
    [Query.PROTOCOLS, { protocols: KINDS[node.kind] }],
    [Query.ABILITIES, { abilities: abilitiesOf(node) }],
    [Query.CONTENT_SIZE, { contentSize: known.contentSize }],
    [Query.STORAGE_SIZE, { storageSize: known.storageSize }],
    [Query.LINK_COUNT, { linkCount: known.linkCount }],
  ];
  const { accessTime, changeTime, id } = known;
  if (accessTime !== undefined) {
    mutable.push([Query.ACCESS_TIME, { accessTime }]);
  }
  if (changeTime !== undefined) {
    immutable.push([Query.CHANGE_TIME, { changeTime }]);
  }
  if (id !== undefined) {
    immutable.push([Query.ID, { id }]);
  }
  return {
    mutableAttributes: selected(mutable, query),
    immutableAttributes: selected(immutable, query),
  };
}

/** Those that are asked for, in one table. */
function selected<T extends object>(all: readonly [bigint, T][], query: bigint): T {
  const tables = all.filter(([bit]) => has(query, bit)).map(([, table]) => table);
  return Object.assign({}, ...tables) as T;
}

function abilitiesOf({ kind, rights }: VfsNode): bigint {
  if (kind === "service") {
    return BigInt(Operations.GET_ATTRIBUTES | Operations.CONNECT);
  }
  const operations = operationsOf(rights) & KIND_OPERATIONS[kind];
  return BigInt(kind === "directory" ? operations & ~CONTENT : operations);
}

/**
 * Sets attributes of a node. All but times are unknown here.
 *
 * @throws `ZirconiaError` `NOT_SUPPORTED`, and what setting them fails with
 */
export async function updateAttributes(node: VfsNode, attributes: Mutable): Promise<void> {
  const { creationTime, modificationTime, accessTime, ...others } = attributes;
  if (node.setTimes === undefined || Object.keys(others).length > 0) {
    throw refusal(ZxStatus.NOT_SUPPORTED);
  }
  const times: VfsTimes = {
    ...(creationTime === undefined ? {} : { creationTime }),
    ...(modificationTime === undefined ? {} : { modificationTime }),
    ...(accessTime === undefined ? {} : { accessTime }),
  };
  await node.setTimes(times);
}
