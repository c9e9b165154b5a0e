import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * Runs a program in this directory, its output going where ours goes. On Windows npm is a script,
 * which only a shell can start.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {(line: string) => void} [onLine] sees each line of standard output as it is passed on
 * @returns {Promise<number>} the exit code; 1 if the program could not start or a signal ended it
 */
export function run(command, args, onLine) {
  return new Promise((settle) => {
    const child = spawn(command, args, {
      stdio: ["inherit", onLine ? "pipe" : "inherit", "inherit"],
      shell: process.platform === "win32" && command === "npm",
    });
    if (onLine) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        console.log(line);
        onLine(line);
      });
    }
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      settle(1);
    });
    child.on("close", (code) => settle(code ?? 1));
  });
}

/**
 * Runs a program in a directory, and returns what it ends with and writes.
 *
 * @param {string} cwd
 * @param {string[]} command the program and its arguments
 * @param {NodeJS.ProcessEnv} env all of its environment
 * @param {number[]} codes what it may end with
 * @param {AbortSignal} [signal] ends it
 * @returns {Promise<{ code: number, stdout: string, output: string }>} `output` has both streams, as
 * they came
 */
export async function capture(cwd, [program, ...args], env, codes = [0], signal = undefined) {
  const child = spawn(program, args, { cwd, env, signal, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, output] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  if (!codes.includes(code)) {
    throw new Error(`${[program, ...args].join(" ")} ended with ${code}\n${output}`);
  }
  return { code, stdout, output };
}

/** What is aborted by the signals that end a process, which then has to end by itself. */
export function interruption() {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(name, () => controller.abort(new Error(name)));
  }
  return controller.signal;
}

/** Expects a text, or what an expression matches, in what something has written. */
export function expect(what, output, expected) {
  const isThere = expected instanceof RegExp ? expected.test(output) : output.includes(expected);
  if (!isThere) throw new Error(`${what}: expected ${expected}, got ${output}`);
}
