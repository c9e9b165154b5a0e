import { ZxStatus } from "../../base/status.js";
import { AdvisoryLockType, type File } from "../../fidl/libraries/fuchsia-io-2026.js";
import type { MethodsOf, RequestOf } from "../../fidl/protocol.js";
import type { LockType } from "../node.js";
import { refusal } from "../refusal.js";
import { unsupported } from "./node-connection.js";
import { attempt, type Outcome } from "./outcome.js";

const { READ, WRITE, UNLOCK } = AdvisoryLockType.members;

const LOCK_TYPES: Readonly<Record<number, LockType | undefined>> = {
  [READ]: "read",
  [WRITE]: "write",
  [UNLOCK]: undefined,
};

/** What can be locked by its connection. */
interface Lockable {
  lock(type: LockType | undefined, wait: boolean): Promise<void>;
}

type Request = RequestOf<MethodsOf<typeof File>["AdvisoryLock"]>["request"];

/** Answers `fuchsia.io/AdvisoryLocking` for a file or a directory. */
export function advisoryLock(
  session: Lockable,
  { type, range, wait = false }: Request,
): Promise<Outcome<{}>> {
  return attempt(async () => {
    if (type === undefined) {
      throw refusal(ZxStatus.INVALID_ARGS);
    }
    if (range !== undefined) {
      unsupported();
    }
    await session.lock(LOCK_TYPES[type], wait);
  });
}
