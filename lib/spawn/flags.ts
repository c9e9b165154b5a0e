/**
 * What a spawned process gets of the environment of its spawner (`FDIO_SPAWN_*`, lib/fdio/spawn.h);
 * other bits mean nothing.
 */
export const SpawnFlags = Object.freeze({
  /** The job that it is spawned in, as its default job. */
  CLONE_JOB: 1 << 0,
  /** A connection to the loader service: the one that came with a resolved executable, or its own. */
  DEFAULT_LDSVC: 1 << 1,
  /** The deprecated name of DEFAULT_LDSVC. */
  CLONE_LDSVC: 1 << 1,
  /** The whole namespace. */
  CLONE_NAMESPACE: 1 << 2,
  /** File descriptors 0, 1 and 2, as far as they are open and can be passed on. */
  CLONE_STDIO: 1 << 3,
  /** The environment variables, unless others are given. */
  CLONE_ENVIRON: 1 << 4,
  /** The UTC clock, if there is one. */
  CLONE_UTC_CLOCK: 1 << 5,
  /** All of these. */
  CLONE_ALL: 0xffff,
} as const);

/** The number of a {@link SpawnAction} (`FDIO_SPAWN_ACTION_*`). */
export const SpawnActionType = Object.freeze({
  CloneFd: 1,
  TransferFd: 2,
  AddNamespaceEntry: 3,
  AddHandle: 4,
  SetName: 5,
  CloneDir: 6,
} as const);

/** The number of a {@link SpawnAction}. */
export type SpawnActionType = (typeof SpawnActionType)[keyof typeof SpawnActionType];
