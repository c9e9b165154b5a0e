// Gathers the public declarations into the one index.d.ts that is committed and published.
import { dts } from "rollup-plugin-dts";

export default {
  input: "dist/types/index.d.ts",
  output: { file: "index.d.ts" },
  // Only internal declarations, which are stripped, name the binding's.
  external: [/^node:/, /native\.cjs$/],
  plugins: [dts()],
};
