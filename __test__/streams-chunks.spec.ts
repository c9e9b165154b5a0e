import { EventEmitter, once } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import { ReadableStream, WritableStream } from "node:stream/web";
import { setImmediate } from "node:timers/promises";

import test, { type ExecutionContext } from "ava";

import { type InputStream, Kernel, run, RunError, type RunOptions, spawn } from "../index.js";
import { staticPie } from "./support/elf-file.js";
import { host } from "./support/host.js";
import { nullKernel } from "./support/kernel.js";
import { guest, nativeTest, serialNativeTest } from "./support/native.js";

const PROBE = guest("probe");

/** What a program that copies its input writes. */
async function echo(stdin: unknown, options: RunOptions = {}): Promise<string> {
  const { stdout } = await run(PROBE, ["--echo"], { stdin: stdin as InputStream, ...options });
  return stdout;
}

function web(...chunks: unknown[]): unknown {
  return new ReadableStream({
    start(controller) {
      chunks.forEach((chunk) => controller.enqueue(chunk));
      controller.close();
    },
  });
}

/** A list in all the forms that input can have. */
const FORMS: Readonly<Record<string, (...chunks: unknown[]) => unknown>> = {
  "a Readable in object mode": (...chunks) => Readable.from(chunks),
  "a ReadableStream": web,
  "an array": (...chunks) => chunks,
  "a Set": (...chunks) => new Set(chunks),
  "a generator": function* (...chunks) {
    yield* chunks;
  },
  "an async generator": async function* (...chunks) {
    yield* chunks;
  },
  "a list of promises": (...chunks) => chunks.map((chunk) => Promise.resolve(chunk)),
};

nativeTest("text and bytes of every kind are input, in every form", async (t) => {
  const bytes = new Uint8Array([0, 98, 99, 0]);
  const chunks = [
    "",
    "ä",
    Buffer.from("b"),
    new Uint8Array([99]).buffer,
    new DataView(bytes.buffer, 1, 2),
    new Uint16Array([0x6564]),
  ];
  for (const [form, make] of Object.entries(FORMS)) {
    t.is(await echo(make(...chunks)), "äbcbcde", form);
  }
});

/** What is no chunk, and how it is described. */
const WRONG: readonly [chunk: unknown, described: string][] = [
  [{ a: 1 }, "an instance of Object"],
  [["x"], "an instance of Array"],
  [5, "5"],
  [5n, "5n"],
  [true, "true"],
  [Symbol("s"), "Symbol(s)"],
  [function named() {}, "function named"],
];

nativeTest("what is neither text nor bytes is a TypeError that says what it is", async (t) => {
  for (const [form, make] of Object.entries(FORMS)) {
    for (const [chunk, described] of WRONG) {
      await t.throwsAsync(
        echo(make("<", chunk, ">"), { reject: false }),
        {
          instanceOf: TypeError,
          code: "ERR_INVALID_ARG_TYPE",
          message: `The "options.stdin: chunk" argument must be a string or bytes. Received ${described}`,
        },
        form,
      );
    }
  }
  for (const nothing of [null, undefined]) {
    await t.throwsAsync(echo([nothing]), { code: "ERR_INVALID_ARG_TYPE" });
    await t.throwsAsync(echo(web(nothing)), { code: "ERR_INVALID_ARG_TYPE" });
  }
});

nativeTest("a child is told of such a chunk as well, and killed", async (t) => {
  const kernel = host();
  const child = spawn("/pkg/probe", ["--echo"], { context: kernel, stdio: [["<", 5] as string[]] });
  const [error] = (await once(child, "error")) as [Error];
  t.true(error instanceof TypeError);
  t.regex(error.message, /^The "options\.stdio\[0\]: chunk" argument must be/);
  await new Promise((resolve) => child.once("close", resolve));
  t.true(child.killed);
  await kernel[Symbol.asyncDispose]();
});

