import { encode } from "../base/strings.js";
import { checkInteger, checkOptions } from "../base/validate.js";
import { closeHandles } from "../fidl/handles.js";
import type { HandleInfo, NameInfo } from "../fidl/libraries/fuchsia-process.js";
import type { ValueOf } from "../fidl/type.js";

/** How much one client of a Launcher may add to a launch. */
export interface LauncherLimits {
  /** Bytes of arguments, environment and names, each with its NUL: 1 MiB by default. */
  readonly bytes: number;
  /** Startup handles and directories: 1,024 by default. */
  readonly handles: number;
  /** Arguments, variables, names and startup handles: 65,536 by default. */
  readonly entries: number;
}

const DEFAULTS: LauncherLimits = { bytes: 1 << 20, handles: 1_024, entries: 65_536 };
const NAMES = Object.keys(DEFAULTS) as (keyof LauncherLimits)[];

/** Checks limits, and fills in those that are left out. */
export function checkLimits(limits: Partial<LauncherLimits> = {}): LauncherLimits {
  checkOptions(limits, NAMES, "options.limits");
  const all = { ...DEFAULTS, ...limits };
  NAMES.forEach((name) =>
    checkInteger(`options.limits.${name}`, all[name], Number.MAX_SAFE_INTEGER),
  );
  return all;
}

/** What a client has added to its next launch. */
export class LaunchState {
  readonly args: Uint8Array[] = [];
  readonly environ: Uint8Array[] = [];
  readonly names: ValueOf<typeof NameInfo>[] = [];
  readonly handles: ValueOf<typeof HandleInfo>[] = [];
  /** For `zx_process_create`, as they came. */
  options = 0;
  readonly #limits: LauncherLimits;
  #bytes = 0;
  #exceeded = false;

  constructor(limits: LauncherLimits) {
    this.#limits = limits;
  }

  /** Whether the client has added too much. The launch will fail, and nothing is kept for it. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  addArgs(args: readonly Uint8Array[]): void {
    this.#add(this.args, args, sizeOf(args));
  }

  addEnvirons(environ: readonly Uint8Array[]): void {
    this.#add(this.environ, environ, sizeOf(environ));
  }

  addNames(names: Readonly<LaunchState["names"]>): void {
    this.#add(this.names, names, sizeOf(names.map(({ path }) => encode(path))));
  }

  addHandles(handles: Readonly<LaunchState["handles"]>): void {
    this.#add(this.handles, handles, 0);
  }

  /** Closes the handles that are still here. */
  dispose(): void {
    closeHandles([this.names, this.handles]);
  }

  #add<T>(list: T[], items: readonly T[], bytes: number): void {
    list.push(...items);
    this.#bytes += bytes;
    this.#exceeded ||=
      this.#bytes > this.#limits.bytes ||
      this.names.length + this.handles.length > this.#limits.handles ||
      this.#entries > this.#limits.entries;
    if (this.#exceeded) {
      this.dispose();
      for (const list of [this.args, this.environ, this.names, this.handles]) {
        list.length = 0;
      }
    }
  }

  get #entries(): number {
    const { args, environ, names, handles } = this;
    return args.length + environ.length + names.length + handles.length;
  }
}

/** Bytes that strings take, with their NULs. */
function sizeOf(strings: readonly Uint8Array[]): number {
  return strings.reduce((sum, { length }) => sum + length + 1, 0);
}
