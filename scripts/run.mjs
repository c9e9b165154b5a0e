import { spawn } from "node:child_process";
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
