/** Something that takes any input. */
export interface Target {
  /** Inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Words that inputs are worth having, besides those of the sources. */
  readonly dictionary?: readonly Uint8Array[];
  /** Takes an input; throws where the library breaks a promise. */
  run(input: Uint8Array): Promise<void> | void;
}
