import type { DebuggedProcess } from "./debugged-process.js";
import type { ProgramFiles } from "./files.js";
import { librariesOf, type Library } from "./libraries.js";
import { xmlText } from "./xml.js";

/** The linker's list, as `qXfer:libraries-svr4` has it, by the names under which files can be read. */
export function libraryList(process: DebuggedProcess, files: ProgramFiles): string {
  const [program, ...libraries] = librariesOf(process);
  const vdso = process.process.getVdsoBase();
  const main = program === undefined ? "" : ` main-lm="0x${program.entry.toString(16)}"`;
  const elements = libraries
    // Debuggers find the vDSO in memory.
    .filter(({ bias }) => bias !== vdso)
    .map((library) => element(library, files.pathOf(process, library)));
  return `<library-list-svr4 version="1.0"${main}>${elements.join("")}</library-list-svr4>`;
}

function element({ entry, bias, dynamic }: Library, path: string): string {
  // There is one namespace of libraries.
  const numbers = Object.entries({ lm: entry, l_addr: bias, l_ld: dynamic, lmid: 0n })
    .map(([name, value]) => ` ${name}="0x${value.toString(16)}"`)
    .join("");
  return `<library name="${xmlText(path)}"${numbers}/>`;
}
