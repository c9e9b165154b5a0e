// Writes docs/errors.md: the codes of errors, their statuses and variants, as the sources have them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path) => readFileSync(`${root}${path}`, "utf8");

/** The codes of errors that stand for no status. */
const CODES = new Map([
  ["ERR_ZIRCONIA_RUN", "`RunError`: the program has failed by itself"],
  [
    "ERR_ZIRCONIA_LIMIT",
    "`RunError`: the kernel has killed it for what it used up: `limitReached`",
  ],
  [
    "ERR_ZIRCONIA_STREAM",
    "`RunError`: a stream of the caller's has broken, with an error that has no code",
  ],
  [
    "ERR_ZIRCONIA_NATIVE_BINDING",
    "`NativeBindingError`: the binary is not there, or cannot be loaded",
  ],
  [
    "ERR_ZIRCONIA_WRONG_BINARY",
    "the `cause` of such an error: the binary is cut off, or of another version",
  ],
  ["ERR_ZIRCONIA_USAGE", "in documents of the command line: it is wrong"],
  ["ERR_ZIRCONIA", "in documents of the command line: an error that has no code of its own"],
]);

const CLASSES = `| class | has besides | thrown by |
|---|---|---|
| \`ProcessBuilderError\` | \`kind\`; \`cause\` is the error within | building and starting |
| \`ElfParseError\` | \`kind\`, \`offset\`, \`field\`, \`expected\`, \`actual\` | \`Elf64Headers\` |
| \`HandleInfoError\` | \`kind\`, \`raw\` | \`HandleInfo.fromRaw\` |
| \`ElfLoadError\`, \`ProcessargsError\`, \`StackError\` | \`kind\` | as causes; sizes and messages |
| \`MessageDecodeError\` | \`kind\`, \`offset\`, \`field\` | \`decodeMessage\` |
| \`ZxError\` | \`operation\` is the system call | handles |
| \`ForeignHandleError\` | a \`ZxError\`, \`ZX_ERR_BAD_HANDLE\` | whatever is given a handle of another context, which it names, and its own |
| \`fidl.FidlError\` | \`kind\`: what is wrong with the message or the connection; \`offset\` | FIDL's codec and clients |
| \`LauncherError\` | \`kind\`: \`InvalidArg\`, \`BuilderError\`, \`HandleInfo\`; \`cause\` is the error within | the log of a \`Launcher\` |
| \`SpawnError\` | \`errMsg\` is what \`err_msg_out\` gets | the \`fdio_spawn\` family |
| \`HostError\` | \`step\`, \`errno\` and \`remedy\` say what this computer refuses, why, and what to do | \`run\`, \`new Kernel({ machine: "native" })\`, \`Kernel.dispose\`; the \`error\` event of a child; as a cause of \`ProcessBuilderError\` |
| \`RunError\` | what a result has; \`cause\` is what a stream or the kernel broke with | \`run\` |`;

const statuses = Array.from(
  read("lib/base/status.ts").matchAll(/^ {2}([A-Z_]+): (-?\d+),$/gm),
  ([, name, value]) => `| \`ZX_${name === "OK" ? "" : "ERR_"}${name}\` | ${value} |`,
);

const kinds = Array.from(
  read("lib/base/error-kinds.ts").matchAll(/\/\*\* (.*?) \*\/\nexport type (\w+)Kind =([^;]*);/g),
  ([, text, name, variants]) => {
    const all = Array.from(variants.matchAll(/"(\w+)"/g), ([, variant]) => `\`${variant}\``);
    return `| \`${name}\` | ${text} | ${all.join(", ")} |`;
  },
);

const used = new Set(
  readdirSync(`${root}lib`, { recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => read(`lib/${file}`).match(/(?<=")ERR_ZIRCONIA[A-Z_]*(?=")/g) ?? []),
);
const differing = [...used]
  .filter((code) => !CODES.has(code))
  .concat([...CODES.keys()].filter((code) => !used.has(code)));
if (statuses.length === 0 || kinds.length === 0 || differing.length > 0) {
  throw new Error(`The codes of errors are not as this script has them: ${differing.join(", ")}`);
}

writeFileSync(
  `${root}docs/errors.md`,
  `# Errors

Written by \`npm run build:errors\` from the sources.

Every error that stands for a status of Zircon is a \`ZirconiaError\`, with \`code\` (\`ZX_ERR_NOT_FOUND\`) and \`status\` (\`-25\`). A status without a name has the code \`ZX_ERR_UNKNOWN\`. Codes and variants are part of the API; messages are for people, and may change.

## Classes

${CLASSES}

Misuse is a \`TypeError\` or \`RangeError\` with one of Node's codes: \`ERR_INVALID_ARG_TYPE\`, \`ERR_INVALID_ARG_VALUE\`, \`ERR_OUT_OF_RANGE\`, \`ERR_INCOMPATIBLE_OPTION_PAIR\`. A file of this computer's fails with Node's error, such as \`ENOENT\`.

## Codes without a status

| code | says |
|---|---|
${[...CODES].map(([code, text]) => `| \`${code}\` | ${text} |`).join("\n")}

A \`RunError\` has Node's codes where there are some: \`ETIMEDOUT\`, \`ABORT_ERR\`, \`ERR_CHILD_PROCESS_STDIO_MAXBUFFER\`, or that of what it broke with.

## Variants

\`kind\` is the variant of the error, as the enum of Fuchsia's library has it.

| class | says | variants |
|---|---|---|
${kinds.join("\n")}

What \`zirconia check\` finds has codes of its own: [check.md](check.md).

## Statuses

| code | status |
|---|---|
${statuses.join("\n")}
`,
);