test("what is no input or output is refused before anything is done", async (t) => {
  const kernel = nullKernel(t);
  const before = kernel.stats();
  const locked = new ReadableStream();
  locked.getReader();
  const lockedOutput = new WritableStream();
  lockedOutput.getWriter();
  const refused: [options: object, code: string][] = [
    [{ stdin: "text" }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: new Uint8Array(1) }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: new ArrayBuffer(1) }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: {} }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: 0 }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: null }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: new Writable() }, "ERR_INVALID_ARG_TYPE"],
    [{ stdin: locked }, "ERR_INVALID_ARG_VALUE"],
    [{ input: 5 }, "ERR_INVALID_ARG_TYPE"],
    [{ input: ["text"] }, "ERR_INVALID_ARG_TYPE"],
    [{ stdout: new Readable() }, "ERR_INVALID_ARG_TYPE"],
    [{ stdout: [] }, "ERR_INVALID_ARG_TYPE"],
    [{ stderr: null }, "ERR_INVALID_ARG_TYPE"],
    [{ stderr: lockedOutput }, "ERR_INVALID_ARG_VALUE"],
    [{ maxBuffer: -1 }, "ERR_OUT_OF_RANGE"],
    [{ maxBuffer: Number.NaN }, "ERR_OUT_OF_RANGE"],
    [{ maxBuffer: "1" }, "ERR_INVALID_ARG_TYPE"],
    [{ signal: { abort: true } }, "ERR_INVALID_ARG_TYPE"],
  ];
  for (const [options, code] of refused) {
    await t.throwsAsync(run(staticPie(), [], { kernel, ...options }), { code });
  }
  t.deepEqual(kernel.stats(), before);
});

async function echoInput(input: NonNullable<RunOptions["input"]>): Promise<string> {
  return (await run(PROBE, ["--echo"], { input })).stdout;
}

nativeTest("input at hand is bytes of every kind", async (t) => {
  t.is(await echoInput(new Uint16Array([0x6261]).buffer), "ab");
  t.is(await echoInput(new DataView(new Uint8Array([1, 97]).buffer, 1)), "a");
  t.is(await echoInput(""), "");
});

nativeTest(
  "an iterator is returned once a program takes no more, and not waited for",
  async (t) => {
    let returned = 0;
    const list = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: "x".repeat(1 << 16) }),
        return: () => {
          returned += 1;
          return new Promise<never>(() => {});
        },
      }),
    };
    await run(PROBE, ["--exit=0"], { stdin: list });
    t.is(returned, 1);
  },
);

nativeTest("what an iterator throws when it is returned is nobody's", async (t) => {
  for (const fail of [
    () => Promise.reject(new Error("no")),
    () => {
      throw new Error("no");
    },
  ]) {
    const list = {
      [Symbol.iterator]: () => ({ next: () => ({ done: false, value: "x" }), return: fail }),
    };
    t.is((await run(PROBE, ["--exit=0"], { stdin: list as never })).exitCode, 0);
  }
});

nativeTest("an iterator that has ended, or was never begun, is not returned", async (t) => {
  let begun = 0;
  let returned = 0;
  const list = {
    *[Symbol.iterator]() {
      begun += 1;
      try {
        yield "x";
      } finally {
        returned += 1;
      }
    },
  };
  await t.throwsAsync(run("no/such/file", [], { stdin: list }), { code: "ENOENT" });
  t.is(begun, 0);
  t.is(await echo(list), "x");
  t.is(returned, 1);
});

nativeTest("an endless list does not keep a program from being timed out", async (t) => {
  for (const chunk of ["", "x", "x".repeat(4096)]) {
    const list = (function* () {
      for (;;) yield chunk;
    })();
    await t.throwsAsync(echo(list, { stdout: "ignore", timeout: 20 }), { code: "ETIMEDOUT" });
  }
});

nativeTest("a stream that breaks as soon as it is read ends the program", async (t) => {
  const stream = Object.assign(new EventEmitter(), {
    pipe: () => {},
    resume: () => stream.emit("error", new Error("broken")),
  });
  const { message } = (await t.throwsAsync(echo(stream)))!;
  t.is(message, "probe --echo: stdin failed: broken");
});

/** How many listeners a stream has to what it tells of its state. */
function counts(stream: NodeJS.EventEmitter): number[] {
  const events = ["data", "readable", "end", "close", "drain", "finish"];
  return events.map((event) => stream.listenerCount(event));
}

nativeTest("streams are left as they were, but for one listener to errors to come", async (t) => {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const before = [counts(stdin), counts(stdout)];
  const warned: Error[] = [];
  const warn = (warning: Error) => warned.push(warning);
  process.on("warning", warn);
  for (let repeat = 0; repeat < 20; repeat++) {
    await run(PROBE, ["--stdout=x"], { stdin, stdout });
  }
  await setImmediate();
  process.off("warning", warn);
  t.deepEqual(warned, []);
  t.deepEqual([counts(stdin), counts(stdout)], before);
  t.deepEqual(
    [stdin, stdout].map((stream) => stream.listenerCount("error")),
    [1, 1],
  );
  t.deepEqual([stdin.destroyed, stdout.destroyed, stdout.writableEnded], [false, false, false]);
  t.is(String(stdout.read()), "x\n".repeat(20));
});

