import { existsSync } from "node:fs";
import { join } from "node:path";

import type { Scope } from "../base/dispose.js";
import { hostNamespace } from "../program/host-namespace.js";
import { isWithin } from "../program/world.js";
import type { VfsDirectory } from "../vfs/directory.js";
import { HostDirectory } from "../vfs/host-directory.js";
import { MemoryDirectory } from "../vfs/memory-directory.js";
import { MountedDirectory } from "../vfs/mounted-directory.js";
import { ALL_RIGHTS, type NodeRights, READ_EXECUTE } from "../vfs/rights.js";
import { TARGET } from "./libraries.js";
import type { RunSettings } from "./settings.js";

const TEMPORARY = "/tmp";

/**
 * The directory in which cargo builds everything (`CARGO_TARGET_DIR`), if a program is where cargo
 * puts one.
 */
export function targetDirectory(program: string): string | undefined {
  const end = program.lastIndexOf(`/${TARGET}/`);
  return end <= 0 ? undefined : program.slice(0, end);
}

/** What of the host a program of cargo's has, which is where it is on the host. */
export interface Places {
  /** The root of its workspace. */
  readonly root: string | undefined;
  /** Where cargo builds everything. */
  readonly target: string | undefined;
}

/**
 * A program's namespace: the workspace and what cargo has built, where all can be read and executed,
 * and what is asked for. In `CARGO_TARGET_TMPDIR` programs can write. `/tmp` stays a program's own,
 * also with places of the host below it.
 *
 * @param scope what is to dispose of the directories
 */
export function programNamespace(
  { root, target }: Places,
  { ns, rw }: Pick<RunSettings, "ns" | "rw">,
  scope: Scope,
): Record<string, VfsDirectory> {
  const all = new Map<string, VfsDirectory>();
  const add = (path: string | undefined, rights: NodeRights) => {
    if (path !== undefined && existsSync(path)) {
      all.set(path, scope.use(new HostDirectory(path, { rights })));
    }
  };
  add(root, rw ? ALL_RIGHTS : READ_EXECUTE);
  if (target !== undefined) {
    if (root === undefined || !isWithin(target, root)) add(target, READ_EXECUTE);
    add(join(target, TARGET, "tmp"), ALL_RIGHTS);
  }
  for (const [path, directory] of Object.entries(hostNamespace(ns))) {
    all.set(path, scope.use(directory));
  }
  if (!all.has(TEMPORARY) && [...all.keys()].some((path) => isWithin(path, TEMPORARY))) {
    all.set(TEMPORARY, scope.use(new MemoryDirectory()));
  }
  return nest(all, scope);
}

/** Puts what is within another directory of a namespace into that. */
function nest(all: ReadonlyMap<string, VfsDirectory>, scope: Scope): Record<string, VfsDirectory> {
  const outer = [...all].filter(([path]) => ![...all.keys()].some((above) => isBelow(path, above)));
  return Object.fromEntries(
    outer.map(([path, directory]) => {
      const inner = [...all].filter(([below]) => isBelow(below, path));
      if (inner.length === 0) return [path, directory];
      const start = path === "/" ? 1 : path.length + 1;
      const mounts = inner.map(([below, mounted]) => [below.slice(start), mounted] as const);
      return [path, scope.use(MountedDirectory.of(directory, mounts))];
    }),
  );
}

function isBelow(path: string, above: string): boolean {
  return path !== above && isWithin(path, above);
}
