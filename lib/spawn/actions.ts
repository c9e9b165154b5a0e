import { ZxStatus } from "../base/status.js";
import { checkCString, type CString, checkText } from "../base/strings.js";
import { checkArray, checkI32, checkU32, invalidType } from "../base/validate.js";
import { Channel } from "../handles/channel.js";
import { Handle } from "../handles/handle.js";
import { checkGiven } from "../handles/take.js";
import type { Context } from "../kernel/context.js";
import { type HandleInfo, HandleType, rawHandleInfo } from "../zx/handle-info.js";
import { SpawnActionType, SpawnFlags } from "./flags.js";
import { refused, SpawnError } from "./spawn-error.js";

/** Lets a descriptor of the new process be a clone of a local one, or the local one itself. */
export interface FdAction {
  readonly action: typeof SpawnActionType.CloneFd | typeof SpawnActionType.TransferFd;
  /** Closed by a transfer, whatever comes of it. */
  readonly localFd: number;
  /** 0 to 1,023; with bit 15 it is also used for those of 0 to 2 that are not given. */
  readonly targetFd: number;
}

/** Adds a directory to the namespace of the new process. Consumes the handle. */
export interface NamespaceEntryAction {
  readonly action: typeof SpawnActionType.AddNamespaceEntry;
  readonly prefix: string | null;
  readonly handle: Channel | null;
}

/** Adds a startup handle. Consumes the handle. */
export interface HandleAction {
  readonly action: typeof SpawnActionType.AddHandle;
  /** Type and argument. A number is sent as it is. */
  readonly id: HandleInfo | number;
  readonly handle: Handle | null;
}

/** Names the new process, which is otherwise named after its first argument; the last one counts. */
export interface NameAction {
  readonly action: typeof SpawnActionType.SetName;
  readonly data: CString | null;
}

/** Clones what the namespace has at a path and below; all of it for `/`. */
export interface DirectoryAction {
  readonly action: typeof SpawnActionType.CloneDir;
  readonly prefix: string | null;
}

/** What is to be done for a new process (`fdio_spawn_action_t`). Other numbers are ignored. */
export type SpawnAction =
  FdAction | NamespaceEntryAction | HandleAction | NameAction | DirectoryAction;

/** An action that has its handle as its own. */
export type TakenAction =
  Exclude<SpawnAction, HandleAction> | (HandleAction & { readonly id: number });

/** What actions say about a process besides its handles and names. */
export interface Intent {
  readonly name: CString | undefined;
  /** Flags, with what an action has added. */
  readonly flags: number;
  /** Paths of the namespace to be cloned. */
  readonly prefixes: readonly string[];
}

/** Checks actions, as far as types go: copies, of which each keeps its handle. */
export function checkActions(actions: unknown): SpawnAction[] {
  return checkArray("actions", actions).map(checkAction);
}

/**
 * Takes over the handles of actions, all or, if one is of another context, none.
 *
 * @throws {@link ForeignHandleError}
 */
export function takeActions(context: Context, actions: readonly SpawnAction[]): TakenAction[] {
  const { AddNamespaceEntry, AddHandle } = SpawnActionType;
  actions.forEach((action, index) => {
    if (action.action === AddNamespaceEntry || action.action === AddHandle) {
      action.handle?.valueIn(context, `actions[${index}].handle`);
    }
  });
  return actions.map((action) => {
    switch (action.action) {
      case AddNamespaceEntry:
        return { ...action, handle: new Channel(context, action.handle?.take() ?? 0) };
      case AddHandle: {
        const id = rawHandleInfo("id", action.id);
        return { ...action, id, handle: new Handle(context, action.handle?.take() ?? 0) };
      }
      default:
        return action;
    }
  });
}

function checkAction(value: unknown, index: number): SpawnAction {
  const at = `actions[${index}]`;
  if (typeof value !== "object" || value === null) {
    throw invalidType(at, "an object", value);
  }
  const action = value as SpawnAction;
  checkU32(`${at}.action`, action.action);
  switch (action.action) {
    case SpawnActionType.CloneFd:
    case SpawnActionType.TransferFd:
      checkI32(`${at}.localFd`, action.localFd);
      checkI32(`${at}.targetFd`, action.targetFd);
      break;
    case SpawnActionType.AddNamespaceEntry:
      checkTextOrNull(`${at}.prefix`, action.prefix);
      checkGivenOrNull(`${at}.handle`, action.handle, Channel);
      break;
    case SpawnActionType.AddHandle:
      rawHandleInfo(`${at}.id`, action.id);
      checkGivenOrNull(`${at}.handle`, action.handle, Handle);
      break;
    case SpawnActionType.SetName:
      if (action.data !== null) {
        checkCString(`${at}.data`, action.data);
      }
      break;
    case SpawnActionType.CloneDir:
      checkTextOrNull(`${at}.prefix`, action.prefix);
      break;
  }
  return { ...action };
}

function checkTextOrNull(name: string, value: unknown): void {
  if (value !== null) {
    checkText(name, value);
  }
}

function checkGivenOrNull(name: string, value: unknown, Class: typeof Handle): void {
  if (value !== null) {
    checkGiven(name, value, Class);
  }
}

/** Refuses an action unless it has what it needs. */
type Check = (valid: boolean, what: string) => asserts valid;

/**
 * Looks at all actions before anything is done.
 *
 * @throws {@link SpawnError} `INVALID_ARGS`, with a message for a clock that is given twice only
 */
export function readActions(actions: readonly TakenAction[], flags: number): Intent {
  let name: CString | undefined;
  let all = flags;
  const prefixes: string[] = [];
  for (const [index, action] of actions.entries()) {
    const check: Check = (valid, what) => {
      if (!valid) {
        const reason = `actions[${index}] has no ${what}`;
        throw refused(ZxStatus.INVALID_ARGS, reason);
      }
    };
    switch (action.action) {
      case SpawnActionType.AddNamespaceEntry:
        check(action.prefix !== null, "prefix");
        check(action.handle?.isValid === true, "valid handle");
        break;
      case SpawnActionType.AddHandle:
        check(action.handle?.isValid === true, "valid handle");
        if (action.id === HandleType.ClockUtc && (flags & SpawnFlags.CLONE_UTC_CLOCK) !== 0) {
          const text = "a UTC clock cannot be both cloned and added as a handle";
          throw new SpawnError(ZxStatus.INVALID_ARGS, text);
        }
        break;
      case SpawnActionType.SetName:
        check(action.data !== null, "data");
        name = action.data;
        break;
      case SpawnActionType.CloneDir:
        check(isDirectoryPath(action.prefix), "absolute prefix without a / at its end");
        if (action.prefix === "/") {
          all |= SpawnFlags.CLONE_NAMESPACE;
        } else {
          prefixes.push(action.prefix);
        }
        break;
    }
  }
  return { name, flags: all, prefixes };
}

function isDirectoryPath(prefix: string | null): prefix is string {
  return prefix === "/" || (prefix?.startsWith("/") === true && !prefix.endsWith("/"));
}
