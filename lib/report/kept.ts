/** A list of which the middle is left out once it is too long: what began it and what ended it stay. */
export class Kept<T> {
  readonly #most: number;
  readonly #items: T[] = [];
  #omitted = 0;

  /** @param most how many stay at least: half of them first ones, half of them last ones */
  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    this.#items.push(item);
    // Seldom and many at a time, as it moves all that stay.
    if (this.#items.length === 2 * this.#most) {
      this.#items.splice(this.#most / 2, this.#most);
      this.#omitted += this.#most;
    }
  }

  get items(): readonly T[] {
    return this.#items;
  }

  /** How many are left out. */
  get omitted(): number {
    return this.#omitted;
  }
}
