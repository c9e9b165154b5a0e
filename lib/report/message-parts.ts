import { hex, quoted } from "../base/text.js";
import type { DecodedMessage } from "../process-builder/message.js";
import type { MessagePart } from "./document.js";

/** The header of a bootstrap message, `zx_proc_args_t`: 32-bit words, and what each says. */
const HEADER: readonly (readonly [name: string, say: (word: number) => string])[] = [
  ["protocol", (word) => `${hex(word)}: a bootstrap message`],
  ["version", (word) => `${hex(word)}: its version`],
  ["handle_info_off", (word) => `what handles are for begins at byte ${word}`],
  ["args_off", (word) => `arguments begin at byte ${word}`],
  ["args_num", (word) => count(word, "argument")],
  ["environ_off", (word) => `environment variables begin at byte ${word}`],
  ["environ_num", (word) => count(word, "environment variable")],
  ["names_off", (word) => `paths of the namespace begin at byte ${word}`],
  ["names_num", (word) => count(word, "path") + " of the namespace"],
];

const WORD = 4;

/** What the bytes of a bootstrap message mean, one part after the other. */
export function messageParts(bytes: Uint8Array, contents: DecodedMessage): MessagePart[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (name: string) => {
    const index = HEADER.findIndex(([other]) => other === name);
    return view.getUint32(index * WORD, true);
  };
  const header = HEADER.map(([name, say], index) => ({
    offset: index * WORD,
    size: WORD,
    name,
    meaning: say(word(name)),
  }));
  const infos = contents.handleInfos.map((info, index) => ({
    offset: word("handle_info_off") + index * WORD,
    size: WORD,
    name: `handle_info[${index}]`,
    meaning: `${hex(info.raw)}: ${info}`,
  }));
  return [
    ...header,
    ...infos,
    ...strings(bytes, "args", word("args_off"), contents.args),
    ...strings(bytes, "environ", word("environ_off"), contents.environmentVars),
    ...strings(bytes, "names", word("names_off"), contents.namespacePaths),
  ];
}

/** Strings, each of which ends with a NUL. */
function strings(
  bytes: Uint8Array,
  name: string,
  begin: number,
  texts: readonly string[],
): MessagePart[] {
  let offset = begin;
  return texts.map((text, index) => {
    const size = bytes.indexOf(0, offset) + 1 - offset;
    const part = { offset, size, name: `${name}[${index}]`, meaning: quoted(text) };
    offset += size;
    return part;
  });
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
