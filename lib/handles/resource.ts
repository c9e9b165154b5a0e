import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import { checkCString, type CString, decodeName } from "../base/strings.js";
import { checkBoolean, checkChoice, checkOptions, checkU64 } from "../base/validate.js";
import { Handle } from "./handle.js";
import { packProfile, Profile, type ProfileOptions } from "./profile.js";

const INFO_RESOURCE = 18;
const EXCLUSIVE = 0x1_0000;

/** What resources give, in the order of `ZX_RSRC_KIND_*`. */
export const RESOURCE_KINDS = ["mmio", "irq", "ioport", "root", "smc", "system"] as const;

/** What a resource gives: `root` everything. */
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** What a part of a resource is like. */
export interface ResourceOptions {
  kind: ResourceKind;
  /** Where it begins; 0 by default. */
  base?: bigint;
  /** How far it goes; with a base of 0, 0 is everything of the kind, and the default. */
  size?: bigint;
  /** Nobody else has any of it. */
  exclusive?: boolean;
  /** 31 bytes are kept. */
  name?: CString;
}

/** `zx_info_resource_t` */
export interface ResourceInfo {
  readonly kind: ResourceKind;
  readonly exclusive: boolean;
  readonly base: bigint;
  readonly size: bigint;
  readonly name: string;
}

/**
 * Leave to use what is not everybody's: a range of a kind. {@link Kernel.createResource} makes those
 * that give everything.
 */
export class Resource extends Handle {
  /**
   * `zx_resource_create`: a part of this one. Needs WRITE.
   *
   * @throws {@link ZxError} `INVALID_ARGS` for a range that overflows or is empty, the kind `root`, and
   * what is exclusive where this one does not give all of its kind; `BAD_HANDLE`; `ACCESS_DENIED` for
   * what this one does not give; `NOT_FOUND` for what there is not, and what is taken; `NO_RESOURCES`
   * for more than 1,024; `NO_MEMORY`
   */
  createResource(options: ResourceOptions): Resource {
    checkOptions(options, ["kind", "base", "size", "exclusive", "name"]);
    const { kind, base = 0n, size = 0n, exclusive = false, name = "" } = options;
    const number = RESOURCE_KINDS.indexOf(checkChoice("options.kind", kind, RESOURCE_KINDS));
    const flags = checkBoolean("options.exclusive", exclusive) ? EXCLUSIVE : 0;
    const part = this.native.resourceCreate(
      this.context.id,
      this.value,
      number | flags,
      checkU64("options.base", base),
      checkU64("options.size", size),
      checkCString("options.name", name),
    );
    return new Resource(this.context, checkStatus("zx_resource_create", part));
  }

  /**
   * `zx_profile_create`, for which this is to give part 10 of the system.
   *
   * @throws {@link ZxError} `ACCESS_DENIED` by policy, and for another resource; `BAD_HANDLE`;
   * `INVALID_ARGS` for what makes no sense; `OUT_OF_RANGE` for times of more than 31 bits; `NO_MEMORY`
   */
  createProfile(options: ProfileOptions): Profile {
    const info = packProfile(options);
    const profile = this.native.profileCreate(this.context.id, this.value, info);
    return new Profile(this.context, checkStatus("zx_profile_create", profile));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_RESOURCE`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  info(): ResourceInfo {
    const view = this.record(INFO_RESOURCE);
    return jsonable({
      kind: RESOURCE_KINDS[view.getUint32(0, true)]!,
      exclusive: view.getUint32(4, true) !== 0,
      base: view.getBigUint64(8, true),
      size: view.getBigUint64(16, true),
      name: decodeName(view, 24),
    });
  }
}
