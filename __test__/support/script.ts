import { type NodeResult, runNode } from "./node.js";

/** Runs a script in a Node of its own, where everything of index.ts is in scope as `zirconia`. */
export async function script(text: string): Promise<NodeResult> {
  const source = `import * as zirconia from "./index.ts";\n${text}`;
  return runNode(["--input-type=module", "--eval", source]);
}
