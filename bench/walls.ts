import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { compileForLinux } from "./compile.js";
import { root } from "./paths.js";
import { median, type Measurement } from "./sample.js";

const ROUNDS = 201;

/** Linux's numbers of unshare, landlock_create_ruleset and capset, which a host may refuse. */
const REFUSED = ["1:272", "1:444", "1:126"];

const KINDS = [
  ["first", "a kernel, its helper, its first hello and their end"],
  ["next", "hello, without output"],
] as const;

/** What the walls cost: the same where Linux refuses to put them up. */
export async function walls(): Promise<Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "zirconia-bench-"));
  try {
    const source = join(root, "__test__/support/deny.c");
    const deny = compileForLinux(source, join(directory, "deny"), []);
    using behind = new Child([deny, "--"]);
    using without = new Child([deny, ...REFUSED, "--"]);
    const measurements: Measurement[] = [];
    for (const [kind, name] of KINDS) {
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await behind.ask(kind));
        theirs.push(await without.ask(kind));
      }
      const beside = "the same without walls";
      measurements.push({ name, ns: median(ours), beside, besideNs: median(theirs) });
    }
    return measurements;
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** A Node process that launches programs. */
class Child implements Disposable {
  readonly #process;
  readonly #lines: AsyncIterator<string>;

  constructor(before: readonly string[]) {
    const script = join(root, "bench/walls-child.ts");
    const [program, ...args] = [...before, process.execPath, "--import=tsx", script];
    this.#process = spawn(program!, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async ask(kind: string): Promise<number> {
    this.#process.stdin.write(`${kind}\n`);
    return Number((await this.#lines.next()).value);
  }

  [Symbol.dispose](): void {
    this.#process.stdin.end();
  }
}
