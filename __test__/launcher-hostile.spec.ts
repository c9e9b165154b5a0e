import test, { type ExecutionContext } from "ava";

import {
  type Channel,
  type ChannelMessage,
  type Handle,
  type Kernel,
  LauncherProxy,
  type LaunchFailure,
  Signals,
  ZxStatus,
} from "../index.js";
import { encode } from "../lib/base/strings.js";
import * as fidl from "../lib/fidl/index.js";
import { encodeBody } from "../lib/fidl/message.js";
import { dynamicPie, staticPie } from "./support/elf-file.js";
import { throwsStatus } from "./support/errors.js";
import { info } from "./support/handle-info.js";
import {
  channelsFor,
  type Connected,
  connectLauncher,
  deadDirectory,
  launchInfo,
  statusOf,
} from "./support/launcher.js";

const { methods } = fidl.process.Launcher;
const FORMATS = [1, 2] as const satisfies fidl.WireFormat[];

type Make = (kernel: Kernel, format: fidl.WireFormat) => ChannelMessage;

const launchNamed =
  (name: string): Make =>
  (kernel, format) => {
    const executable = kernel.vmoFromBytes(staticPie());
    const request = { info: { executable, job: kernel.rootJob.duplicate(), name } };
    const { ordinal, request: parameters } = methods.Launch;
    return encodeBody({ txid: 1, ordinal, format }, parameters, request);
  };

const launch = launchNamed("name");

const addArgs: Make = (_, format) => {
  const { ordinal, request: parameters } = methods.AddArgs;
  const args = ["one", "twenty-two"].map(encode);
  return encodeBody({ txid: 0, ordinal, format }, parameters, { args });
};

const addNames: Make = (kernel, format) => {
  const { ordinal, request: parameters } = methods.AddNames;
  const names = [{ path: "/path", directory: deadDirectory(kernel) }];
  return encodeBody({ txid: 0, ordinal, format }, parameters, { names });
};

const addHandles: Make = (kernel, format) => {
  const { ordinal, request: parameters } = methods.AddHandles;
  const handles = [{ handle: kernel.createEvent(), id: 0xf0 }];
  return encodeBody({ txid: 0, ordinal, format }, parameters, { handles });
};

const setOptions: Make = (_, format) => {
  const { ordinal, request: parameters } = methods.SetOptions;
  return encodeBody({ txid: 0, ordinal, format }, parameters, { options: 0 });
};

/** A good request with its bytes or handles changed. */
function spoiled(
  make: Make,
  spoil: (bytes: Buffer, handles: readonly Handle[], kernel: Kernel) => readonly Handle[] | void,
): Make {
  return (kernel, format) => {
    const { bytes, handles } = make(kernel, format);
    const copy = Buffer.from(bytes);
    return { bytes: copy, handles: spoil(copy, handles, kernel) ?? handles };
  };
}

/** One handle in the place of another, which is closed. */
function replaced(handles: readonly Handle[], index: number, handle: Handle): readonly Handle[] {
  handles[index]!.close();
  return handles.map((old, at) => (at === index ? handle : old));
}

/**
 * Sends a message after one that is good: expects its connection to be closed, with what the good
 * one has brought; and that another client notices nothing, and nothing is left.
 */
async function closes(
  t: ExecutionContext,
  { kernel, launcher, proxy, records }: Connected,
  make: Make,
  format: fidl.WireFormat = 2,
): Promise<void> {
  const before = kernel.stats();
  const channel = launcher.connect();
  const { ours, theirs } = channelsFor(kernel, 1);
  const good = addHandles(kernel, format);
  channel.write(good.bytes, replaced(good.handles, 0, ours[0]!));
  const { bytes, handles } = make(kernel, format);
  channel.write(bytes, handles);
  await channel.waitOne(Signals.PEER_CLOSED);
  await theirs[0]!.waitOne(Signals.PEER_CLOSED);
  throwsStatus(t, "PEER_CLOSED", () => channel.read());
  for (const handle of [channel, theirs[0]!]) handle.close();
  t.is(records.pop()!.op, "serve");
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
  t.deepEqual(kernel.stats(), before);
}

