/** `run-here.ts [OPTIONS]`: runs a program, looks at the computer, and tells all as JSON. */
import { readdirSync, readFileSync } from "node:fs";
import { Writable } from "node:stream";

import { guest } from "../../bench/paths.js";
import { run, ZirconiaError } from "../../index.js";
import { probe } from "../../lib/native/probe.js";

interface Options {
  /** The program; `hello` by default. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly requireSandbox?: boolean;
  /** Kills the helper once the program runs. */
  readonly killHelper?: boolean;
}

/** The processes that /proc shows, by their names and states, and whose children they are. */
function processes() {
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return ids.flatMap((id) => {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "latin1");
      const [, name, state, parent] = /\((.*)\) (\S) (\d+)/s.exec(stat)!;
      return [{ id: Number(id), name, state, parent: Number(parent) }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

async function outcome({
  args = [],
  program = "hello",
  requireSandbox = false,
  killHelper,
}: Options) {
  // Not before it runs behind all walls.
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => {
      const helper = processes().find(({ name }) => name === "zirconia-zygote");
      if (killHelper && helper !== undefined) process.kill(helper.id, "SIGKILL");
      done();
    },
  });
  const options = { reject: false, requireSandbox, stdout };
  const running = run(guest(program), [...args], options);
  try {
    return { returnCode: String((await running).returnCode) };
  } catch (error) {
    if (error instanceof ZirconiaError) return { error };
    throw error;
  }
}

const options = JSON.parse(process.argv[2] ?? "{}") as Options;
const result = await outcome(options);
const checks = probe();
let zombies = 0;
try {
  const ours = processes().filter(({ parent }) => parent === process.pid);
  zombies = ours.filter(({ state }) => state === "Z").length;
} catch {
  // There is no /proc.
}
process.stdout.write(JSON.stringify({ ...result, checks, zombies }));
