import { checkMap, checkPath, invalidType, isUrl } from "../base/validate.js";
import type { Channel } from "../handles/channel.js";
import { checkName } from "../vfs/path.js";

/** Gets the server end of each client's channel, which it owns. What it throws closes it. */
export type ServiceConnector = (channel: Channel) => void | Promise<void>;

/**
 * Services by their names in `/svc`: who answers their clients, or the path of a program for Fuchsia
 * that does. A program gets a startup handle `DirectoryRequest`, serves a directory there as components
 * do, and has the service as `svc/NAME` in it. Its first client starts it, in the job of who asks.
 */
export type ServicesOption = Readonly<Record<string, ServiceConnector | string | URL>>;

/** The same, checked. */
export type CheckedServices = ReadonlyMap<string, ServiceConnector | string>;

/** A program that serves by name, for a path. */
export type ServicePrograms = (file: string) => {
  connect(name: string, channel: Channel): Promise<void>;
};

/**
 * Checks services.
 *
 * @throws {@link ZirconiaError} `INVALID_ARGS` or `BAD_PATH` for what is no name
 */
export function checkServices(name: string, services: unknown): CheckedServices {
  const checked = checkMap(name, services, (at, service) => {
    if (typeof service === "function") return service as ServiceConnector;
    if (typeof service === "string" || isUrl(service)) return checkPath(at, service);
    throw invalidType(at, "a function, a string or a URL", service);
  });
  [...checked.keys()].forEach(checkName);
  return checked;
}
