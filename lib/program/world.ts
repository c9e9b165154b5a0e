import { DISPOSE, Scope } from "../base/dispose.js";
import { incompatibleOptions } from "../base/validate.js";
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
import type { CheckedServices, ServicePrograms } from "./service-options.js";
import { Services } from "./services.js";

/** What programs may do with the clock. */
const CLOCK_RIGHTS = Rights.READ | Rights.WAIT | Rights.DUPLICATE | Rights.TRANSFER;

/** The startup handles that every program gets. */
const HANDLES = [new HandleInfo(HandleType.DefaultJob), new HandleInfo(HandleType.ClockUtc)];

const SERVICES = "/svc";

/** The places of every program's namespace. */
const PLACES = [SERVICES, "/tmp"];

/** What somebody gives a program, by which the rest is decided. */
export interface Given {
  /** Whether the program gets nothing else. */
  readonly bare?: boolean | undefined;
  /** Where its directories are. */
  readonly paths: readonly string[];
  /** What its startup handles are for. */
  readonly infos: readonly (HandleInfo | number)[];
  /** Services for its `/svc`. */
  readonly services?: CheckedServices;
}

/** What a program gets that nobody has named: what a shell on Fuchsia gives each of its own. */
export interface World {
  /** Places in the namespace that are not taken, nor is what is above or below them. */
  readonly paths: readonly string[];
  /** A default job and a UTC clock, unless there is one. */
  readonly infos: readonly HandleInfo[];
  /** What is in its `/svc`, and whether that is all. */
  readonly services: CheckedServices;
  readonly bare: boolean;
}

/**
 * What a program gets besides what it is given.
 *
 * @throws TypeError for services where `/svc` is another's
 */
export function worldBeside(given: Given): World {
  const { bare = false, paths, infos, services = new Map() } = given;
  const isFree = (place: string) => !paths.some((path) => overlap(path, place));
  if (services.size > 0 && !isFree(SERVICES)) {
    throw incompatibleOptions("services", `namespace with what is at ${SERVICES}`);
  }
  if (bare) {
    return { paths: services.size > 0 ? [SERVICES] : [], infos: [], services, bare };
  }
  const taken = new Set(infos.map((info) => rawHandleInfo("info", info)));
  return {
    paths: PLACES.filter(isFree),
    infos: HANDLES.filter(({ raw }) => !taken.has(raw)),
    services,
    bare,
  };
}

/** What serves a world. */
export interface WorldServer {
  readonly kernel: Kernel;
  /** That of the program itself, with all that it makes. */
  readonly job: Job;
  readonly programs: ServicePrograms;
  /** Is told of a directory that could not be made when the program asked for it. */
  readonly failed: (path: string, error: unknown) => void;
}

/** Serves a program its world, until it is disposed of. */
export class ServedWorld implements Disposable {
  readonly #world: World;
  readonly #server: WorldServer;
  readonly #directories = new Scope();

  constructor(world: World, server: WorldServer) {
    this.#world = world;
    this.#server = server;
  }

  /** Connections to the directories, which belong to the caller. */
  entries(): NamespaceEntry[] {
    const { kernel, failed } = this.#server;
    const entries: NamespaceEntry[] = [];
    try {
      for (const path of this.#world.paths) {
        const make = () => (path === SERVICES ? this.#services() : temporary());
        const late = new LateDirectory(make, (error) => failed(path, error));
        entries.push({ path, directory: this.#directories.use(late).connect(kernel) });
      }
      return entries;
    } catch (error) {
      closeHandles(entries);
      throw error;
    }
  }

  /** The startup handles, which belong to the caller. */
  handles(): StartupHandle[] {
    const { kernel, job } = this.#server;
    const handles: StartupHandle[] = [];
    try {
      for (const info of this.#world.infos) {
        const isJob = info.type === HandleType.DefaultJob;
        handles.push({ handle: isJob ? job.duplicate() : utcClock(kernel), info });
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

  #services(): Provision {
    const { kernel, programs } = this.#server;
    return new Services(kernel, this.#world.services, this.#world.bare, programs);
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
