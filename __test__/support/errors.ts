import type { ExecutionContext } from "ava";

import {
  ProcessBuilderError,
  type ProcessBuilderErrorKind,
  ZxError,
  ZxStatus,
} from "../../index.js";

type StatusName = keyof typeof ZxStatus;

/** Expects a system call to fail. */
export function throwsStatus(
  t: ExecutionContext,
  status: StatusName,
  body: () => unknown,
): ZxError {
  const error = t.throws(body, { instanceOf: ZxError, code: `ZX_ERR_${status}` })!;
  t.is(error.status, ZxStatus[status]);
  return error;
}

/** Expects a wait to fail. */
export async function rejectsStatus(
  t: ExecutionContext,
  status: StatusName,
  promise: Promise<unknown>,
): Promise<ZxError> {
  const error = (await t.throwsAsync(promise, {
    instanceOf: ZxError,
    code: `ZX_ERR_${status}`,
  }))!;
  t.is(error.status, ZxStatus[status]);
  return error;
}

/** Expects a step of building to fail. */
export function throwsBuilder(
  t: ExecutionContext,
  kind: ProcessBuilderErrorKind,
  message: string,
  body: () => unknown,
): ProcessBuilderError {
  const error = t.throws(body, { instanceOf: ProcessBuilderError, message })!;
  t.is(error.kind, kind);
  return error;
}
