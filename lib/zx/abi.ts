import { checkChoice } from "../base/validate.js";

/** All names of ABIs. */
export const ABIS = ["2020", "2026", "newest"] as const;

/**
 * A generation of Zircon's ABI: the names and numbers of system calls that the vDSO has, and where
 * an address space begins. `2020` is that of the SDKs of 2020 and 2021. `newest` is `2026` today,
 * and will be another one day.
 */
export type Abi = (typeof ABIS)[number];

/** Something that can be of either ABI. */
export interface AbiOptions {
  /** The ABI. */
  abi?: Abi;
}

/** Checks an ABI; `undefined` leaves the choice open. */
export function checkAbi(name: string, value: unknown): Abi | undefined {
  return value === undefined ? undefined : checkChoice(name, value, ABIS);
}
