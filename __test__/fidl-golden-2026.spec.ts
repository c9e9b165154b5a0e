import test from "ava";

import { ZxStatus } from "../index.js";
import * as fidl from "../lib/fidl/index.js";
import { encodeEpitaph } from "../lib/fidl/message.js";
import type { Methods, Protocol } from "../lib/fidl/protocol.js";
import { hex } from "./support/fidl.js";
import { golden } from "./support/golden.js";
import { nullKernel } from "./support/kernel.js";

const { Directory, ExtendedAttributeIterator, File, Flags, Node, NodeAttributesQuery, Symlink } =
  fidl.io2026;

const V2 = [2];
const PRESENT = "ff ff ff ff ff ff ff ff";

/** Ordinals as the first eight bytes of the SHA-256 of the methods' selectors. */
const ORDINALS: readonly (readonly [Protocol<Methods>, Readonly<Record<string, bigint>>])[] = [
  [
    Node,
    {
      Clone: 0x20d8_a7ab_a216_8a79n,
      Close: 0x5ac5_d459_ad7f_657en,
      Query: 0x2658_edee_9dec_fc06n,
      OnRepresentation: 0x5cb4_0567_d80a_510cn,
      GetAttributes: 0x3d43_96a6_38ea_053bn,
      UpdateAttributes: 0x3308_c1da_5a89_bf08n,
      Sync: 0x2c5c_27ca_0ab5_dc49n,
      GetFlags: 0x0176_eb31_8f64_ec23n,
      SetFlags: 0x55a8_0286_8579_1ea8n,
      QueryFilesystem: 0x6f34_4a1c_6b0a_0610n,
      ListExtendedAttributes: 0x4b61_033d_e007_fcd0n,
      GetExtendedAttribute: 0x45ff_a3cc_fdeb_76dbn,
      SetExtendedAttribute: 0x4a95_1362_f681_f23cn,
      RemoveExtendedAttribute: 0x7a0b_9f3a_9bf9_032dn,
    },
  ],
  [ExtendedAttributeIterator, { GetNext: 0x03ba_664a_1c2e_45a7n }],
  [
    Directory,
    {
      Open: 0x568d_dcb9_a9cb_b6d9n,
      ReadDirents: 0x3582_806b_f27f_aa0an,
      Rewind: 0x16b1_202a_f0f3_4c71n,
      GetToken: 0x26ae_9d18_763c_8655n,
      Link: 0x7406_04c0_c7c9_30e7n,
      Unlink: 0x750a_0326_a78d_7bedn,
      Rename: 0x7060_e772_3b99_28den,
      CreateSymlink: 0x21ce_0f19_ec04_3889n,
      Watch: 0x5717_193a_59d6_6d91n,
      AdvisoryLock: 0x6ee9_c0ad_53ec_87aan,
    },
  ],
  [
    File,
    {
      AdvisoryLock: 0x6ee9_c0ad_53ec_87aan,
      Describe: 0x68b5_ac00_c629_06bcn,
      Read: 0x057e_419a_298c_8eden,
      ReadAt: 0x1607_a293_a60d_723en,
      Write: 0x6a31_4378_3246_9f82n,
      WriteAt: 0x793e_efc0_045e_792bn,
      Seek: 0x7807_9168_162c_5207n,
      Resize: 0x2b80_825f_0535_743an,
      GetBackingMemory: 0x00a6_a9e6_54cb_f62bn,
      Allocate: 0x77fa_0c33_0b57_fd2en,
      EnableVerity: 0x2c42_1ec3_faae_b8bbn,
      LinkInto: 0x54f3_9492_46a0_3e74n,
    },
  ],
  [Symlink, { LinkInto: 0x54f3_9492_46a0_3e74n, Describe: 0x742c_2ea5_e898_31f3n }],
];

test("ordinals are those of the names that methods were born with", (t) => {
  for (const [protocol, expected] of ORDINALS) {
    const own = protocol.allMethods.filter((method) => method.protocol === protocol.name);
    const ordinals = own.map(({ name, ordinal }) => [name, ordinal]);
    t.deepEqual(Object.fromEntries(ordinals), expected, protocol.name);
  }
  t.is(Directory.methods.Close.ordinal, Node.methods.Close.ordinal);
});

