import test from "ava";

import { type Handle, type Kernel, ZxStatus } from "../index.js";
import { Directory, File, Node } from "../lib/fidl/libraries/fuchsia-io.js";
import { Loader } from "../lib/fidl/libraries/fuchsia-ldsvc.js";
import { Launcher, Resolver } from "../lib/fidl/libraries/fuchsia-process.js";
import { methodOrdinal } from "../lib/fidl/ordinal.js";
import type { Method } from "../lib/fidl/protocol.js";
import { golden } from "./support/golden.js";
import { nullKernel } from "./support/kernel.js";

function channel(kernel: Kernel): Handle {
  return kernel.createChannel()[0];
}

const LOAD_OBJECT = "00 00 00 01 53 28 df d6 51 a1 c5 48";

test("LoadObject request", (t) => {
  golden(t, {
    parameters: Loader.methods.LoadObject.request,
    method: Loader.methods.LoadObject,
    txid: 1,
    value: { objectName: "libc.so" },
    handles: [],
    bytes: `01 00 00 00 ${LOAD_OBJECT} 07 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      6c 69 62 63 2e 73 6f 00`,
  });
});

test("LoadObject reply", (t) => {
  const object = nullKernel(t).createVmo(1n);
  const reply = {
    parameters: Loader.methods.LoadObject.response,
    method: Loader.methods.LoadObject,
    txid: 1,
  };
  golden(t, {
    ...reply,
    value: { rv: ZxStatus.OK, object },
    handles: [object],
    bytes: `01 00 00 00 ${LOAD_OBJECT} 00 00 00 00 ff ff ff ff`,
  });
  golden(t, {
    ...reply,
    value: { rv: ZxStatus.NOT_FOUND },
    handles: [],
    bytes: `01 00 00 00 ${LOAD_OBJECT} e7 ff ff ff 00 00 00 00`,
  });
});

test("Loader.Clone request", (t) => {
  const [loader] = nullKernel(t).createChannel();
  golden(t, {
    parameters: Loader.methods.Clone.request,
    method: Loader.methods.Clone,
    txid: 1,
    value: { loader },
    handles: [loader],
    bytes: "01 00 00 00 00 00 00 01 29 4c 6e ab a9 43 e6 57 ff ff ff ff 00 00 00 00",
  });
});

test("AddArgs", (t) => {
  const text = new TextEncoder();
  golden(t, {
    parameters: Launcher.methods.AddArgs.request,
    method: Launcher.methods.AddArgs,
    txid: 0,
    value: { args: [text.encode("/bin/sh"), text.encode("-c")] },
    handles: [],
    bytes: `00 00 00 00 00 00 00 01 12 65 fd e4 d3 45 e4 3b
      02 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      07 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      02 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      2f 62 69 6e 2f 73 68 00 2d 63 00 00 00 00 00 00`,
  });
});

test("AddNames", (t) => {
  const [directory] = nullKernel(t).createChannel();
  golden(t, {
    parameters: Launcher.methods.AddNames.request,
    method: Launcher.methods.AddNames,
    txid: 0,
    value: { names: [{ path: "/svc", directory }] },
    handles: [directory],
    bytes: `00 00 00 00 00 00 00 01 62 86 e2 7b 2c ee 79 25
      01 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      04 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      ff ff ff ff 00 00 00 00 2f 73 76 63 00 00 00 00`,
  });
});

test("AddHandles", (t) => {
  const kernel = nullKernel(t);
  const handles = [channel(kernel), kernel.createSocket()[0]] as const;
  golden(t, {
    parameters: Launcher.methods.AddHandles.request,
    method: Launcher.methods.AddHandles,
    txid: 0,
    value: {
      handles: [
        { handle: handles[0], id: 0x10 },
        { handle: handles[1], id: 0x0001_0030 },
      ],
    },
    handles,
    bytes: `00 00 00 00 00 00 00 01 15 a6 37 a5 67 52 02 51
      02 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      ff ff ff ff 10 00 00 00 ff ff ff ff 30 00 01 00`,
  });
});

