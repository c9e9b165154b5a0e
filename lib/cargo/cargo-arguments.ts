/** What is known of cargo's arguments. */
export interface CargoArguments {
  /** `+nightly`, if rustup is to choose a toolchain. */
  readonly toolchain?: string;
  /** The command: `test`; none if there are options only. */
  readonly command?: string;
  /** Whether it compiles for the target, as far as is known. */
  readonly compiles: boolean;
  /** Whether it runs what it compiles, as far as is known. */
  readonly runs: boolean;
  /** Whether it runs tests, which nobody types for. */
  readonly tests: boolean;
  /** Whether the user chooses the target. */
  readonly hasTarget: boolean;
  /** Whether the standard library is compiled as well. */
  readonly buildsStd: boolean;
}

const TESTS = ["test", "t", "bench", "nextest"];
const RUNS = [...TESTS, "run", "r"];
const COMPILES = [...RUNS, "build", "b", "check", "c", "clippy", "doc", "d", "rustc", "rustdoc"];

/** Options of cargo's that come before a command and take another argument. */
const WITH_VALUE = new Set(["--config", "-C", "-Z", "--color", "--explain"]);

/** Looks at cargo's arguments. Those after `--` are others'. */
export function readCargoArguments(args: readonly string[]): CargoArguments {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const toolchain = own[0]?.startsWith("+") === true ? own[0] : undefined;
  const command = commandOf(toolchain === undefined ? own : own.slice(1));
  const isOf = (commands: readonly string[]) => command !== undefined && commands.includes(command);
  const has = (option: string) => own.some((arg) => arg === option || arg.startsWith(`${option}=`));
  return {
    ...(toolchain !== undefined && { toolchain }),
    ...(command !== undefined && { command }),
    compiles: isOf(COMPILES),
    runs: isOf(RUNS) && !has("--no-run") && !has("--help") && !has("-h"),
    tests: isOf(TESTS),
    hasTarget: has("--target"),
    buildsStd: own.some((arg) => /^(-Z)?build-std(=|$)/.test(arg)),
  };
}

function commandOf(args: readonly string[]): string | undefined {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-")) return arg;
    if (WITH_VALUE.has(arg)) at++;
  }
  return undefined;
}
