import { accessSync, chmodSync, constants, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { HostImages } from "../native/host-images.js";
import { serveRunner } from "./serve-runner.js";
import type { RunSettings } from "./settings.js";
import { Workspaces } from "./workspace.js";

/** Bytes of a socket's path, at most, less those of the names in it. */
const MAX_PATH = 80;

/** Serves cargo's runners on a socket of its own, in a directory that nobody else can enter. */
export class RunnerServer {
  readonly #directory: string;
  readonly #server: Server;
  /** What programs and their libraries are made of: most run again and again. */
  readonly #images = new HostImages();
  readonly #connections = new Map<Socket, Promise<void>>();

  private constructor(directory: string, settings: RunSettings) {
    this.#directory = directory;
    const kept = { workspaces: new Workspaces(), images: this.#images };
    this.#server = createServer((connection) => {
      const served = serveRunner(connection, settings, kept);
      this.#connections.set(connection, served);
      void served.then(() => this.#connections.delete(connection));
    });
  }

  /**
   * Begins to serve.
   *
   * @param tool the program that is the runner by that name
   */
  static async listen(tool: string, settings: RunSettings): Promise<RunnerServer> {
    const directory = mkdtempSync(join(placeForSockets(), "zirconia-"));
    const server = new RunnerServer(directory, settings);
    try {
      symlinkSync(tool, server.runner);
      const path = join(directory, "socket");
      await new Promise<void>((resolve, reject) => {
        server.#server.once("error", reject).listen(path, resolve);
      });
      chmodSync(path, 0o600);
      return server;
    } catch (error) {
      rmSync(directory, { recursive: true });
      throw error;
    }
  }

  /** The path of the runner, without spaces: cargo would take what follows one for an argument. */
  get runner(): string {
    return join(this.#directory, "runner");
  }

  /** Ends whatever runs, and leaves nothing. */
  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#connections.keys()) connection.destroy();
    await Promise.all(this.#connections.values());
    this.#images.clear();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A directory whose path has no spaces and is short enough for that of a socket. */
function placeForSockets(): string {
  const places = [tmpdir(), process.env["XDG_RUNTIME_DIR"], "/tmp", "/var/tmp"];
  const place = places.find((path) => path !== undefined && isPlaceForSockets(path));
  if (place === undefined) {
    throw new Error(
      "there is no directory for a socket: let TMPDIR name one with a short path, without spaces",
    );
  }
  return resolve(place);
}

function isPlaceForSockets(path: string): boolean {
  if (/\s/.test(path) || Buffer.byteLength(path) > MAX_PATH) return false;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
