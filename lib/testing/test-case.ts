/** What has become of one test. */
export interface TestCase {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** How long it has taken, where its program says so. */
  readonly durationMs: number | undefined;
  /** What it has written, as far as its program tells it from what others write. */
  readonly output: string;
  /** Why it has failed, or was not run. */
  readonly message: string | undefined;
}

/** What a program has told of its tests. */
export interface Told {
  /** Those that have ended. */
  readonly cases: readonly TestCase[];
  /** Those that were begun, and did not end. */
  readonly unfinished: readonly Pick<TestCase, "name" | "output">[];
  /** What it has written that belongs to no test. */
  readonly output: string;
  /** It has said that it is through. */
  readonly isComplete: boolean;
}
