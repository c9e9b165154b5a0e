import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** This process's environment, less what gives colours to output that is no terminal's. */
export const ENVIRONMENT = { ...process.env, FORCE_COLOR: undefined };

/** How a process ended. */
export interface NodeResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How Node is run. */
export interface NodeOptions {
  /** What it reads from standard input; nothing by default. */
  input?: string | Uint8Array;
  /** Standard input goes on until the process has ended. */
  endless?: boolean;
  /** By default the project's directory. */
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs Node with TypeScript until it ends. */
export function runNode(args: readonly string[], options?: NodeOptions): Promise<NodeResult> {
  // Resolved here: it may run anywhere.
  const tsx = import.meta.resolve("tsx");
  return runProcess(process.execPath, [`--import=${tsx}`, ...args], options);
}

/** Runs a program until it ends. */
export async function runProcess(
  program: string,
  args: readonly string[],
  { input = "", endless = false, cwd = ROOT, env = {} }: NodeOptions = {},
): Promise<NodeResult> {
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...ENVIRONMENT, ...env },
    cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // One that fails early does not read.
  child.stdin.on("error", () => {});
  if (endless) child.stdin.write(input);
  else child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, stdout, stderr };
}
