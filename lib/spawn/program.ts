import { DISPOSE } from "../base/dispose.js";
import { ZxStatus } from "../base/status.js";
import { type CString, decode } from "../base/strings.js";
import { Client } from "../fidl/client.js";
import { Resolver } from "../fidl/libraries/fuchsia-process.js";
import type { Channel } from "../handles/channel.js";
import { Vmo } from "../handles/vmo.js";
import type { Context } from "../kernel/context.js";
import type { Generation } from "./generation.js";
import { type Directive, HEAD_SIZE, readDirective } from "./interpreter.js";
import { loadPath } from "./load-path.js";
import { spellStatus, SpawnError, step } from "./spawn-error.js";

/** `#!` lines that are followed, at most. */
const MAX_HOPS = 255;

/** What a process is to run, and what it needs for that. Owns its handles. */
export class Program implements Disposable {
  /** The executable; an invalid handle if there is none. */
  executable: Vmo;
  /** The loader service for it. */
  loader: Channel | undefined;
  /** Arguments that interpreters get before the others. */
  readonly #interpreterArgs: CString[] = [];
  readonly #context: Context;
  readonly #generation: Generation;

  constructor(context: Context, generation: Generation, executable: Vmo) {
    this.executable = executable;
    this.#context = context;
    this.#generation = generation;
  }

  /**
   * Follows `#!` lines until there is an executable without one: resolves names, or loads
   * interpreters.
   *
   * @param script what an interpreter is told to run, if it is told that
   * @throws {@link SpawnError} what reading the executable fails with; `IO_INVALID` for more than 255
   * lines; `OUT_OF_RANGE` for a line that is too long; `INVALID_ARGS` for one without an interpreter;
   * `NOT_SUPPORTED` for interpreters and resolved names together; `INTERNAL` if names cannot be
   * resolved; else what the resolver says, or what loading the interpreter fails with
   */
  async resolve(script: CString | undefined): Promise<void> {
    let kind: Directive["kind"] | undefined;
    for (let hops = 0; ; hops++) {
      const { executable } = this;
      const head = await step("cannot read the executable's first line", () =>
        executable.read(0n, HEAD_SIZE),
      );
      if (head[0] !== 0x23 || head[1] !== 0x21) {
        return;
      }
      if (hops === MAX_HOPS) {
        throw new SpawnError(ZxStatus.IO_INVALID, `more than ${MAX_HOPS} #! lines`);
      }
      const directive = readDirective(head);
      if (kind !== undefined && kind !== directive.kind) {
        throw new SpawnError(
          ZxStatus.NOT_SUPPORTED,
          kind === "resolve"
            ? "a resolved executable cannot be a script with an interpreter"
            : "a script's interpreter cannot be one to be resolved",
        );
      }
      kind = directive.kind;
      if (directive.kind === "resolve") {
        await this.#resolveName(directive.name);
      } else {
        if (hops === 0 && script !== undefined && this.#generation.passesScript) {
          this.#interpreterArgs.push(script);
        }
        await this.#interpret(directive);
      }
    }
  }

  /** What it is to be called with: its interpreters' arguments, and those that are given. */
  arguments(argv: readonly CString[]): readonly CString[] {
    const replaces = this.#interpreterArgs.length > 0 && this.#generation.passesScript;
    return [...this.#interpreterArgs, ...(replaces ? argv.slice(1) : argv)];
  }

  /** Closes what was not passed on. */
  [DISPOSE](): void {
    this.executable.close();
    this.loader?.close();
  }

  async #resolveName(name: string): Promise<void> {
    const channel = await step(
      "cannot connect to fuchsia.process.Resolver",
      () => this.#context.environment.services.connect("fuchsia.process.Resolver"),
      ZxStatus.INTERNAL,
    );
    const { wireFormat } = this.#generation;
    const resolver = new Client(Resolver, channel, { wireFormat });
    const { status, executable, ldsvc } = await step(
      `cannot ask fuchsia.process.Resolver for ${name}`,
      () => resolver.proxy.resolve({ name }),
      ZxStatus.INTERNAL,
    ).finally(() => resolver.close());
    if (status !== ZxStatus.OK) {
      executable?.close();
      ldsvc?.close();
      throw new SpawnError(status, `cannot resolve ${name}: ${spellStatus(status)}`);
    }
    this.executable.close();
    this.executable = executable ?? new Vmo(this.#context, 0);
    this.loader?.close();
    this.loader = ldsvc;
  }

  async #interpret({ interpreter, argument }: Directive & { kind: "interpret" }): Promise<void> {
    this.#interpreterArgs.unshift(
      ...(argument === undefined ? [interpreter] : [interpreter, argument]),
    );
    const name = decode(interpreter);
    const loaded = await this.#load(name);
    this.executable.close();
    this.executable = loaded;
  }

  async #load(name: string): Promise<Vmo> {
    try {
      return await loadPath(this.#context, name, this.#generation);
    } catch (error) {
      if (!(error instanceof SpawnError)) {
        throw error;
      }
      const text = `cannot load the interpreter ${name}: ${error.errMsg}`;
      throw new SpawnError(error.status, text, { cause: error });
    }
  }
}
