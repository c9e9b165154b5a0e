import { DISPOSE, Scope } from "../base/dispose.js";
import { closeHandles } from "../fidl/handles.js";
import type { Handle } from "../handles/handle.js";
import type { Job } from "../handles/job.js";
import type { Kernel } from "../kernel/kernel.js";
import type { StartupHandle } from "../process-builder/message.js";
import type { NamespaceEntry } from "../process-builder/process-builder.js";
import { MemoryDirectory } from "../vfs/memory-directory.js";
import { now } from "../vfs/memory/memory-space.js";
import { HandleInfo, HandleType, rawHandleInfo } from "../zx/handle-info.js";
import { Rights } from "../zx/rights.js";
import { LateDirectory, type Provision } from "./late-directory.js";
import { Services } from "./services.js";

/** What programs may do with the clock. */
const CLOCK_RIGHTS = Rights.READ | Rights.WAIT | Rights.DUPLICATE | Rights.TRANSFER;

/** The startup handles that every program gets. */
const HANDLES = [new HandleInfo(HandleType.DefaultJob), new HandleInfo(HandleType.ClockUtc)];

/** What is at the places of every program's namespace. */
const PLACES = new Map<string, (kernel: Kernel) => Provision>([
  ["/svc", (kernel: Kernel) => new Services(kernel)],
  ["/tmp", temporary],
]);

/** What somebody gives a program, by which the rest is decided. */
export interface Given {
  /** Whether the program gets nothing else. */
  readonly bare?: boolean | undefined;
  /** Where its directories are. */
  readonly paths: readonly string[];
  /** What its startup handles are for. */
  readonly infos: readonly (HandleInfo | number)[];
}

/** What a program gets that nobody has named: what a shell on Fuchsia gives each of its own. */
export interface World {
  /** Places in the namespace that are not taken, nor is what is above or below them. */
  readonly paths: readonly string[];
  /** A default job and a UTC clock, unless there is one. */
  readonly infos: readonly HandleInfo[];
}

/** What a program gets besides what it is given. */
export function worldBeside({ bare = false, paths, infos }: Given): World {
  if (bare) {
    return { paths: [], infos: [] };
  }
  const given = new Set(infos.map((info) => rawHandleInfo("info", info)));
  return {
    paths: [...PLACES.keys()].filter((place) => !paths.some((path) => overlap(path, place))),
    infos: HANDLES.filter(({ raw }) => !given.has(raw)),
  };
}

/** Serves a program its world, until it is disposed of. */
export class ServedWorld implements Disposable {
  readonly #world: World;
  readonly #kernel: Kernel;
  readonly #job: Job;
  readonly #failed: (path: string, error: unknown) => void;
  readonly #directories = new Scope();

  /**
   * @param job that of the program itself, with all that it makes
   * @param failed is told of a directory that could not be made when the program asked for it
   */
  constructor(
    world: World,
    kernel: Kernel,
    job: Job,
    failed: (path: string, error: unknown) => void,
  ) {
    this.#world = world;
    this.#kernel = kernel;
    this.#job = job;
    this.#failed = failed;
  }

  /** Connections to the directories, which belong to the caller. */
  entries(): NamespaceEntry[] {
    const entries: NamespaceEntry[] = [];
    try {
      for (const path of this.#world.paths) {
        const make = () => PLACES.get(path)!(this.#kernel);
        const late = new LateDirectory(make, (error) => this.#failed(path, error));
        entries.push({ path, directory: this.#directories.use(late).connect(this.#kernel) });
      }
      return entries;
    } catch (error) {
      closeHandles(entries);
      throw error;
    }
  }

  /** The startup handles, which belong to the caller. */
  handles(): StartupHandle[] {
    const handles: StartupHandle[] = [];
    try {
      for (const info of this.#world.infos) {
        const isJob = info.type === HandleType.DefaultJob;
        handles.push({ handle: isJob ? this.#job.duplicate() : utcClock(this.#kernel), info });
      }
      return handles;
    } catch (error) {
      closeHandles(handles);
      throw error;
    }
  }

  [DISPOSE](): void {
    this.#directories[DISPOSE]();
  }
}

/** A program's `/tmp`: empty, and gone with the program. */
function temporary(): Provision {
  const directory = new MemoryDirectory();
  return { directory, [DISPOSE]: () => directory.dispose() };
}

/** A clock that shows the time, as it is on this computer. */
function utcClock(kernel: Kernel): Handle {
  const clock = kernel.createClock();
  try {
    clock.update({ value: now() });
    return clock.replace(CLOCK_RIGHTS);
  } catch (error) {
    clock.close();
    throw error;
  }
}

/** Whether two paths are the same, or one is above the other. */
function overlap(first: string, second: string): boolean {
  return isWithin(first, second) || isWithin(second, first);
}

/** Whether a path is another, or below it. */
export function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(above === "/" ? above : `${above}/`);
}
