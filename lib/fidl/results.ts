import { enumeration } from "./enums.js";
import { int32, status } from "./primitives.js";
import { type Fields, type FieldValues, struct } from "./structs.js";
import type { FidlType } from "./type.js";
import { union, type UnionValue } from "./unions.js";

/** Why a flexible method has no other reply. */
export const FrameworkError = enumeration("FrameworkErr", int32, { UNKNOWN_METHOD: -2 });

// Types rather than interfaces, whose members could not be told one by one.
type ResultMembers<F extends Fields> = {
  readonly response: readonly [1, FidlType<FieldValues<F>>];
  readonly err: readonly [2, typeof status];
};
type FlexibleMembers<F extends Fields> = ResultMembers<F> & {
  readonly frameworkErr: readonly [3, typeof FrameworkError];
};

/** What a method has come to: `{ kind: "response", value }` or `{ kind: "err", value: status }`. */
export type ResultValue<F extends Fields> = UnionValue<ResultMembers<F>>;

/**
 * The reply of a method that can fail, in FIDL `-> (…) error zx.Status`:
 * `twoWay({ count: uint64 }, result("File_Read", { data }))`.
 *
 * @param name of the method, with its protocol's
 */
export function result<F extends Fields>(
  name: string,
  fields: F,
): { result: FidlType<ResultValue<F>> } {
  const members: ResultMembers<F> = {
    response: [1, struct(`${name}_Response`, fields)],
    err: [2, status],
  };
  return { result: union(`${name}_Result`, members) };
}

/** The same for a {@link flexible} method, which whoever is asked may not know. */
export function flexibleResult<F extends Fields>(
  name: string,
  fields: F,
): { result: FidlType<UnionValue<FlexibleMembers<F>>> } {
  const members: FlexibleMembers<F> = {
    response: [1, struct(`${name}_Response`, fields)],
    err: [2, status],
    frameworkErr: [3, FrameworkError],
  };
  return { result: union(`${name}_Result`, members) };
}
