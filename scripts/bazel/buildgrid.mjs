// Remote execution on loopback, for tests: BuildGrid as server, storage and scheduler with a database
// of its own, and bots that stand in for workers.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { root } from "../local-packages.mjs";
import { Service } from "./service.mjs";

/** Where scripts/buildgrid.sh puts it. */
const PROGRAMS = join(root, "target/buildgrid/bin");
const BGD = join(PROGRAMS, "bgd");
const HERE = join(root, "scripts/bazel");

/** Where Debian keeps PostgreSQL, in a directory for each version. */
const POSTGRESQL = "/usr/lib/postgresql";

/**
 * What Bazel has to be told besides the server. The server has a thread for each action that is
 * waited for, so that not all can be.
 */
const FLAGS = [
  "--spawn_strategy=remote",
  ...["ZirconiaCheck", "ZirconiaPlan", "TestRunner"].map((name) => `--strategy=${name}=remote`),
  "--jobs=40",
];

/** Ends with 69 if what `startBuildGrid` needs is not there. */
export function requireBuildGrid() {
  if (existsSync(BGD) && postgresql() !== undefined) return;
  console.warn("There is no BuildGrid or no PostgreSQL here: remote execution is SKIPPED.");
  process.exit(69);
}

/** Starts a server without bots. `stop` ends it and all its bots, and leaves nothing. */
export async function startBuildGrid() {
  const place = mkdtempSync(join(tmpdir(), "zirconia-buildgrid-"));
  const services = [];
  const begin = (command, options) => {
    const service = new Service(command, options);
    services.unshift(service);
    return service;
  };
  const stop = async () => {
    for (const service of services) await service.stop();
    rmSync(place, { recursive: true });
  };
  try {
    const database = await startDatabase(place, begin);
    const address = `127.0.0.1:${await freePort()}`;
    execFileSync(BGD, ["migrate", "apply", database], { stdio: "pipe" });
    const env = { ...process.env, ADDRESS: address, DATABASE: database, PLACE: place };
    begin([BGD, "server", "start", join(HERE, "buildgrid.yml")], { env });
    const startBot = async (name) => {
      const command = [
        join(PROGRAMS, "python"),
        join(HERE, "bot.py"),
        address,
        name,
        join(place, name),
      ];
      const bot = begin(command);
      await bot.line("ready");
      return bot;
    };
    return {
      /** With these Bazel runs all actions on bots. */
      flags: [`--remote_executor=grpc://${address}`, ...FLAGS],
      /** With this it only shares what they make. */
      cache: `--remote_cache=grpc://${address}`,
      place,
      startBot,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts a database that is reached by a socket alone, and returns what it is called. */
async function startDatabase(place, begin) {
  const programs = postgresql();
  const home = join(place, "database");
  mkdirSync(home);
  // It does not run as root.
  const user = process.getuid() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  if (process.getuid() === 0) {
    chmodSync(place, 0o711);
    chownSync(home, user.uid, user.gid);
  }
  const options = { cwd: home, ...user };
  const data = join(home, "data");
  const setup = ["--username=zirconia", "--auth=trust", "--no-sync", `--pgdata=${data}`];
  execFileSync(join(programs, "initdb"), setup, { ...options, stdio: "pipe" });
  const settings = { listen_addresses: "", unix_socket_directories: home, fsync: "off" };
  const server = begin(
    [
      join(programs, "postgres"),
      "-D",
      data,
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ],
    // What ends it without waiting for those who are connected.
    { ...options, endedBy: "SIGINT" },
  );
  await server.line(/ready to accept connections/);
  return `postgresql+psycopg2://zirconia@/postgres?host=${home}`;
}

/** The directory with PostgreSQL's programs, if there is one. */
function postgresql() {
  const versions = existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL) : [];
  return [
    ...process.env.PATH.split(delimiter),
    ...versions.map((version) => join(POSTGRESQL, version, "bin")),
  ].find((directory) => existsSync(join(directory, "initdb")));
}

/** The number of a user, or of a group, without rights. */
function id(which) {
  return Number(execFileSync("id", [which, "nobody"], { encoding: "utf8" }));
}

async function freePort() {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