test("only methods that may be unknown have the dynamic flag", (t) => {
  const all = new Set(ORDINALS.flatMap(([protocol]) => protocol.allMethods));
  const flexible = [...all].filter(({ isFlexible }) => isFlexible === true);
  const names = new Set(flexible.map(({ name }) => name));
  t.deepEqual([...names].sort(), [
    "Allocate",
    "Describe",
    "EnableVerity",
    "GetFlags",
    "Open",
    "SetFlags",
  ]);
  t.not(File.methods.Describe.isFlexible, true);
});

test("Directory.Open request, without options and with", (t) => {
  const [, object] = nullKernel(t).createChannel();
  const { members } = Flags;
  const flags =
    0xd3n | // rx, without rights to change and to execute
    members.PERM_INHERIT_WRITE |
    members.PERM_INHERIT_EXECUTE |
    members.PROTOCOL_DIRECTORY |
    members.FLAG_SEND_REPRESENTATION;
  t.is(flags, 0x100_0008_60d3n);
  const request = {
    parameters: Directory.methods.Open.request,
    method: Directory.methods.Open,
    txid: 0,
    handles: [object],
  };
  const head = "00 00 00 00 02 00 80 01 d9 b6 cb a9 b9 dc 8d 56";
  const value = { path: "bin", flags, object };
  golden(
    t,
    {
      ...request,
      value: { ...value, options: {} },
      bytes: `${head} 03 00 00 00 00 00 00 00 ${PRESENT}
        d3 60 08 00 00 01 00 00 00 00 00 00 00 00 00 00
        ${PRESENT} ff ff ff ff 00 00 00 00 62 69 6e 00 00 00 00 00`,
    },
    V2,
  );
  const attributes = NodeAttributesQuery.members.CONTENT_SIZE | NodeAttributesQuery.members.ID;
  golden(
    t,
    {
      ...request,
      value: { ...value, options: { attributes } },
      bytes: `${head} 03 00 00 00 00 00 00 00 ${PRESENT}
        d3 60 08 00 00 01 00 00 01 00 00 00 00 00 00 00
        ${PRESENT} ff ff ff ff 00 00 00 00 62 69 6e 00 00 00 00 00
        08 00 00 00 00 00 00 00 24 00 00 00 00 00 00 00`,
    },
    V2,
  );
});

test("OnRepresentation of a directory, and of files with a stream and without", (t) => {
  const event = {
    parameters: Node.methods.OnRepresentation.response,
    method: Node.methods.OnRepresentation,
    txid: 0,
  };
  const head = "00 00 00 00 02 00 00 01 0c 51 0a d8 67 05 b4 5c";
  golden(
    t,
    {
      ...event,
      value: { payload: { kind: "directory", value: {} } },
      handles: [],
      bytes: `${head} 02 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 ${PRESENT}`,
    },
    V2,
  );
  golden(
    t,
    {
      ...event,
      value: { payload: { kind: "file", value: { isAppend: false } } },
      handles: [],
      bytes: `${head} 03 00 00 00 00 00 00 00 18 00 00 00 00 00 00 00
        01 00 00 00 00 00 00 00 ${PRESENT} 00 00 00 00 00 00 01 00`,
    },
    V2,
  );
  const stream = nullKernel(t).createEvent();
  golden(
    t,
    {
      ...event,
      value: { payload: { kind: "file", value: { isAppend: false, stream } } },
      handles: [stream],
      bytes: `${head} 03 00 00 00 00 00 00 00 28 00 00 00 01 00 00 00
        03 00 00 00 00 00 00 00 ${PRESENT}
        00 00 00 00 00 00 01 00 00 00 00 00 00 00 00 00 ff ff ff ff 01 00 01 00`,
    },
    V2,
  );
});

