import { encode } from "../base/strings.js";
import type { Proxy } from "../fidl/client.js";
import { closeHandles } from "../fidl/handles.js";
import type { HandleInfo, Launcher, NameInfo } from "../fidl/libraries/fuchsia-process.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { ValueOf } from "../fidl/type.js";
import { checkFits, chunks } from "./chunks.js";

type Name = ValueOf<typeof NameInfo>;
type StartupHandle = ValueOf<typeof HandleInfo>;

/**
 * What a client adds to its next launch. It is kept until that is known to be one that can be sent:
 * what a Launcher was sent, only a launch uses up. Owns its handles.
 */
export class Additions {
  readonly #args: Uint8Array[] = [];
  readonly #environ: Uint8Array[] = [];
  readonly #names: Name[] = [];
  readonly #handles: StartupHandle[] = [];
  #options: number | undefined;
  #isBegun = false;

  /** Whether anything of it was sent. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** @throws {@link FidlError} `TooLarge`, as the others */
  addArgs(args: readonly Uint8Array[]): void {
    add(this.#args, args, sizeOfString);
  }

  addEnvirons(environ: readonly Uint8Array[]): void {
    add(this.#environ, environ, sizeOfString);
  }

  addNames(names: readonly Name[]): void {
    add(this.#names, names, sizeOfName);
  }

  addHandles(handles: readonly StartupHandle[]): void {
    add(this.#handles, handles, sizeOfHandle);
  }

  setOptions(options: number): void {
    this.#options = options;
  }

  /** Sends all of it, as few messages. */
  send(requests: Proxy<MethodsOf<typeof Launcher>>): void {
    const sendEach = <T>(parts: readonly T[], send: (part: T) => void) => {
      for (const part of parts) {
        send(part);
        this.#isBegun = true;
      }
    };
    sendEach(chunks(this.#args, 0, sizeOfString), (args) => requests.addArgs({ args }));
    sendEach(chunks(this.#environ, 0, sizeOfString), (environ) =>
      requests.addEnvirons({ environ }),
    );
    sendEach(chunks(this.#names, 1, sizeOfName), (names) => requests.addNames({ names }));
    sendEach(chunks(this.#handles, 1, sizeOfHandle), (handles) => requests.addHandles({ handles }));
    const options = this.#options === undefined ? [] : [this.#options];
    sendEach(options, (options) => requests.setOptions({ options }));
  }

  /** Closes the handles that were not sent. */
  close(): void {
    closeHandles([this.#names, this.#handles]);
  }
}

function add<T>(list: T[], items: readonly T[], sizeOf: (item: T) => number): void {
  checkFits(items, sizeOf);
  list.push(...items);
}

const sizeOfString = ({ length }: Uint8Array) => 16 + length;
const sizeOfName = ({ path }: Name) => 24 + encode(path).length;
const sizeOfHandle = () => 8;
