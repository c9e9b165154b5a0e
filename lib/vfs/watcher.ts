import { ZxError } from "../base/errors.js";
import { encode } from "../base/strings.js";
import { MAX_BUF } from "../fidl/libraries/fuchsia-io.js";
import type { Channel } from "../handles/channel.js";
import { Signals } from "../zx/signals.js";
import type { DirectoryNode, VfsEvent } from "./node.js";
import { isName } from "./path.js";
import type { Served } from "./session.js";

/** Of which events a watcher is told, by the numbers that events have. */
const EVENTS = { deleted: 0, added: 1, removed: 2, existing: 3, idle: 4 } as const;
type EventKind = keyof typeof EVENTS;

/** All that a mask may ask for. */
export const WATCH_MASK_ALL = 0x1f;

/**
 * Tells a client what comes and goes in a directory, over a channel: of each event its number, how
 * long the name is, and the name. It ends when the client has gone, or leaves too much unread.
 */
export class Watcher implements Served {
  readonly closed: Promise<unknown>;
  readonly #channel: Channel;
  readonly #mask: number;
  /** What happens while the listing is made. */
  #early: VfsEvent[] | undefined = [];
  readonly #stop: () => void;

  /**
   * @param channel is consumed
   * @param watch subscribes to a directory's events
   */
  constructor(channel: Channel, mask: number, watch: NonNullable<DirectoryNode["watch"]>) {
    this.#channel = channel;
    this.#mask = mask;
    this.#stop = watch((event) => this.#happened(event));
    this.closed = this.#untilClosed();
  }

  /** Tells what there is, and then what has happened meanwhile. */
  begin(names: readonly string[]): void {
    const existing = [".", ...names.filter(isName)].map((name) => this.#encode("existing", name));
    const all = this.#wants("existing") ? [...existing, this.#encode("idle", "")] : [];
    let batch: Uint8Array[] = [];
    let size = 0;
    for (const event of all) {
      if (size + event.length > MAX_BUF) {
        this.#write(Buffer.concat(batch));
        batch = [];
        size = 0;
      }
      batch.push(event);
      size += event.length;
    }
    if (size > 0) {
      this.#write(Buffer.concat(batch));
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    early.forEach((event) => this.#happened(event));
  }

  close(): void {
    this.#stop();
    this.#channel.close();
  }

  #happened(event: VfsEvent): void {
    if (this.#early !== undefined) {
      this.#early.push(event);
    } else {
      this.#write(this.#encode(event.kind, event.kind === "deleted" ? "." : event.name));
    }
  }

  /** Nothing, for what the client does not want to know. */
  #encode(kind: EventKind, name: string): Uint8Array {
    const bytes = encode(name);
    return this.#wants(kind)
      ? Uint8Array.of(EVENTS[kind], bytes.length, ...bytes)
      : bytes.subarray(0, 0);
  }

  #wants(kind: EventKind): boolean {
    return (this.#mask & (1 << EVENTS[kind])) !== 0;
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0 || !this.#channel.isValid) {
      return;
    }
    try {
      this.#channel.write(bytes);
    } catch (error) {
      this.close();
      if (!(error instanceof ZxError)) throw error;
    }
  }

  async #untilClosed(): Promise<void> {
    try {
      await this.#channel.waitFor(Signals.PEER_CLOSED, {}, false);
    } catch {
      // It was closed here.
    } finally {
      this.close();
    }
  }
}
