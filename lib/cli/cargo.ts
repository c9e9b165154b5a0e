import { isatty } from "node:tty";

import { Command, InvalidArgumentError } from "commander";

import { pathBytes } from "../base/host-path.js";
import { remark } from "../base/text.js";
import type { RunSettings } from "../cargo/settings.js";
import { stderr, stdout } from "./standard-output.js";
import { collectDirectory } from "./values.js";

interface SharedOptions {
  sdk?: string;
  env: string[];
  ns: Record<string, string>;
  rw?: boolean;
}

interface CargoCommandOptions extends SharedOptions {
  printConfig?: true;
}

/** Collects variables that may be a name alone. */
function collectName(value: string, previous: readonly string[]): string[] {
  if (value === "" || value.startsWith("=")) {
    throw new InvalidArgumentError("It is NAME or NAME=VALUE.");
  }
  return [...previous, value];
}

/** The options about programs that cargo has built. */
function withSharedOptions(command: Command): Command {
  return command
    .option("--sdk <dir>", "link and run against an SDK of Fuchsia's")
    .option(
      "--env <name>",
      "a variable of cargo's for programs; with =value, one of yours",
      collectName,
      [],
    )
    .option(
      "--ns <path=dir>",
      "a directory for programs, and where; DIR:rw to write there",
      collectDirectory,
      {},
    )
    .option("--rw", "let programs write in the workspace's directory")
    .passThroughOptions();
}

function settingsOf({ sdk, env, ns, rw = false }: SharedOptions, typed: boolean): RunSettings {
  return { ...(sdk !== undefined && { sdk }), env, ns, rw, typed };
}

/** What runs this command line, whatever is given as its arguments. */
function ourselves(settings: readonly string[]): string[] {
  const { execPath, execArgv, argv } = process;
  return [execPath, ...execArgv, argv[1]!, "cargo-runner", ...settings, "--"];
}

/** `zirconia cargo`: cargo, with Fuchsia as its target. */
export const cargo = withSharedOptions(new Command("cargo"))
  .description("Run cargo for Fuchsia: build with its linker, and run what it builds here.")
  .argument("[args...]", "cargo's command and its arguments")
  .option("--print-config", "print what makes cargo do the same by itself, and run nothing")
  .allowUnknownOption()
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia cargo test                      run a crate's tests",
      "  zirconia cargo +nightly nextest run      with another toolchain, and cargo-nextest",
      "  zirconia cargo --rw --env INSTA_UPDATE test",
      "  cargo zirconia test                      the same, as a command of cargo's",
      "",
    ].join("\n"),
  )
  .addHelpText(
    "after",
    "\nOptions before cargo's command are those above; all else is cargo's. Programs get of cargo's\n" +
      "environment CARGO*, RUST* and NEXTEST*. Exits as cargo does.",
  )
  .action(async (args: string[], options: CargoCommandOptions, command: Command) => {
    const { readCargoArguments } = await import("../cargo/cargo-arguments.js");
    const { findLibraries } = await import("../cargo/libraries.js");
    const { installTool } = await import("../cargo/install-tool.js");
    const { findTool } = await import("../native/tool.js");
    const read = readCargoArguments(args);
    const settings = settingsOf(options, !read.tests);
    const linker = installTool(findTool(), findLibraries(options.sdk).link);
    const { settingsArguments } = await import("../cargo/settings.js");
    const alone = ourselves(settingsArguments(settings));
    if (options.printConfig) {
      const { cargoConfig } = await import("../cargo/config.js");
      stdout.write(cargoConfig(linker, alone));
      return;
    }
    if (args.length === 0) command.help({ error: true });
    const { checkTarget } = await import("../cargo/toolchain.js");
    const { cargoEnvironment, runCargo } = await import("../cargo/run-cargo.js");
    if (read.runs) await checkHost();
    if (read.compiles && !read.hasTarget) await checkTarget(read);
    const { RunnerServer } = await import("../cargo/server.js");
    const server = await RunnerServer.listen(linker, settings);
    try {
      const { runner } = server;
      const { hasTarget, toolchain } = read;
      const environment = cargoEnvironment({ linker, runner, command: alone, hasTarget });
      // As a command of cargo's, we are to use the same one; only rustup's knows of toolchains.
      const own = toolchain === undefined ? process.env["CARGO"] : undefined;
      process.exitCode = await runCargo(own || "cargo", args, environment);
    } finally {
      await server.close();
    }
  });

async function checkHost(): Promise<void> {
  const { native } = await import("../native/native.js");
  if (native.hostRefusal() !== null) {
    throw new Error(
      "programs for Fuchsia cannot run on this computer, and nothing was compiled: " +
        "`zirconia doctor` says what is missing; `cargo test --no-run` only compiles",
    );
  }
}

/** `zirconia cargo-runner`: one program, as cargo's runner. */
export const cargoRunner = withSharedOptions(new Command("cargo-runner"))
  .description("Run a program that cargo has built, as a runner in its configuration.")
  .argument("<program>", "an executable")
  .argument("[args...]", "its arguments")
  .option("--not-typed", "let it read nothing from a terminal")
  .addHelpText(
    "before",
    ["Examples:", "  zirconia cargo --print-config >> .cargo/config.toml", ""].join("\n"),
  )
  .addHelpText("after", "\nExits with what a shell would say of the program.")
  .action(async (program: string, args: string[], options: SharedOptions & { notTyped?: true }) => {
    const { runBuilt } = await import("../cargo/run-built.js");
    const { Workspaces } = await import("../cargo/workspace.js");
    const settings = settingsOf(options, options.notTyped === undefined);
    const isTyped = isatty(0);
    const request = {
      args: [program, ...args].map(pathBytes),
      env: Object.entries(process.env).map(([name, value]) => Buffer.from(`${name}=${value}`)),
      cwd: Buffer.from(process.cwd()),
      input: isTyped ? ("typed" as const) : ("some" as const),
    };
    const streams = {
      stdin: settings.typed || !isTyped ? ("inherit" as const) : ("ignore" as const),
      stdout: stdout.stream,
      stderr: stderr.stream,
    };
    const { signal } = new AbortController();
    const kept = { workspaces: new Workspaces() };
    const { code, remarks } = await runBuilt(request, settings, kept, streams, signal);
    if (remarks.length > 0) stderr.write(remark(remarks));
    process.exitCode = code;
  });
