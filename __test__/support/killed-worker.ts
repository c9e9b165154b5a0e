/** A worker of Node's, with a kernel in which programs run until the worker is terminated. */
import { guest } from "../../bench/paths.js";
import { Kernel, run } from "../../index.js";

const kernel = new Kernel();
const all = ["--spin", "--sleep-forever"].map((flag) => run(guest("probe"), [flag], { kernel }));
await run(guest("hello"), [], { kernel });
process.stdout.write("runs");
await Promise.all(all);
