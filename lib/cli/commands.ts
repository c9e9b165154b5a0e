import type { Command } from "commander";

/** The commands, each in a module that is loaded when it is asked for. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["run", async () => (await import("./run.js")).run],
  ["test", async () => (await import("./test.js")).test],
  ["check", async () => (await import("./check.js")).check],
  ["plan", async () => (await import("./plan.js")).plan],
  ["inspect", async () => (await import("./inspect.js")).inspect],
  ["message", async () => (await import("./message.js")).message],
  ["doctor", async () => (await import("./doctor.js")).doctor],
  ["symbolize", async () => (await import("./symbolize.js")).symbolize],
  ["sysroot", async () => (await import("./sysroot.js")).sysroot],
  ["cargo", async () => (await import("./cargo.js")).cargo],
  ["cargo-runner", async () => (await import("./cargo.js")).cargoRunner],
  ["worker", async () => (await import("./worker.js")).worker],
  ["completion", async () => (await import("./completion.js")).completion],
]);

/** Loads the command that is asked for; all of them if it is something else, or tells of all. */
export function commandsFor(name = ""): Promise<Command[]> {
  const load = name === "completion" ? undefined : COMMANDS.get(name);
  const all = load === undefined ? [...COMMANDS.values()] : [load];
  return Promise.all(all.map((one) => one()));
}
