import { Command, InvalidArgumentError, type ParseOptionsResult } from "commander";

/** The value of such an option. */
export interface EqualsValue {
  /** What the help calls it. */
  readonly name: string;
  /** @throws InvalidArgumentError */
  parse(value: string): unknown;
}

/**
 * A command with options that have a value only after `=`. An optional value of commander's own would
 * be the next argument, which may be the program.
 */
export class EqualsCommand extends Command {
  readonly #values = new Map<string, EqualsValue>();

  /** Adds `--NAME` and `--NAME=VALUE`. */
  equalsOption(name: string, description: string, value: EqualsValue): this {
    this.#values.set(name, value);
    return this.option(`--${name}`, description);
  }

  override parseOptions(args: string[]): ParseOptionsResult {
    const result = super.parseOptions(args);
    // What is not known comes first, with everything after it.
    const [first = "", ...rest] = result.unknown;
    const [, name = "", value = ""] = /^--([\w-]+)=(.*)$/s.exec(first) ?? [];
    const known = this.#values.get(name);
    if (known === undefined) return result;
    const option = `option '--${name}=<${known.name}>'`;
    if (value === "") this.error(`error: ${option} argument missing`);
    try {
      this.setOptionValueWithSource(name, known.parse(value), "cli");
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      this.error(`error: ${option} argument '${value}' is invalid. ${error.message}`);
    }
    return this.parseOptions(rest);
  }
}
