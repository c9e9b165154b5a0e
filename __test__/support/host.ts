import { Kernel, Launcher } from "../../index.js";
import { HostDirectory, PseudoDirectory } from "../../lib/vfs/index.js";

const GUESTS = new URL("../../guest/out/", import.meta.url);

/** A kernel whose host can spawn the programs of this package, as `/pkg/…`. */
export function host(): Kernel {
  const kernel = new Kernel();
  const { namespace } = kernel.environment;
  const services = { "fuchsia.process.Launcher": new Launcher(kernel).node() };
  namespace.bind("/svc", new PseudoDirectory(services).connect(kernel));
  namespace.bind("/pkg", new HostDirectory(GUESTS).connect(kernel));
  return kernel;
}
