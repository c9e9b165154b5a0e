import { ZirconiaError } from "../base/errors.js";
import { ZxStatus } from "../base/status.js";
import { type Vmo, VmoChildOptions } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import { Rights } from "../zx/rights.js";
import type { BufferRequest } from "./node.js";
import { includesRights, NodeRights } from "./rights.js";

/**
 * The first `size` bytes of a VMO as a client gets them.
 *
 * A private copy has SET_PROPERTY besides. It cannot be both written and executed, as no copy can.
 *
 * @throws `ZirconiaError` `NOT_SUPPORTED` for writing and executing; `ZxError` as the
 * handle's rights and the policy on it have it
 */
export function handOut(vmo: Vmo, size: bigint, { rights, sharing }: BufferRequest): Vmo {
  const writable = includesRights(rights, NodeRights.WRITABLE);
  if (writable && includesRights(rights, NodeRights.EXECUTABLE)) {
    throw new ZirconiaError("No VMO is both written and executed", ZxStatus.NOT_SUPPORTED);
  }
  const base = Rights.BASIC | Rights.MAP | Rights.GET_PROPERTY | vmoRights(rights);
  if (sharing !== "private") {
    return vmo.duplicate(base);
  }
  const { SNAPSHOT_AT_LEAST_ON_WRITE, NO_WRITE, RESIZABLE } = VmoChildOptions;
  const kind = SNAPSHOT_AT_LEAST_ON_WRITE | (writable ? RESIZABLE : NO_WRITE);
  const child = vmo.createChild(kind, 0n, size);
  try {
    child.setName(vmo.getName());
    return child.replace(base | Rights.SET_PROPERTY);
  } catch (error) {
    child.close();
    throw error;
  }
}

/**
 * A VMO with bytes that are a file's at this moment.
 *
 * @param name of the VMO
 * @throws `ZirconiaError` `NOT_SUPPORTED` for what is to be the file itself, or written to it;
 * as {@link handOut}
 */
export function copyOut(
  context: Context,
  name: string,
  bytes: Uint8Array,
  request: BufferRequest,
): Vmo {
  checkCopy(request);
  const vmo = context.vmoFromBytes(bytes, { name });
  try {
    return handOut(vmo, BigInt(bytes.length), request);
  } finally {
    vmo.close();
  }
}

/** Checks that a copy of a file will do. @throws `ZirconiaError` `NOT_SUPPORTED` */
export function checkCopy({ rights, sharing }: BufferRequest): void {
  const isShared = sharing !== "private" && includesRights(rights, NodeRights.WRITABLE);
  if (sharing === "exact" || isShared) {
    throw new ZirconiaError("No VMO is the file itself", ZxStatus.NOT_SUPPORTED);
  }
}

function vmoRights(rights: NodeRights): Rights {
  return (
    (includesRights(rights, NodeRights.READABLE) ? Rights.READ : 0) |
    (includesRights(rights, NodeRights.WRITABLE) ? Rights.WRITE : 0) |
    (includesRights(rights, NodeRights.EXECUTABLE) ? Rights.EXECUTE : 0)
  );
}