const REQUESTS = { launch, addArgs, addNames, addHandles, setOptions };

for (const [name, make] of Object.entries(REQUESTS)) {
  for (const format of FORMATS) {
    test(`${name} that ends early, wherever, in wire format ${format}`, async (t) => {
      const client = connectLauncher(t);
      const { bytes, handles } = make(client.kernel, format);
      handles.forEach((handle) => handle.close());
      for (let end = 0; end < bytes.length; end += 4) {
        const cut: Make = (...args) => {
          const message = make(...args);
          return { bytes: message.bytes.subarray(0, end), handles: message.handles };
        };
        await closes(t, client, cut, format);
      }
    });
  }
}

const SPOILED: Record<string, Make> = {
  "a name that is no UTF-8": spoiled(
    launch,
    (bytes) => void bytes.fill(0xff, bytes.indexOf("name")),
  ),
  "a path that is no UTF-8": spoiled(addNames, (bytes) => {
    bytes[bytes.indexOf("/path")] = 0xff;
  }),
  "an executable that is no VMO": spoiled(launch, (_, handles, kernel) =>
    replaced(handles, 0, kernel.createEvent()),
  ),
  "a job that is none": spoiled(launch, (_, handles, kernel) =>
    replaced(handles, 1, kernel.createEvent()),
  ),
  "a directory that is no channel": spoiled(addNames, (_, handles, kernel) =>
    replaced(handles, 0, kernel.createEvent()),
  ),
  "no executable": spoiled(launch, (bytes, handles) => {
    bytes.fill(0, 16, 20);
    handles[0]!.close();
    return handles.slice(1);
  }),
  "a handle too few": spoiled(launch, (_, handles) => {
    handles[1]!.close();
    return handles.slice(0, 1);
  }),
  "a handle too many": spoiled(launch, (_, handles, kernel) => [...handles, kernel.createEvent()]),
  "bytes too many": (kernel, format) => {
    const { bytes, handles } = launch(kernel, format);
    return { bytes: Buffer.concat([bytes, new Uint8Array(8)]), handles };
  },
  "padding that is not zero": spoiled(launch, (bytes) => {
    bytes[bytes.length - 1] = 1;
  }),
  "a count beyond the message": spoiled(addArgs, (bytes) => {
    bytes.writeUInt32LE(0xffff_ffff, 16);
  }),
  "a name of 33 bytes": (kernel, format) => {
    const { bytes, handles } = launchNamed("n".repeat(32))(kernel, format);
    const longer = Buffer.concat([bytes, encode("n".padEnd(8, "\0"))]);
    longer.writeUInt32LE(33, 24);
    return { bytes: longer, handles };
  },
  "an unknown ordinal": spoiled(launch, (bytes) => void bytes.writeBigUInt64LE(1n, 8)),
  "the ordinal of another method": spoiled(launch, (bytes) => {
    bytes.writeBigUInt64LE(methods.AddNames.ordinal, 8);
  }),
  "an epitaph": spoiled(launch, (bytes) => void bytes.fill(0xff, 8, 16)),
  "a request without a transaction id": spoiled(launch, (bytes) => void bytes.fill(0, 0, 4)),
  "a transaction id where there is no reply": spoiled(addHandles, (bytes) => {
    bytes[0] = 1;
  }),
  "another magic number": spoiled(launch, (bytes) => {
    bytes[7] = 2;
  }),
};

for (const [what, make] of Object.entries(SPOILED)) {
  test(`${what} closes the connection, and no other`, async (t) => {
    const client = connectLauncher(t);
    for (const format of FORMATS) {
      await closes(t, client, make, format);
    }
  });
}

