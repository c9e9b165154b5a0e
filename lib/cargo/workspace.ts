import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The roots of workspaces, by the directories of packages. */
export class Workspaces {
  readonly #roots = new Map<string, Promise<string | undefined>>();

  /**
   * The root of the workspace that a package is in, as cargo tells; none if cargo does not.
   *
   * @param directory the package's: `CARGO_MANIFEST_DIR`
   * @param cargo the cargo that has built it
   */
  rootOf(directory: string, cargo: string): Promise<string | undefined> {
    let root = this.#roots.get(directory);
    if (root === undefined) {
      root = locate(directory, cargo).catch(() => undefined);
      this.#roots.set(directory, root);
    }
    return root;
  }
}

async function locate(directory: string, cargo: string): Promise<string> {
  const options = ["--workspace", "--message-format", "plain"];
  const manifest = ["--manifest-path", join(directory, "Cargo.toml")];
  const { stdout } = await execute(cargo, ["locate-project", ...options, ...manifest]);
  return dirname(stdout.trim());
}
