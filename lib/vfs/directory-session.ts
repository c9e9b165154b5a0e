import { ZxStatus } from "../base/status.js";
import type { Channel } from "../handles/channel.js";
import type { Handle } from "../handles/handle.js";
import { DirentReader } from "./dialect-2020/dirents.js";
import type { Token } from "./dialect-2020/tokens.js";
import type { AdvisoryLocks } from "./locks.js";
import type { DirectoryChanges, DirectoryNode, LockType } from "./node.js";
import { Operations } from "./operations.js";
import { checkName } from "./path.js";
import { refusal } from "./refusal.js";
import { type Opening, Session } from "./session.js";
import { WATCH_MASK_ALL, Watcher } from "./watcher.js";

/** A connection to a directory: where its listing is, and the token that stands for it. */
export class DirectorySession extends Session<DirectoryNode> {
  readonly dirents = new DirentReader();
  #token: Token | undefined;
  /** The locks among which the connection's is, if it has asked for one. */
  #locks: AdvisoryLocks | undefined;
  #hasEnded = false;

  override reopened(opening: Opening): DirectorySession {
    return new DirectorySession(this.server, this.node, opening, this.context);
  }

  override ended(): void {
    this.#hasEnded = true;
    this.#locks?.release(this);
    if (this.#token !== undefined) {
      this.server.tokens.discard(this.#token);
    }
  }

  /** How the client changes it. @throws `ZirconiaError` `BAD_HANDLE`, `NOT_SUPPORTED` */
  changes(operations: Operations = Operations.MODIFY_DIRECTORY): DirectoryChanges {
    this.check(operations);
    if (this.node.changes === undefined) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    return this.node.changes;
  }

  /** What stands for the directory in requests over other connections. @throws likewise */
  token(): Handle {
    const changes = this.changes();
    this.#token ??= this.server.tokens.create(this.context, changes);
    return this.#token.duplicate();
  }

  /** Locks the directory for this connection, or unlocks it: no other lock of the connection stays. */
  async lock(type: LockType | undefined, wait: boolean): Promise<void> {
    this.check();
    this.#locks ??= await this.node.locks?.();
    if (this.#locks === undefined) {
      throw refusal(ZxStatus.NOT_SUPPORTED);
    }
    if (this.#hasEnded) {
      throw refusal(ZxStatus.CANCELED);
    }
    await this.#locks.change(this, type, wait);
  }

  /**
   * Tells a client what comes and goes.
   *
   * @param channel is consumed
   * @throws `ZirconiaError` `BAD_HANDLE`, `INVALID_ARGS`, `NOT_SUPPORTED`
   */
  async watch(channel: Channel, mask: number, options: number): Promise<void> {
    try {
      this.check();
      if (options !== 0 || mask === 0 || (mask & ~WATCH_MASK_ALL) !== 0) {
        throw refusal(ZxStatus.INVALID_ARGS);
      }
      const { node } = this;
      if (node.watch === undefined) {
        throw refusal(ZxStatus.NOT_SUPPORTED);
      }
      const watcher = new Watcher(channel, mask, (listener) => node.watch!(listener));
      void this.server.keep(watcher);
      const entries = await node.entries();
      watcher.begin(entries.map(({ name }) => name));
    } catch (error) {
      channel.close();
      throw error;
    }
  }
}

/** An entry as it is named in requests. */
export interface NamedEntry {
  readonly name: string;
  /** Whether it must be a directory: a `/` at the end says so. */
  readonly isDirectory: boolean;
}

/**
 * @param here the status for `.`
 * @throws `ZirconiaError` that; `BAD_PATH`, `INVALID_ARGS`
 */
export function parseEntry(path: string, here: number): NamedEntry {
  let { length } = path;
  while (path[length - 1] === "/") {
    length -= 1;
  }
  const name = path.slice(0, length);
  if (name === ".") {
    throw refusal(here);
  }
  return { name: checkName(name), isDirectory: length < path.length };
}
