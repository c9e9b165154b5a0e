import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { ServiceConnector, ServicesOption } from "../program/service-options.js";
import { importModule } from "./kept-code.js";

/** What Node runs; all else is for Fuchsia. */
const MODULE = /\.[cm]?js$/;

/**
 * Services, by their names: of modules that export by default who answers their clients, and of
 * programs for Fuchsia.
 *
 * @throws Node's error for a file that cannot be read; what keeps a module from being loaded
 */
export async function servicesOf(
  services: Readonly<Record<string, string>>,
): Promise<ServicesOption> {
  const entries = Object.entries(services).map(async ([name, file]) => {
    if (MODULE.test(file)) return [name, await connectorOf(file)] as const;
    // Better now than when its first client comes.
    await access(file, constants.R_OK);
    return [name, file] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function connectorOf(file: string): Promise<ServiceConnector> {
  const module: { default?: unknown } = await importModule(pathToFileURL(resolve(file)));
  if (typeof module.default !== "function") {
    throw new Error(`${file} has no function as its default export`);
  }
  return module.default as ServiceConnector;
}
