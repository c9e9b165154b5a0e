/**
 * The symbols of methods for `using`. Node 20 gives them to its own realm, not to those of
 * `node:vm`, in which test runners load packages; where they are missing, compilers that carry on
 * all the same use these names.
 */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** See {@link DISPOSE}. */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** What is to be disposed of together, in place of `using`, which needs those symbols as globals. */
export class Scope implements Disposable {
  readonly #resources: Disposable[] = [];

  /** Keeps something until then. */
  use<R extends Disposable>(resource: R): R {
    this.#resources.push(resource);
    return resource;
  }

  /** Disposes of everything, the last first. */
  [DISPOSE](): void {
    const last = this.#resources.pop();
    if (last === undefined) {
      return;
    }
    try {
      last[DISPOSE]();
    } finally {
      this[DISPOSE]();
    }
  }
}

/** Does some work with what is to be disposed of afterwards, whatever comes of it. */
export async function scoped<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  try {
    return await work(scope);
  } finally {
    scope[DISPOSE]();
  }
}
