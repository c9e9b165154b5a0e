import test from "ava";

import { HandleInfo, HandleInfoError, HandleType } from "../index.js";

test("a handle info's number has the type below and the argument above", (t) => {
  t.is(new HandleInfo(HandleType.FileDescriptor, 2).raw, 0x0002_0030);
  t.is(new HandleInfo(HandleType.User0, 0xffff).raw, 0xffff_00f0);
  t.is(String(new HandleInfo(HandleType.User1)), "User1(0)");
});

test("types have the numbers of zircon/processargs.h", (t) => {
  t.deepEqual(
    { ...HandleType },
    {
      ProcessSelf: 0x01,
      ThreadSelf: 0x02,
      DefaultJob: 0x03,
      RootVmar: 0x04,
      LoadedVmar: 0x05,
      LdsvcLoader: 0x10,
      VdsoVmo: 0x11,
      StackVmo: 0x13,
      ExecutableVmo: 0x14,
      BootdataVmo: 0x1a,
      BootfsVmo: 0x1b,
      KernelFileVmo: 0x1c,
      ComponentConfigVmo: 0x1d,
      NamespaceDirectory: 0x20,
      FileDescriptor: 0x30,
      Lifecycle: 0x3a,
      DirectoryRequest: 0x3b,
      EscrowedDictionary: 0x3c,
      LogSink: 0x3d,
      Resource: 0x3f,
      ClockUtc: 0x40,
      MmioResource: 0x50,
      IrqResource: 0x51,
      IoportResource: 0x52,
      SmcResource: 0x53,
      SystemResource: 0x54,
      User0: 0xf0,
      User1: 0xf1,
      User2: 0xf2,
    },
  );
});

test("every type comes back from its number", (t) => {
  for (const type of Object.values(HandleType)) {
    const info = HandleInfo.fromRaw(new HandleInfo(type, 7).raw);
    t.deepEqual([info.type, info.arg], [type, 7]);
  }
});

test("numbers that are no handle infos are refused with upstream's texts", (t) => {
  const unknown = t.throws(() => HandleInfo.fromRaw(0x0001_00ee), {
    instanceOf: HandleInfoError,
    code: "ZX_ERR_INVALID_ARGS",
    message: "Unknown handle type for HandleInfo: 0x100ee",
  });
  t.is(unknown?.kind, "UnknownHandleType");
  const invalid = t.throws(() => HandleInfo.fromRaw(0x0001_0130), {
    instanceOf: HandleInfoError,
    message: "Invalid value for HandleInfo: 0x10130",
  });
  t.is(invalid?.kind, "InvalidHandleInfo");
  t.is(invalid?.raw, 0x10130);
});

test("misuse is a TypeError or a RangeError", (t) => {
  t.throws(() => new HandleInfo(3.5 as never), {
    instanceOf: TypeError,
    code: "ERR_INVALID_ARG_VALUE",
  });
  t.throws(() => new HandleInfo(HandleType.User0, 0x1_0000), {
    instanceOf: RangeError,
    code: "ERR_OUT_OF_RANGE",
  });
  t.throws(() => HandleInfo.fromRaw("1" as never), {
    instanceOf: TypeError,
    code: "ERR_INVALID_ARG_TYPE",
  });
});
