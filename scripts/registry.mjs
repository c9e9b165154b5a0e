// A registry of packages on loopback, for tests: it takes what npm publishes, keeps it in memory, and
// serves it to whichever client asks. It knows no packages but these.
import { once } from "node:events";
import { createServer } from "node:http";

/** Starts one, and returns its URL and what ends it. */
export async function startRegistry() {
  /** What is told of each package, by its name. */
  const packages = new Map();
  /** The packages' files, by their paths. */
  const files = new Map();

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname).slice(1);
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method === "PUT") {
      publish(path, JSON.parse(await readAll(request)));
      answer(201, { ok: true });
    } else if (files.has(path)) {
      response.end(files.get(path));
    } else if (packages.has(path)) {
      answer(200, packages.get(path));
    } else {
      answer(404, { error: "Not found" });
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;

  function publish(name, { _attachments: attachments, ...about }) {
    const known = packages.get(name)?.versions;
    const versions = { ...known, ...about.versions };
    for (const { version, dist } of Object.values(about.versions)) {
      const [{ data }] = Object.values(attachments);
      const file = `${name}/-/${name}-${version}.tgz`;
      files.set(file, Buffer.from(data, "base64"));
      dist.tarball = `${url}${file}`;
    }
    packages.set(name, { ...about, versions });
  }

  return {
    url,
    names: () => [...packages.keys()],
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