test("Launch", (t) => {
  const kernel = nullKernel(t);
  const executable = kernel.createVmo(1n);
  const job = kernel.rootJob.createJob();
  golden(t, {
    parameters: Launcher.methods.Launch.request,
    method: Launcher.methods.Launch,
    txid: 2,
    value: { info: { executable, job, name: "sh" } },
    handles: [executable, job],
    bytes: `02 00 00 00 00 00 00 01 a4 bf af 28 99 5a 33 11
      ff ff ff ff ff ff ff ff 02 00 00 00 00 00 00 00
      ff ff ff ff ff ff ff ff 73 68 00 00 00 00 00 00`,
  });
  const { process, rootVmar } = kernel.rootJob.createProcess("sh");
  const thread = process.createThread("initial-thread");
  golden(t, {
    parameters: Launcher.methods.Launch.response,
    method: Launcher.methods.Launch,
    txid: 2,
    value: { status: ZxStatus.OK, process },
    handles: [process],
    bytes: "02 00 00 00 00 00 00 01 a4 bf af 28 99 5a 33 11 00 00 00 00 ff ff ff ff",
  });
  const [bootstrap] = kernel.createChannel();
  const create = {
    parameters: Launcher.methods.CreateWithoutStarting.response,
    method: Launcher.methods.CreateWithoutStarting,
    txid: 2,
  };
  const header = "02 00 00 00 00 00 00 01 61 cb 51 fe 63 82 5f 75";
  golden(t, {
    ...create,
    value: {
      status: ZxStatus.OK,
      data: {
        process,
        rootVmar,
        thread,
        entry: 0x11n,
        stack: 0x22n,
        bootstrap,
        vdsoBase: 0x33n,
        base: 0x44n,
      },
    },
    handles: [process, rootVmar, thread, bootstrap],
    bytes: `${header} 00 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00
      11 00 00 00 00 00 00 00 22 00 00 00 00 00 00 00
      ff ff ff ff 00 00 00 00 33 00 00 00 00 00 00 00 44 00 00 00 00 00 00 00`,
  });
  golden(t, {
    ...create,
    value: { status: ZxStatus.INVALID_ARGS },
    handles: [],
    bytes: `${header} f6 ff ff ff 00 00 00 00 00 00 00 00 00 00 00 00`,
  });
});

test("Resolve reply", (t) => {
  const kernel = nullKernel(t);
  const executable = kernel.createVmo(1n);
  const [ldsvc] = kernel.createChannel();
  golden(t, {
    parameters: Resolver.methods.Resolve.response,
    method: Resolver.methods.Resolve,
    txid: 3,
    value: { status: ZxStatus.OK, executable, ldsvc },
    handles: [executable, ldsvc],
    bytes: `03 00 00 00 00 00 00 01 90 9c e8 fd 1e 95 15 3c
      00 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 00`,
  });
});

test("Node.Describe reply: directory", (t) => {
  const reply = {
    parameters: Node.methods.Describe.response,
    method: Node.methods.Describe,
    txid: 5,
    value: { info: { kind: "directory", value: {} } },
    handles: [],
  } as const;
  const header = "05 00 00 00 00 00 00 01 a0 de 78 50 21 ec fc 0f 03 00 00 00 00 00 00 00";
  const v1 = `${header} 08 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00`;
  golden(t, { ...reply, bytes: v1 }, [1]);
  // An empty struct fits into the envelope.
  golden(t, { ...reply, bytes: `${header} 00 00 00 00 00 00 01 00` }, [2]);
});

test("Node.Describe reply: tty with event", (t) => {
  const [event] = nullKernel(t).createEventPair();
  const reply = {
    parameters: Node.methods.Describe.response,
    method: Node.methods.Describe,
    txid: 5,
    value: { info: { kind: "tty", value: { event } } },
    handles: [event],
  } as const;
  const header = "05 00 00 00 00 00 00 01 a0 de 78 50 21 ec fc 0f 07 00 00 00 00 00 00 00";
  const v1 = `${header} 08 00 00 00 01 00 00 00 ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00`;
  golden(t, { ...reply, bytes: v1 }, [1]);
  golden(t, { ...reply, bytes: `${header} ff ff ff ff 01 00 01 00` }, [2]);
});

test("OnOpen", (t) => {
  const event = { parameters: Node.methods.OnOpen.response, method: Node.methods.OnOpen, txid: 0 };
  const header = "00 00 00 00 00 00 00 01 72 19 fd db b1 bb c7 7f";
  const file = {
    ...event,
    value: { s: ZxStatus.OK, info: { kind: "file", value: {} } },
    handles: [],
  } as const;
  const v1 = `${header} 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
    08 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff 00 00 00 00 00 00 00 00`;
  const v2 = `${header} 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00
    08 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`;
  golden(t, { ...file, bytes: v1 }, [1]);
  golden(t, { ...file, bytes: v2 }, [2]);
  const missing = { ...event, value: { s: ZxStatus.NOT_FOUND }, handles: [] };
  golden(t, { ...missing, bytes: `${header} e7 ff ff ff${" 00".repeat(28)}` }, [1]);
  golden(t, { ...missing, bytes: `${header} e7 ff ff ff${" 00".repeat(20)}` }, [2]);
});

test("Directory.Open", (t) => {
  const [object] = nullKernel(t).createChannel();
  const name = Buffer.from("fuchsia.process.Launcher").toString("hex");
  golden(t, {
    parameters: Directory.methods.Open.request,
    method: Directory.methods.Open,
    txid: 0,
    value: { flags: 3, mode: 0o755, path: "fuchsia.process.Launcher", object },
    handles: [object],
    bytes: `00 00 00 00 00 00 00 01 c0 5e 68 1d 56 44 50 2c
      03 00 00 00 ed 01 00 00 18 00 00 00 00 00 00 00
      ff ff ff ff ff ff ff ff ff ff ff ff 00 00 00 00 ${name}`,
  });
});