for (const format of FORMATS) {
  test(`a good request is answered in its own wire format, which is ${format}`, async (t) => {
    const { kernel, launcher } = connectLauncher(t);
    const channel = launcher.connect();
    const { bytes, handles } = launch(kernel, format);
    channel.write(bytes, handles);
    await channel.waitOne(Signals.READABLE);
    const { bytes: reply } = channel.read();
    t.is(reply[4], format === 2 ? 2 : 0);
    t.is(new DataView(reply.buffer).getInt32(16, true), ZxStatus.NOT_SUPPORTED);
  });
}

test("a message that no channel takes harms nobody, and takes its handles along", async (t) => {
  const { kernel, launcher } = connectLauncher(t);
  const channel = launcher.connect();
  const before = kernel.stats();
  const events = Array.from({ length: 65 }, () => kernel.createEvent());
  throwsStatus(t, "OUT_OF_RANGE", () => channel.write(new Uint8Array(16), events));
  throwsStatus(t, "OUT_OF_RANGE", () =>
    channel.write(new Uint8Array(65_537), [kernel.createEvent()]),
  );
  t.deepEqual(kernel.stats(), before);
  using proxy = new LauncherProxy(channel);
  t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
});

test("65 handles in two messages fail the launch", async (t) => {
  const { kernel, launcher, records } = connectLauncher(t);
  const before = kernel.stats();
  using client = new fidl.Client(fidl.process.Launcher, launcher.connect());
  const events = (count: number) =>
    Array.from({ length: count }, () => ({ handle: kernel.createEvent(), id: 0xf0 }));
  client.proxy.addHandles({ handles: events(64) });
  client.proxy.addHandles({ handles: events(1) });
  const { executable } = launchInfo(kernel);
  const job = kernel.rootJob.duplicate();
  const info = { executable, job, name: "test" };
  const { status, process } = await client.proxy.launch({ info });
  t.is(status, ZxStatus.INVALID_ARGS);
  t.is(process, undefined);
  t.is((records[0] as LaunchFailure).error.kind, "BuilderError");
  client.close();
  t.is(kernel.stats().types.Event, before.types.Event);
});

/** How far a launch has come when its client dies. */
type Stage = (client: Connected, channel: Channel) => Promise<void> | void;

const DEATHS: Record<string, Stage> = {
  "before it has said anything": () => {},
  "after half of its requests": ({ kernel }, channel) => {
    for (const make of [addArgs, addNames, addHandles]) {
      const { bytes, handles } = make(kernel, 2);
      channel.write(bytes, handles);
    }
  },
  "before its launch was looked at": ({ kernel }, channel) => {
    const { bytes, handles } = launch(kernel, 2);
    channel.write(bytes, handles);
  },
  "while a loader service is asked": async ({ kernel }, channel) => {
    const [loader, server] = kernel.createChannel();
    const added = addHandles(kernel, 2);
    new DataView(added.bytes.buffer).setUint32(36, info("LdsvcLoader").raw, true);
    channel.write(added.bytes, replaced(added.handles, 0, loader));
    const { bytes, handles } = launch(kernel, 2);
    channel.write(bytes, replaced(handles, 0, kernel.vmoFromBytes(dynamicPie("ld.so.1\0"))));
    await server.waitOne(Signals.READABLE);
    server.close();
  },
};

for (const [when, stage] of Object.entries(DEATHS)) {
  test(`a client that dies ${when} leaves nothing`, async (t) => {
    const client = connectLauncher(t);
    const { kernel, launcher, proxy } = client;
    const before = kernel.stats();
    const [dying, served] = kernel.createChannel();
    // Closes with the connection, which owns the other end.
    const { ours, theirs } = channelsFor(kernel, 1);
    launcher.serve(served);
    const { bytes, handles } = addHandles(kernel, 2);
    dying.write(bytes, replaced(handles, 0, ours[0]!));
    await stage(client, dying);
    dying.close();
    await theirs[0]!.waitOne(Signals.PEER_CLOSED);
    theirs[0]!.close();
    t.is(await statusOf(proxy.createWithoutStarting(launchInfo(kernel))), "ZX_OK");
    t.deepEqual(kernel.stats(), before);
  });
}
