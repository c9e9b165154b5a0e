import { checkStatus } from "../base/errors.js";
import { jsonable } from "../base/json.js";
import {
  type Bytes,
  checkBytes,
  checkChoice,
  checkOptions,
  checkU32,
  checkU64,
} from "../base/validate.js";
import { Handle } from "./handle.js";
import { PeerHandle } from "./peer.js";
import { checkHandle } from "./take.js";

const INFO_IOB_REGIONS = 35;
const REGION_INFO_SIZE = 128;
const [PRIVATE, SHARED] = [0n, 1n];

/** What the two ends of an IOBuffer may do with a region (`ZX_IOB_ACCESS_*`). Each sees itself as the first. */
export const IobAccess = Object.freeze({
  EP0_CAN_MAP_READ: 1 << 0,
  EP0_CAN_MAP_WRITE: 1 << 1,
  EP0_CAN_MEDIATED_READ: 1 << 2,
  EP0_CAN_MEDIATED_WRITE: 1 << 3,
  EP1_CAN_MAP_READ: 1 << 4,
  EP1_CAN_MAP_WRITE: 1 << 5,
  EP1_CAN_MEDIATED_READ: 1 << 6,
  EP1_CAN_MEDIATED_WRITE: 1 << 7,
} as const);

const DISCIPLINES = ["none", "idAllocator", "ringBuffer"] as const;

/** What a region is for: nothing of the kernel's, a table of blobs, or a ring of records. */
export type IobDiscipline = (typeof DISCIPLINES)[number];

/** What a region of an IOBuffer is like. */
export interface IobRegion {
  /** Bits of {@link IobAccess}. */
  access: number;
  /** Bytes, rounded up to pages. */
  size?: bigint;
  /** `none` by default. */
  discipline?: IobDiscipline;
  /** The memory of a ring. Borrowed. */
  shared?: IobSharedRegion;
  /** What the records of a ring begin with; 0 by default. */
  tag?: bigint;
}

/** `zx_iob_region_info_t`, as the end that asks sees it. */
export interface IobRegionInfo {
  readonly access: number;
  readonly size: bigint;
  readonly discipline: IobDiscipline;
  readonly koid: bigint;
}

/** Memory that the rings of several IOBuffers share; IOB_SHARED_REGION_UPDATED for a moment at each record. */
export class IobSharedRegion extends Handle {}

/** One end of an IOBuffer: memory that two share, each as its regions allow. */
export class Iob extends PeerHandle {
  /**
   * `zx_iob_allocate_id`: the number of a blob in the table of a region. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also if this end may not have it written;
   * `OUT_OF_RANGE` for a region that there is not; `WRONG_TYPE` for another discipline; `NO_MEMORY` for
   * a full table; `IO_DATA_INTEGRITY` for a broken one
   */
  allocateId(region: number, blob: Bytes): number {
    checkU32("region", region);
    const checked = checkBytes("blob", blob);
    const { native, context, value } = this;
    const number = native.iobAllocateId(context.id, value, region, checked);
    return checkStatus("zx_iob_allocate_id", number);
  }

  /**
   * `zx_iob_writev` of one buffer: a record in the ring of a region. Needs WRITE.
   *
   * @throws {@link ZxError} `BAD_HANDLE`; `ACCESS_DENIED` also if this end may not have it written;
   * `OUT_OF_RANGE` for a region that there is not; `WRONG_TYPE` for another discipline; `INVALID_ARGS`
   * for more than 65,519 bytes; `NO_SPACE` for a full ring; `IO_DATA_INTEGRITY` for a broken one
   */
  write(region: number, data: Bytes): void {
    checkU32("region", region);
    const checked = checkBytes("data", data);
    const { native, context, value } = this;
    checkStatus("zx_iob_writev", native.iobWrite(context.id, value, region, checked));
  }

  /**
   * `zx_object_get_info` with `ZX_INFO_IOB_REGIONS`. Needs INSPECT.
   *
   * @throws {@link ZxError} `BAD_HANDLE`, `ACCESS_DENIED`
   */
  regions(): IobRegionInfo[] {
    return this.records(INFO_IOB_REGIONS, REGION_INFO_SIZE).map((view) =>
      jsonable({
        access: view.getUint32(4, true),
        size: view.getBigUint64(8, true),
        discipline: DISCIPLINES[view.getUint32(16, true)]!,
        koid: view.getBigUint64(120, true),
      }),
    );
  }
}

/**
 * What the binding takes: seven numbers for each region.
 *
 * @internal
 */
export function packRegions(
  handles: Iob["context"],
  regions: readonly IobRegion[],
): BigUint64Array {
  return BigUint64Array.from(
    regions.flatMap((region, index) => {
      const name = `regions[${index}]`;
      checkOptions(region, ["access", "size", "discipline", "shared", "tag"], name);
      const { access, size = 0n, discipline = "none", shared, tag = 0n } = region;
      const number = DISCIPLINES.indexOf(
        checkChoice(`${name}.discipline`, discipline, DISCIPLINES),
      );
      const at = `${name}.shared`;
      const value =
        shared === undefined ? 0 : checkHandle(at, shared, IobSharedRegion).valueIn(handles, at);
      return [
        shared === undefined ? PRIVATE : SHARED,
        BigInt(checkU32(`${name}.access`, access)),
        checkU64(`${name}.size`, size),
        BigInt(number),
        checkU64(`${name}.tag`, tag),
        0n,
        BigInt(value),
      ];
    }),
  );
}
