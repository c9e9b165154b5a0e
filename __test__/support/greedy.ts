/**
 * A process with a table of so many descriptors, in which a program maps as many VMOs as it can:
 * `PROGRAM OTHER SIZE`. Prints what others find meanwhile, as JSON.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

import { Kernel, run } from "../../index.js";

/** What others find. */
export interface Remains {
  /** What the program says of itself. */
  readonly mapped: string;
  /** How another program ends, in another kernel. */
  readonly hello: string;
  /** How many files Node can open. */
  readonly opened: number;
}

async function main([program = "", second = "", size = ""]: string[]): Promise<Remains> {
  execFileSync("prlimit", ["--pid", String(process.pid), `--nofile=${size}`]);
  await using kernel = new Kernel();
  await using other = new Kernel();
  const stop = new AbortController();
  let hoard: Promise<unknown> | undefined;
  const mapped = await new Promise<string>((resolve) => {
    const stdout = new Writable({
      write(bytes: Uint8Array, _encoding, done) {
        resolve(Buffer.from(bytes).toString());
        done();
      },
    });
    const options = { kernel, stdout, signal: stop.signal, reject: false };
    hoard = run(program, ["map", "100000", "stay"], options);
  });
  const { message } = await run(second, [], { kernel: other, reject: false });
  const opened: number[] = [];
  try {
    for (;;) opened.push(openSync(fileURLToPath(import.meta.url), "r"));
  } catch {
    opened.forEach((fd) => closeSync(fd));
  }
  stop.abort();
  await hoard;
  return { mapped, hello: message, opened: opened.length };
}

console.log(JSON.stringify(await main(process.argv.slice(2))));