test("replies tell what a method has come to, or its status", (t) => {
  const reading = { parameters: File.methods.Read.response, method: File.methods.Read, txid: 5 };
  const head = "05 00 00 00 02 00 00 01 de 8e 8c 29 9a 41 7e 05";
  golden(
    t,
    {
      ...reading,
      value: { result: { kind: "response", value: { data: Uint8Array.of(0x68, 0x69, 0x0a) } } },
      handles: [],
      bytes: `${head} 01 00 00 00 00 00 00 00 18 00 00 00 00 00 00 00
        03 00 00 00 00 00 00 00 ${PRESENT} 68 69 0a 00 00 00 00 00`,
    },
    V2,
  );
  golden(
    t,
    {
      ...reading,
      value: { result: { kind: "err", value: ZxStatus.NOT_SUPPORTED } },
      handles: [],
      bytes: `${head} 02 00 00 00 00 00 00 00 fe ff ff ff 00 00 01 00`,
    },
    V2,
  );
  golden(
    t,
    {
      parameters: Node.methods.Close.response,
      method: Node.methods.Close,
      txid: 5,
      value: { result: { kind: "response", value: {} } },
      handles: [],
      bytes: `05 00 00 00 02 00 00 01 7e 65 7f ad 59 d4 c5 5a
        01 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00`,
    },
    V2,
  );
  golden(
    t,
    {
      parameters: Node.methods.GetFlags.response,
      method: Node.methods.GetFlags,
      txid: 5,
      value: { result: { kind: "frameworkErr", value: -2 } },
      handles: [],
      bytes: `05 00 00 00 02 00 80 01 23 ec 64 8f 31 eb 76 01
        03 00 00 00 00 00 00 00 fe ff ff ff 00 00 01 00`,
    },
    V2,
  );
});

test("a VMO comes within its envelope, and an epitaph is the status alone", (t) => {
  const vmo = nullKernel(t).createVmo(1n);
  golden(
    t,
    {
      parameters: File.methods.GetBackingMemory.response,
      method: File.methods.GetBackingMemory,
      txid: 5,
      value: { result: { kind: "response", value: { vmo } } },
      handles: [vmo],
      bytes: `05 00 00 00 02 00 00 01 2b f6 cb 54 e6 a9 a6 00
        01 00 00 00 00 00 00 00 ff ff ff ff 01 00 01 00`,
    },
    V2,
  );
  t.deepEqual(
    encodeEpitaph(ZxStatus.NOT_FOUND, 2),
    hex(`00 00 00 00 02 00 00 01 ${PRESENT} e7 ff ff ff 00 00 00 00`),
  );
});

test("requests of files and directories", (t) => {
  const token = nullKernel(t).createEvent();
  golden(
    t,
    {
      parameters: File.methods.Seek.request,
      method: File.methods.Seek,
      txid: 5,
      value: { origin: 2, offset: -1n },
      handles: [],
      bytes: `05 00 00 00 02 00 00 01 07 52 2c 16 68 91 07 78
        02 00 00 00 00 00 00 00 ff ff ff ff ff ff ff ff`,
    },
    V2,
  );
  golden(
    t,
    {
      parameters: Directory.methods.Unlink.request,
      method: Directory.methods.Unlink,
      txid: 5,
      value: { name: "d", options: { flags: 1n } },
      handles: [],
      bytes: `05 00 00 00 02 00 00 01 ed 7b 8d a7 26 03 0a 75
        01 00 00 00 00 00 00 00 ${PRESENT} 01 00 00 00 00 00 00 00 ${PRESENT}
        64 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00`,
    },
    V2,
  );
  golden(
    t,
    {
      parameters: Directory.methods.Rename.request,
      method: Directory.methods.Rename,
      txid: 5,
      value: { src: "a", dstParentToken: token, dst: "b" },
      handles: [token],
      bytes: `05 00 00 00 02 00 00 01 de 28 99 3b 72 e7 60 70
        01 00 00 00 00 00 00 00 ${PRESENT} ff ff ff ff 00 00 00 00
        01 00 00 00 00 00 00 00 ${PRESENT}
        61 00 00 00 00 00 00 00 62 00 00 00 00 00 00 00`,
    },
    V2,
  );
  golden(
    t,
    {
      parameters: Node.methods.UpdateAttributes.request,
      method: Node.methods.UpdateAttributes,
      txid: 5,
      value: { payload: { modificationTime: 1n } },
      handles: [],
      bytes: `05 00 00 00 02 00 00 01 08 bf 89 5a da c1 08 33
        02 00 00 00 00 00 00 00 ${PRESENT}
        00 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00`,
    },
    V2,
  );
});
