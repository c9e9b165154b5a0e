/** How programs that cargo has built are run: what is the same for all of one command. */
export interface RunSettings {
  /** An SDK to be used in place of this package's sysroot. */
  readonly sdk?: string;
  /** Further environment variables: `NAME` is cargo's own value, if there is one. */
  readonly env: readonly string[];
  /** Further directories of the host, by their paths in the program's namespace. */
  readonly ns: Readonly<Record<string, string>>;
  /** Whether programs can write in the workspace's directory. */
  readonly rw: boolean;
  /** Whether programs get what a person types: tests do not. */
  readonly typed: boolean;
}

/** The same as options of the command line. */
export function settingsArguments({ sdk, env, ns, rw, typed }: RunSettings): string[] {
  return [
    ...(sdk === undefined ? [] : ["--sdk", sdk]),
    ...env.flatMap((variable) => ["--env", variable]),
    ...Object.entries(ns).flatMap(([path, directory]) => ["--ns", `${path}=${directory}`]),
    ...(rw ? ["--rw"] : []),
    ...(typed ? [] : ["--not-typed"]),
  ];
}

/** What every program gets of cargo's environment. */
const PASSED = /^(CARGO|RUST|NEXTEST)(_|$)/;

/**
 * What none gets: commands of the host, by which cargo links and runs programs. `assert_cmd`, for
 * example, would start what it launches by the runner.
 */
const WITHHELD = /^CARGO_TARGET_.+_(LINKER|RUNNER)$/;

/**
 * A program's environment variables: of cargo's those that are about cargo, Rust and tests, and
 * those that are asked for.
 */
export function selectEnvironment(
  variables: readonly Buffer[],
  asked: readonly string[],
): Uint8Array[] {
  const all = new Map(
    variables.map((variable) => [variable.subarray(0, variable.indexOf("=")).toString(), variable]),
  );
  const selected = new Map([...all].filter(([name]) => PASSED.test(name) && !WITHHELD.test(name)));
  for (const variable of asked) {
    const end = variable.indexOf("=");
    const name = end < 0 ? variable : variable.slice(0, end);
    const value = end < 0 ? all.get(name) : Buffer.from(variable);
    if (value !== undefined) selected.set(name, value);
  }
  return [...selected.values()];
}
