import { DISPOSE } from "../base/dispose.js";
import type { Kernel } from "../kernel/kernel.js";
import { Launcher } from "../launcher/launcher.js";
import { Resolver } from "../resolver/resolver.js";
import { PseudoDirectory } from "../vfs/pseudo-directory.js";
import type { Provision } from "./late-directory.js";

/**
 * A program's `/svc`. Its Launcher acts for the kernel's host, so that it makes processes for those
 * whose own job lets them make none; in which job, that is the client's, who must have a handle to it.
 * Its Resolver knows no packages.
 */
export class Services implements Provision {
  readonly directory: PseudoDirectory;
  readonly #services: readonly (Launcher | Resolver)[];

  constructor(kernel: Kernel) {
    const launcher = new Launcher(kernel);
    const resolver = new Resolver(kernel, {});
    this.#services = [launcher, resolver];
    this.directory = new PseudoDirectory({
      "fuchsia.process.Launcher": launcher.node(),
      "fuchsia.process.Resolver": resolver.node(),
    });
  }

  [DISPOSE](): void {
    this.directory.dispose();
    this.#services.forEach((service) => service.dispose());
  }
}