test("File.Read reply", (t) => {
  golden(t, {
    parameters: File.methods.Read.response,
    method: File.methods.Read,
    txid: 6,
    value: { s: ZxStatus.OK, data: new TextEncoder().encode("hi\n") },
    handles: [],
    bytes: `06 00 00 00 00 00 00 01 8c 20 95 4c 07 b7 b2 29
      00 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00
      ff ff ff ff ff ff ff ff 68 69 0a 00 00 00 00 00`,
  });
});

test("File.GetBuffer reply", (t) => {
  const vmo = nullKernel(t).createVmo(1n);
  golden(t, {
    parameters: File.methods.GetBuffer.response,
    method: File.methods.GetBuffer,
    txid: 6,
    value: { s: ZxStatus.OK, buffer: { vmo, size: 4096n } },
    handles: [vmo],
    bytes: `06 00 00 00 00 00 00 01 51 d9 66 66 48 b8 93 4b
      00 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff
      ff ff ff ff 00 00 00 00 00 10 00 00 00 00 00 00`,
  });
});

/** Published ordinals, by declaring protocol. */
const ORDINALS: Record<string, Record<string, bigint>> = {
  "fuchsia.ldsvc/Loader": {
    Done: 0x63ba_6b76_d367_1001n,
    LoadObject: 0x48c5_a151_d6df_2853n,
    Config: 0x6a8a_1a14_6463_2841n,
    Clone: 0x57e6_43a9_ab6e_4c29n,
  },
  "fuchsia.process/Launcher": {
    Launch: 0x1133_5a99_28af_bfa4n,
    CreateWithoutStarting: 0x755f_8263_fe51_cb61n,
    AddArgs: 0x3be4_45d3_e4fd_6512n,
    AddEnvirons: 0x73a3_c97f_a7fe_1779n,
    AddNames: 0x2579_ee2c_7be2_8662n,
    AddHandles: 0x5102_5267_a537_a615n,
    SetOptions: 0x5b92_5761_47eb_fd87n,
  },
  "fuchsia.process/Resolver": { Resolve: 0x3c15_951e_fde8_9c90n },
  "fuchsia.io/Node": {
    Clone: 0x5a61_678f_293c_e16fn,
    Close: 0x5309_c5bd_1c33_dc44n,
    Describe: 0x0ffc_ec21_5078_dea0n,
    OnOpen: 0x7fc7_bbb1_dbfd_1972n,
    Sync: 0x189d_8832_6c18_b519n,
    GetAttr: 0x7898_5e21_6314_dafdn,
    SetAttr: 0x4186_c0f4_0d93_8f46n,
    NodeGetFlags: 0x5b88_fffb_8eda_3aa1n,
    NodeSetFlags: 0x5295_b76c_71fd_e733n,
  },
  "fuchsia.io/File": {
    Read: 0x29b2_b707_4c95_208cn,
    ReadAt: 0x6527_ee3f_bc9c_5749n,
    Write: 0x3b64_32f5_7914_225bn,
    WriteAt: 0x4b29_e158_2ab3_79e4n,
    Seek: 0x3249_68e9_b8a0_e394n,
    Truncate: 0x5ec8_f337_359a_2ddbn,
    GetFlags: 0x200b_e82c_a523_ab96n,
    SetFlags: 0x713f_3752_5867_1141n,
    GetBuffer: 0x4b93_b848_6666_d951n,
  },
  "fuchsia.io/Directory": {
    Open: 0x2c50_4456_1d68_5ec0n,
    Unlink: 0x5a0f_f907_60a8_bc23n,
    ReadDirents: 0x3582_806b_f27f_aa0an,
    Rewind: 0x16b1_202a_f0f3_4c71n,
    GetToken: 0x26ae_9d18_763c_8655n,
    Rename: 0x0a8e_00a2_47f3_c905n,
    Link: 0x7406_04c0_c7c9_30e7n,
    Watch: 0x5717_193a_59d6_6d91n,
  },
};

test("ordinals are those that are published", (t) => {
  for (const protocol of [Loader, Launcher, Resolver, Node, File, Directory]) {
    const methods: Readonly<Record<string, Method>> = protocol.methods;
    for (const [method, ordinal] of Object.entries(ORDINALS[protocol.name]!)) {
      t.is(methodOrdinal(protocol.name, method), ordinal, method);
      t.is(methods[method]?.ordinal, ordinal, method);
      t.is(protocol.method(ordinal)?.name, method);
    }
  }
});

test("composed methods keep their ordinals", (t) => {
  t.is(File.methods.Describe.ordinal, Node.methods.Describe.ordinal);
  t.is(Directory.methods.OnOpen.ordinal, Node.methods.OnOpen.ordinal);
  t.is(File.method(0x5309_c5bd_1c33_dc44n)?.name, "Close");
});
