import { ZxStatus } from "../../base/status.js";
import type { Event } from "../../handles/event.js";
import type { Handle } from "../../handles/handle.js";
import type { Context } from "../../kernel/context.js";
import { Rights } from "../../zx/rights.js";
import type { DirectoryChanges } from "../node.js";
import { refusal } from "../refusal.js";

/** A directory's name among the requests of other connections, for as long as one holds it. */
export class Token {
  readonly koid: bigint;
  readonly #event: Event;

  /** @internal */
  constructor(event: Event) {
    this.koid = event.koid;
    this.#event = event;
  }

  /** What the client gets. */
  duplicate(): Handle {
    return this.#event.duplicate(Rights.BASIC);
  }

  close(): void {
    this.#event.close();
  }
}

/** The tokens by which clients name the directory that something is moved to. */
export class Tokens {
  readonly #directories = new Map<bigint, DirectoryChanges>();

  create(context: Context, directory: DirectoryChanges): Token {
    const token = new Token(context.createEvent());
    this.#directories.set(token.koid, directory);
    return token;
  }

  /**
   * The directory that a client's token stands for.
   *
   * @param unknown the status if it stands for none
   * @throws `ZirconiaError` that
   */
  find(token: Handle, unknown: number = ZxStatus.INVALID_ARGS): DirectoryChanges {
    const directory = this.#directories.get(token.koid);
    if (directory === undefined) {
      throw refusal(unknown);
    }
    return directory;
  }

  discard(token: Token): void {
    this.#directories.delete(token.koid);
    token.close();
  }
}
