import { native } from "./native.js";

/** Bytes that are kept, at most. They take up twice as many: also in memory that guests can map. */
const CAPACITY = 128 << 20;

/**
 * What files of the host hold, for kernels that have the same ones again and again: a file that has not
 * changed is neither read nor copied for them. Nobody can write to what they show.
 */
export class HostImages {
  /** @internal */
  readonly native: InstanceType<typeof native.NativeImages>;

  /**
   * @param capacity bytes that are kept, at most
   * @param now the time of the file systems' clock in milliseconds, unless it is this computer's
   */
  constructor(capacity = CAPACITY, now?: number) {
    this.native = new native.NativeImages(capacity, now);
  }

  /** Keeps none of it any longer: what VMOs show goes with them. */
  clear(): void {
    this.native.clear();
  }

  /** How many files are kept, and bytes of them that are not zero. */
  get stats(): { readonly files: number; readonly bytes: number } {
    return this.native.stats;
  }
}
