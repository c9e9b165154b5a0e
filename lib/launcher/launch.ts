import type { LaunchInfo } from "../fidl/libraries/fuchsia-process.js";
import type { ValueOf } from "../fidl/type.js";
import type { BuiltProcess } from "../process-builder/built-process.js";
import { ProcessBuilder } from "../process-builder/process-builder.js";
import type { LaunchState } from "./launch-state.js";
import { invalidArg } from "./launcher-error.js";

/**
 * Builds the process that a client has described (src/sys/lib/elf_runner, `process_launcher`). The
 * process is created before anything else is looked at, so that what is wrong with the job or its
 * policy comes before what is wrong with the arguments. All handles are consumed but the job.
 *
 * @throws {@link ZirconiaError}
 */
export async function buildProcess(
  { executable, job, name }: ValueOf<typeof LaunchInfo>,
  state: LaunchState,
): Promise<BuiltProcess> {
  let builder: ProcessBuilder | undefined;
  try {
    if (name.includes("\0")) {
      throw invalidArg("Process name contained null byte");
    }
    builder = new ProcessBuilder({ name, job, executable, options: state.options });
    if (state.exceeded) {
      throw invalidArg("More was added than the Launcher keeps");
    }
    builder.addArguments(checkStrings("Argument", state.args));
    builder.addEnvironmentVariables(checkStrings("Environment string", state.environ));
    if (state.names.some(({ path }) => path.includes("\0"))) {
      throw invalidArg("Namespace path contained null byte");
    }
    builder.addNamespaceEntries(state.names);
    builder.addHandles(state.handles.map(({ handle, id }) => ({ handle, info: id })));
    return await builder.buildInBackground();
  } finally {
    builder?.dispose();
    executable.close();
    state.dispose();
  }
}

function checkStrings(what: string, strings: readonly Uint8Array[]): readonly Uint8Array[] {
  if (strings.some((string) => string.includes(0))) {
    throw invalidArg(`${what} contained null byte`);
  }
  return strings;
}
