// What makes shells complete command lines. Where nothing else is known, they complete files.

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What can be typed after a command. */
export interface CompletableCommand {
  /** With those that it belongs to: `message decode`. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletableOption[];
  /** Its own commands, or what its first argument can be. */
  readonly words: readonly string[];
}

interface CompletableOption {
  /** `--name`, and `-n` if there is one. */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** What its value can be; a file if there are none. */
  readonly values: readonly string[];
}

/** A script for a shell, for these commands of ours. */
export function completionScript(shell: Shell, commands: readonly CompletableCommand[]): string {
  return `${SCRIPTS[shell](commands).join("\n")}\n`;
}

const SCRIPTS = { bash, zsh, fish } as const satisfies Record<
  Shell,
  (commands: readonly CompletableCommand[]) => string[]
>;

function bash(commands: readonly CompletableCommand[]): string[] {
  const first = outermost(commands).map(({ name }) => name);
  return [
    "_zirconia() {",
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}",
    "  local command=${COMP_WORDS[1]} words= options=",
    "  ((COMP_CWORD > 1)) || command=",
    "  case $command in",
    ...nested(commands).map(
      (name) => `    ${name}) ((COMP_CWORD < 3)) || command+=" \${COMP_WORDS[2]}" ;;`,
    ),
    "  esac",
    "  case $command,$before in",
    ...commands.flatMap(({ name, options, words }) => [
      ...options
        .filter(({ values }) => values.length > 0)
        .map(
          (option) =>
            `    ${bashPattern(name, option)}) words=${quoted(option.values.join(" "))} ;;`,
        ),
      ...options
        .filter(({ takesValue, values }) => takesValue && values.length === 0)
        .map((option) => `    ${bashPattern(name, option)}) ;;`),
      `    ${quoted(name)},*)`,
      `      options=${quoted(options.flatMap(({ names }) => names).join(" "))}`,
      `      words=${quoted(words.join(" "))} ;;`,
    ]),
    `    ,*) options="--help --version" words=${quoted(first.join(" "))} ;;`,
    "  esac",
    "  [[ $word != -* ]] || words=$options",
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -o bashdefault -o default -F _zirconia zirconia",
  ];
}

/** Where an option of a command has come before. */
function bashPattern(command: string, { names }: CompletableOption): string {
  return names.map((name) => `${quoted(command)},${name}`).join(" | ");
}

function zsh(commands: readonly CompletableCommand[]): string[] {
  const cases = commands.flatMap(({ name, options, words }) => [
    `    ${quoted(name)})`,
    "      _arguments -S \\",
    ...options.flatMap((option) => zshSpecs(option).map((spec) => `        ${quoted(spec)} \\`)),
    `        ${quoted(words.length > 0 ? `1: :(${words.join(" ")})` : "*: :_files")} ;;`,
  ]);
  const described = outermost(commands).map(({ name, description }) =>
    quoted(`${name}:${description}`),
  );
  return [
    "#compdef zirconia",
    "_zirconia() {",
    "  if ((CURRENT == 2)); then",
    "    local -a commands=(",
    ...described.map((one) => `      ${one}`),
    "    )",
    "    _describe command commands",
    "    return",
    "  fi",
    "  shift words",
    "  ((CURRENT--))",
    "  local command=$words[1]",
    "  case $command in",
    ...nested(commands).flatMap((name) => [
      `    ${name})`,
      "      if ((CURRENT > 2)); then",
      '        command+=" $words[2]"',
      "        shift words",
      "        ((CURRENT--))",
      "      fi ;;",
    ]),
    "  esac",
    "  case $command in",
    ...cases,
    "  esac",
    "}",
    "compdef _zirconia zirconia",
  ];
}

/** What `_arguments` of zsh is told of an option: it may be given again. */
function zshSpecs({ names, description, takesValue, values }: CompletableOption): string[] {
  const text = description.replace(/[\\[\]:]/g, "\\$&");
  const what = values.length > 0 ? `(${values.join(" ")})` : "_files";
  return names.map((name) => `*${name}[${text}]${takesValue ? `: :${what}` : ""}`);
}

function fish(commands: readonly CompletableCommand[]): string[] {
  return commands.flatMap(({ name, description, options, words }) => {
    const [first = name, second] = name.split(" ");
    const within = [first, second].filter((one) => one !== undefined);
    const when = quoted(within.map((one) => `__fish_seen_subcommand_from ${one}`).join("; and "));
    const complete = `complete -c zirconia -n ${when}`;
    return [
      ...(second === undefined
        ? [`complete -c zirconia -f -n __fish_use_subcommand -a ${first} -d ${quoted(description)}`]
        : []),
      ...words.map((word) => `${complete} -f -a ${word}`),
      ...options.map((option) => `${complete} ${fishOption(option)}`),
    ];
  });
}

function fishOption({ names, description, takesValue, values }: CompletableOption): string {
  const named = names.map((name) => name.replace(/^--/, "-l ").replace(/^-(?=.$)/, "-s "));
  const value =
    values.length > 0 ? [`-x -a ${quoted(values.join(" "))}`] : takesValue ? ["-r"] : [];
  return [...named, ...value, "-d", quoted(description)].join(" ");
}

/** Those whose names come first. */
function outermost(commands: readonly CompletableCommand[]): CompletableCommand[] {
  return commands.filter(({ name }) => !name.includes(" "));
}

/** Those that have commands of their own. */
function nested(commands: readonly CompletableCommand[]): string[] {
  const outer = commands.map(({ name }) => name.split(" ")).filter((parts) => parts.length > 1);
  return [...new Set(outer.map(([first = ""]) => first))];
}

/** As a word of any of these shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
