const VARIABLE = "RUST_BACKTRACE=";

/** What Rust's library takes for other than a short backtrace. */
const NOT_SHORT = new Set(["0", "full"]);

/**
 * A program's environment, in which it is not asked for a short backtrace: of that it would show what
 * it finds names for, and it has none. `trim` is whether one was asked for.
 */
export function withFullBacktraces(env: readonly Uint8Array[]): {
  readonly env: readonly Uint8Array[];
  readonly trim: boolean;
} {
  const isShort = (variable: Uint8Array) => {
    const text = Buffer.from(variable).toString();
    return text.startsWith(VARIABLE) && !NOT_SHORT.has(text.slice(VARIABLE.length));
  };
  const trim = env.some(isShort);
  const full = Buffer.from(`${VARIABLE}full`);
  return { env: env.map((variable) => (isShort(variable) ? full : variable)), trim };
}