nativeTest("input that was not taken is still there", async (t) => {
  const stdin = new PassThrough();
  stdin.end("kept");
  await t.throwsAsync(run("no/such/file", [], { stdin }), { code: "ENOENT" });
  t.is(await echo(stdin), "kept");
  const flowing = new PassThrough();
  const data: string[] = [];
  flowing.on("data", (chunk: Buffer) => data.push(chunk.toString()));
  await run(PROBE, ["--exit=0"], { stdin: flowing });
  t.true(flowing.readableFlowing);
  flowing.write("later");
  await setImmediate();
  t.deepEqual(data, ["later"]);
});

nativeTest("streams of the web's are unlocked afterwards, and open", async (t) => {
  let cancelled = false;
  const stdin = new ReadableStream({ cancel: () => void (cancelled = true) });
  const text: string[] = [];
  const stdout = new WritableStream<Uint8Array>({
    write: (chunk) => void text.push(Buffer.from(chunk).toString()),
  });
  await run(PROBE, ["--stdout=x"], { stdin, stdout });
  t.deepEqual([stdin.locked, stdout.locked, cancelled], [false, false, false]);
  await stdout.getWriter().write(Buffer.from("more"));
  t.deepEqual(text, ["x\n", "more"]);
});

/** Both outputs of a program that go to one stream. */
async function both(t: ExecutionContext, stream: RunOptions["stdout"], text: () => string) {
  const args = ["--stdout=a", "--stderr=b", "--stdout=c"];
  await run(PROBE, args, { stdout: stream!, stderr: stream! });
  t.is([...text()].sort().join("").trim(), "abc");
}

nativeTest("both outputs can go to one stream, of Node's or of the web's", async (t) => {
  let text = "";
  const add = (chunk: Uint8Array) => void (text += Buffer.from(chunk).toString());
  await both(t, new WritableStream({ write: add }), () => text);
  text = "";
  const node = new Writable({ write: (chunk: Buffer, _, done) => done(add(chunk) as undefined) });
  await both(t, node, () => text);
  const kernel = host();
  text = "";
  const shared = new WritableStream({ write: add });
  const child = spawn("/pkg/probe", ["--stdout=a", "--stderr=b"], {
    context: kernel,
    stdio: ["ignore", shared, shared],
  });
  await once(child, "close");
  t.is([...text].sort().join("").trim(), "ab");
  t.false(shared.locked);
  await kernel[Symbol.asyncDispose]();
});

nativeTest("a stream in object mode gets Buffers", async (t) => {
  const chunks: unknown[] = [];
  const stdout = new Writable({
    objectMode: true,
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  await run(PROBE, ["--stdout=hi"], { stdout });
  t.true(chunks.every((chunk) => Buffer.isBuffer(chunk)));
  t.is(chunks.join(""), "hi\n");
});

nativeTest("a stream that breaks early rejects with its error as the cause", async (t) => {
  const broken = new Error("broken");
  for (const file of [PROBE, "no/such/file"]) {
    const stdin = new Readable({ read() {} });
    const running = run(file, ["--echo"], { stdin, reject: false });
    stdin.destroy(broken);
    const name = file === PROBE ? "probe" : "file";
    const error = await t.throwsAsync(running, {
      instanceOf: RunError,
      code: "ERR_ZIRCONIA_STREAM",
      message: `${name} --echo: stdin failed: broken`,
    });
    t.is(error?.cause, broken);
    t.is(error?.returnCode, -1024n);
  }
});

nativeTest("what a stream breaks with has its code, and need not be an error", async (t) => {
  const coded = Object.assign(new Error("broken"), { code: "EBROKEN" });
  for (const [reason, code, text] of [
    [coded, "EBROKEN", "broken"],
    ["a word", "ERR_ZIRCONIA_STREAM", "a word"],
    [{ code: 5 }, "ERR_ZIRCONIA_STREAM", "[object Object]"],
  ] as const) {
    const stdout = new WritableStream({ start: (controller) => controller.error(reason) });
    const error = await t.throwsAsync(run(PROBE, [], { stdout }), {
      code,
      message: `probe: stdout failed: ${text}`,
    });
    t.is(error?.cause, reason);
  }
});

serialNativeTest("nothing is left of runs whose streams break", async (t) => {
  await using kernel = new Kernel();
  await run(PROBE, [], { kernel });
  const before = kernel.stats();
  for (const options of [
    { stdin: new Readable().destroy() },
    { stdout: new Writable().destroy() },
    { stdin: [5] },
    {
      stdin: new Readable({
        read: () => {
          throw new Error("no");
        },
      }),
    },
    {
      stdout: new Writable({
        write: () => {
          throw new Error("no");
        },
      }),
    },
  ] as RunOptions[]) {
    await t.throwsAsync(run(PROBE, ["--stdout=x", "--echo"], { kernel, ...options }));
    t.deepEqual(kernel.stats(), before);
  }
});
