import { type NodeResult, runNode } from "./node.js";
import { FROM_SOURCES } from "./redirect.js";

/** Runs a script in a Node of its own, where all of the main entry is in scope as `zirconia`. */
export async function script(text: string): Promise<NodeResult> {
  const source = `import * as zirconia from "zirconia";\n${text}`;
  return runNode([FROM_SOURCES, "--input-type=module", "--eval", source]);
}
