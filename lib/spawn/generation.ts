import { checkChoice } from "../base/validate.js";
import type { WireFormat } from "../fidl/wire.js";
import { Rights } from "../zx/rights.js";

/** A libfdio to be like, instead of the documented contract. */
export type SpawnCompat = "2020" | "newest";

const COMPATS: readonly SpawnCompat[] = ["2020", "newest"];

/** Where generations of `fdio_spawn` differ. */
export interface Generation {
  /**
   * Statuses are those of the documentation: NOT_FOUND for a path that cannot be opened, BAD_HANDLE
   * for one that cannot be executed and for a VMO handle that is none, INTERNAL if the Launcher
   * cannot be reached. Otherwise they are what the step at fault has given.
   */
  readonly documentedStatuses: boolean;
  /** Paths may have `//`, `.` and `..`. */
  readonly cleansPaths: boolean;
  /** A script's interpreter gets the script's path in place of `argv[0]`. */
  readonly passesScript: boolean;
  /** The namespace is exported before executables are resolved, not before names are sent. */
  readonly exportsEarly: boolean;
  /** Cloned names are sent before those that are added; whichever comes first counts. */
  readonly clonedNamesFirst: boolean;
  /** Lists of handles and names are sent even if they are empty. */
  readonly sendsEmpty: boolean;
  /** Descriptors that are to be transferred stay open if a step before fails. */
  readonly keepsDescriptors: boolean;
  /** The rights of the UTC clock's handle. */
  readonly clockRights: Rights;
  /** How the Launcher and the Resolver are spoken to. */
  readonly wireFormat: WireFormat;
}

const NEWEST: Generation = {
  documentedStatuses: false,
  cleansPaths: true,
  passesScript: true,
  exportsEarly: false,
  clonedNamesFirst: false,
  sendsEmpty: true,
  keepsDescriptors: false,
  clockRights: Rights.SAME_RIGHTS,
  wireFormat: 2,
};

/** What lib/fdio/spawn.h has promised since 2019; where it says nothing, as the newest. */
const DOCUMENTED: Generation = { ...NEWEST, documentedStatuses: true, clonedNamesFirst: true };

const GENERATIONS: Readonly<Record<SpawnCompat, Generation>> = {
  "2020": {
    documentedStatuses: false,
    cleansPaths: false,
    passesScript: false,
    exportsEarly: true,
    clonedNamesFirst: true,
    sendsEmpty: false,
    keepsDescriptors: true,
    clockRights: Rights.READ | Rights.WAIT | Rights.DUPLICATE | Rights.TRANSFER,
    wireFormat: 1,
  },
  newest: NEWEST,
};

/** The generation that an option asks for. */
export function generationFor(compat: unknown): Generation {
  return compat === undefined
    ? DOCUMENTED
    : GENERATIONS[checkChoice("options.compat", compat, COMPATS)];
}
