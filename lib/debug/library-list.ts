import { xmlAttribute } from "../base/xml.js";
import type { DebuggedProcess } from "./debugged-process.js";
import type { ProgramFiles } from "./files.js";
import { librariesOf, type Library } from "./libraries.js";

/** The linker's list less the program, as `qXfer:libraries` has it: files, and where they begin. */
export function libraryList(process: DebuggedProcess, files: ProgramFiles): string {
  const elements = librariesOf(process)
    .slice(1)
    .map((library) => element(files.pathOf(process, library), library.bias));
  return `<library-list>${elements.join("")}</library-list>`;
}

function element(path: string, bias: bigint): string {
  const segment = `<segment address="0x${bias.toString(16)}"/>`;
  return `<library name="${xmlAttribute(path)}">${segment}</library>`;
}

/** The same as `qXfer:libraries-svr4` has it. */
export function svr4List(process: DebuggedProcess, files: ProgramFiles): string {
  const [program, ...libraries] = librariesOf(process);
  const main = program === undefined ? "" : ` main-lm="0x${program.entry.toString(16)}"`;
  const elements = libraries.map((library) => svr4Element(library, files.pathOf(process, library)));
  return `<library-list-svr4 version="1.0"${main}>${elements.join("")}</library-list-svr4>`;
}

function svr4Element({ entry, bias, dynamic }: Library, path: string): string {
  // There is one namespace of libraries.
  const numbers = Object.entries({ lm: entry, l_addr: bias, l_ld: dynamic, lmid: 0n })
    .map(([name, value]) => ` ${name}="0x${value.toString(16)}"`)
    .join("");
  return `<library name="${xmlAttribute(path)}"${numbers}/>`;
}
