import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { inputFrom, mutate } from "./mutate.js";
import { Random } from "./random.js";
import type { Target } from "./target.js";

/** What a run of a {@link Fuzzer} needs. */
export interface FuzzerOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Where inputs are kept that took new branches. */
  readonly corpus: string;
  /** Told of each input before it is taken. */
  readonly onInput: (input: Uint8Array) => void;
}

/** Tries inputs, and keeps those that take branches, or take them as often, as none has before. */
export class Fuzzer {
  readonly #target: Target;
  readonly #counters: Uint8Array;
  readonly #dictionary: readonly Uint8Array[];
  readonly #options: FuzzerOptions;
  /** By counter, a bit for each order of magnitude that it has reached. */
  readonly #seen: Uint8Array;
  readonly #inputs: Uint8Array[] = [];
  #runs = 0;

  constructor(
    target: Target,
    counters: Uint8Array,
    words: readonly string[],
    options: FuzzerOptions,
  ) {
    this.#target = target;
    this.#counters = counters;
    this.#dictionary = [...words.flatMap(wordBytes), ...(target.dictionary ?? [])];
    this.#options = options;
    this.#seen = new Uint8Array(counters.length);
  }

  /** Tries inputs for as long as it should, and says how many and what came of them. */
  async run(): Promise<string> {
    const { seconds, seed, corpus } = this.#options;
    mkdirSync(corpus, { recursive: true });
    const kept = readdirSync(corpus).sort();
    for (const input of [
      ...this.#target.seeds,
      ...kept.map((name) => readFileSync(join(corpus, name))),
    ]) {
      await this.try(inputFrom(input));
    }
    const random = new Random(seed);
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
      const input = mutate(random.pick(this.#inputs), random, this.#dictionary, this.#inputs);
      if (await this.try(input)) {
        writeFileSync(join(corpus, nameOf(input)), input);
      }
    }
    const branches = this.#seen.reduce((sum, seen) => sum + (seen === 0 ? 0 : 1), 0);
    return `${this.#runs} runs, ${this.#inputs.length} inputs, ${branches} branches`;
  }

  /** Takes one input; whether it brought something new. */
  async try(input: Uint8Array): Promise<boolean> {
    this.#options.onInput(input);
    this.#counters.fill(0);
    this.#runs += 1;
    await this.#target.run(input);
    let isNew = this.#inputs.length === 0;
    for (let index = 0; index < this.#counters.length; index++) {
      const count = this.#counters[index] as number;
      if (count !== 0) {
        const bit = 1 << Math.min(7, 31 - Math.clz32(count));
        const seen = this.#seen[index] as number;
        if ((seen & bit) === 0) {
          this.#seen[index] = seen | bit;
          isNew = true;
        }
      }
    }
    if (isNew) {
      this.#inputs.push(input);
    }
    return isNew;
  }
}

/** What an input's file is called. */
export function nameOf(input: Uint8Array): string {
  return createHash("sha1").update(input).digest("hex").slice(0, 16);
}

/** A word of the sources as it may stand in an input: a text, or a number of 4 or 8 bytes. */
function wordBytes(word: string): Uint8Array[] {
  const [digits] = /^\d+(?=n?$)/.exec(word) ?? [];
  if (digits === undefined) {
    return word === "" || word.length > 32 ? [] : [new TextEncoder().encode(word)];
  }
  const long = BigUint64Array.of(BigInt(digits));
  return [new Uint8Array(long.buffer, 0, 4), new Uint8Array(long.buffer)];
}
