import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../lib/cli/main.ts", import.meta.url));

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface CommandOptions {
  /** What it reads from standard input; nothing by default. */
  input?: string | Uint8Array;
  /** Standard input goes on until the command has ended. */
  endless?: boolean;
  cwd?: string;
  env?: Record<string, string>;
}

/** Commands at a time: tests all begin at once. */
const LIMIT = 4;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs `zirconia` with these arguments. */
export async function zirconia(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  if (running === LIMIT) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    return await start(args, options);
  } finally {
    // Whoever waits takes over the place.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

async function start(
  args: readonly string[],
  { input = "", endless = false, cwd, env = {} }: CommandOptions,
): Promise<CommandResult> {
  // Resolved here: the command may run anywhere.
  const tsx = import.meta.resolve("tsx");
  const child = spawn(process.execPath, [`--import=${tsx}`, MAIN, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A command that fails early does not read.
  child.stdin.on("error", () => {});
  if (endless) child.stdin.write(input);
  else child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}
