import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

import { userCache } from "../base/user-cache.js";

type Require = (id: string) => unknown;
type Wrapper = (
  exports: object,
  require: Require & { resolve(id: string): string },
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

const PARAMETERS = "(function (exports, require, module, __filename, __dirname) { ";

/** Commands that have a cache of their own, as each compiles what it calls; others share one. */
const COMMANDS = new Set(["run", "check", "plan", "test", "cargo"]);

/** What loads all that is not kept. */
const nodeRequire = createRequire(import.meta.filename);

/** Others may write such a file. */
const WRITABLE_BY_OTHERS = 0o022;

/** Imports a module of the user's. What is loaded by {@link loadKept} cannot. */
export async function importModule(url: URL): Promise<object> {
  return (await import(url.href)) as object;
}

/**
 * Loads a file of the command line and those that it requires with what V8 compiled of them before, which
 * the user's cache has. To compile them takes as long as all else that a command does.
 *
 * @returns false if that file is not there, as where the sources run, or nothing is to be kept
 */
export function loadKept(file: string): boolean {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE } = process.env;
  // Node's own cache heeds the first; coverage is coarse where functions come compiled.
  if (NODE_DISABLE_COMPILE_CACHE || NODE_V8_COVERAGE || !existsSync(file)) return false;
  // There is none where a hook of the user's loads what is required.
  const own = nodeRequire.cache?.[import.meta.filename];
  if (own === undefined) return false;
  let directory;
  try {
    const [, , command = ""] = process.argv;
    const name = COMMANDS.has(command) ? command : "others";
    const compiled = `compiled-${process.version}-${process.arch}`;
    directory = join(userCache(), compiled, installation(file), name);
  } catch {
    return false;
  }
  new KeptCode(directory, own).load(file);
  return true;
}

/** Names the installation that a file is of: several may be in use. Its end tells most. */
function installation(file: string): string {
  return dirname(file).replace(/\W+/g, "-").slice(-100);
}

/** What is to be kept. */
interface Compiled {
  readonly place: string;
  readonly key: string;
  readonly script: Script;
}

class KeptCode {
  readonly #directory: string;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #compiledNow: Compiled[] = [];
  /** Files are read here: the system takes longer to find new memory for each than to read it. */
  #room = Buffer.allocUnsafeSlow(1 << 19);

  /** @param own what Node has loaded: all that is in one file with this */
  constructor(directory: string, own: { exports: unknown }) {
    this.#directory = directory;
    this.#modules.set(import.meta.filename, own);
    process.on("exit", () => this.#keep());
  }

  load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    const placeOf = (id: string) => (id.startsWith(".") ? join(dirname(file), id) : id);
    const require = (id: string) =>
      /^\..*\.c?js$/.test(id) ? this.load(placeOf(id)) : (nodeRequire(placeOf(id)) as unknown);
    const resolve = (id: string) => nodeRequire.resolve(placeOf(id));
    try {
      const wrapper = this.#compile(file).runInThisContext() as Wrapper;
      wrapper(module.exports, Object.assign(require, { resolve }), module, file, dirname(file));
    } catch (error) {
      // Who asks again gets the error again.
      this.#modules.delete(file);
      throw error;
    }
    return module.exports;
  }

  #keep(): void {
    if (this.#compiledNow.length === 0) return;
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    } catch {
      // There is no room for it.
      return;
    }
    this.#compiledNow.forEach(write);
  }

  #compile(file: string): Script {
    const [{ ino, size, mtimeMs, ctimeMs }, source] = this.#read(file, PARAMETERS, "\n})");
    const text = source.toString();
    // V8 looks at no more of a file than its length.
    const key = `${file} ${ino} ${size} ${mtimeMs} ${ctimeMs}\n`;
    const place = join(this.#directory, basename(file));
    const kept = this.#kept(place, key);
    const script = new Script(text, {
      filename: file,
      columnOffset: -PARAMETERS.length,
      ...(kept && { cachedData: kept }),
    });
    if (kept === undefined || script.cachedDataRejected === true) {
      this.#compiledNow.push({ place, key, script });
    }
    return script;
  }

  /** What is kept, if it is of that key, and nobody else can have written it. */
  #kept(place: string, key: string): Buffer | undefined {
    try {
      const [{ uid, mode }, bytes] = this.#read(place);
      const user = process.geteuid?.();
      if (user !== undefined && (uid !== user || (mode & WRITABLE_BY_OTHERS) !== 0)) return;
      const length = Buffer.byteLength(key);
      return bytes.toString("utf8", 0, length) === key ? bytes.subarray(length) : undefined;
    } catch {
      return undefined;
    }
  }

  /** What a file holds, between two texts. It is there until the next is read. */
  #read(file: string, before = "", after = ""): [Stats, Buffer] {
    const descriptor = openSync(file, "r");
    try {
      const stats = fstatSync(descriptor);
      const most = before.length + stats.size + after.length;
      if (most > this.#room.length) this.#room = Buffer.allocUnsafeSlow(most);
      let end = this.#room.write(before);
      for (let rest = stats.size, read; rest > 0; rest -= read, end += read) {
        read = readSync(descriptor, this.#room, end, rest, null);
        if (read === 0) break;
      }
      end += this.#room.write(after, end);
      return [stats, this.#room.subarray(0, end)];
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Keeps what V8 has compiled until now, if there is room for it. */
function write({ place, key, script }: Compiled): void {
  const staged = `${place}.${process.pid}-${Date.now()}`;
  try {
    const bytes = Buffer.concat([Buffer.from(key), script.createCachedData()]);
    writeFileSync(staged, bytes, { mode: 0o600, flag: "wx" });
    // Whole, or not at all: others may do the same.
    renameSync(staged, place);
  } catch {
    // It is compiled again the next time.
    remove(staged);
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Nothing could be written there.
  }
}
