import { DISPOSE } from "../base/dispose.js";
import type { Kernel } from "../kernel/kernel.js";
import { Launcher } from "../launcher/launcher.js";
import { Resolver } from "../resolver/resolver.js";
import { PseudoDirectory } from "../vfs/pseudo-directory.js";
import { ServiceNode } from "../vfs/service-node.js";
import type { Provision } from "./late-directory.js";
import type { CheckedServices, ServiceConnector, ServicePrograms } from "./service-options.js";
import { NameProvider } from "./name-provider.js";

/**
 * A program's `/svc`. Its Launcher acts for the kernel's host, so that it makes processes for those
 * whose own job lets them make none; in which job, that is the client's, who must have a handle to it.
 * Its Resolver knows no packages, and its NameProvider the name that devices have without one.
 */
export class Services implements Provision {
  readonly directory = new PseudoDirectory();
  readonly #own: readonly (NameProvider | Launcher | Resolver)[];

  /** @param given what is there besides, or in place of one of these; with `bare` none of these */
  constructor(kernel: Kernel, given: CheckedServices, bare: boolean, programs: ServicePrograms) {
    const own = bare
      ? []
      : ([
          ["fuchsia.device.NameProvider", new NameProvider(kernel)],
          ["fuchsia.process.Launcher", new Launcher(kernel)],
          ["fuchsia.process.Resolver", new Resolver(kernel, {})],
        ] as const);
    this.#own = own.map(([, service]) => service);
    for (const [name, service] of own) {
      if (!given.has(name)) this.directory.add(name, service.node());
    }
    for (const [name, service] of given) {
      const connect: ServiceConnector =
        typeof service === "string"
          ? (channel) => programs(service).connect(name, channel)
          : service;
      this.directory.add(name, new ServiceNode(connect));
    }
  }

  [DISPOSE](): void {
    this.directory.dispose();
    this.#own.forEach((service) => service.dispose());
  }
}
