import { Command, InvalidArgumentError } from "commander";

import { hex, printable } from "../base/text.js";
import { errorDetails } from "./error-details.js";
import { formatMessage } from "./format.js";
import { ExitCode, writeJson } from "./process.js";
import { contentOf, STDIN } from "./standard-input.js";
import { stderr, stdout } from "./standard-output.js";

interface DecodeOptions {
  hex?: true;
  handles?: number;
  json?: true;
}

/** Where the header says that handle infos and arguments begin. */
const HANDLE_INFO_OFF = 8;
const ARGS_OFF = 12;
const HANDLE_INFO_SIZE = 4;
const MAX_HANDLES = 64;
/** Bytes in a message, at most, and in a text with one in hexadecimal digits. */
const MAX_SIZE = 65_536;
const MAX_TEXT = 1 << 24;

function handleCount(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) > MAX_HANDLES) {
    throw new InvalidArgumentError(`It is a number from 0 to ${MAX_HANDLES}.`);
  }
  return Number(value);
}

const decode = new Command("decode")
  .description("Take a bootstrap message (processargs) apart.")
  .argument("[file]", "the message's bytes; - for standard input", STDIN)
  .option("--hex", "the bytes are given as hexadecimal digits; spaces do not count")
  .option("--handles <n>", "how many handles came with it; by default what it says", handleCount)
  .option("--json", "print one JSON document")
  .addHelpText(
    "before",
    [
      "Examples:",
      "  zirconia message decode bootstrap.bin",
      "  zirconia plan --json ./hello | jq -r '.messages[0].bytes' | zirconia message decode --hex",
      "",
    ].join("\n"),
  )
  .addHelpText("after", "\nExits with 1 if the bytes are no such message.")
  .action(async (file: string, options: DecodeOptions) => {
    const { decodeMessage } = await import("../process-builder/message.js");
    const { MessageDecodeError } = await import("../base/errors.js");
    const { ZxStatus } = await import("../base/status.js");
    // What is larger is wrong whatever else is in it.
    const most = options.hex ? MAX_TEXT : MAX_SIZE;
    const content = await contentOf(file, most + 1);
    let bytes = content;
    try {
      if (content.length > most) {
        const text = `There are more than ${most} bytes, which no channel message is`;
        throw new MessageDecodeError("TooLarge", text, ZxStatus.INVALID_ARGS, 0, "message");
      }
      if (options.hex) bytes = fromHex(content.toString("latin1"));
      const message = decodeMessage(bytes, options.handles ?? statedHandles(bytes));
      if (options.json) {
        const { handleInfos, ...strings } = message;
        const handles = handleInfos.map(({ typeName, arg, raw }) => ({ type: typeName, arg, raw }));
        writeJson({ ok: true, size: bytes.length, handles, ...strings });
      } else {
        const lines = [`${bytes.length} bytes`, ...formatMessage(message)];
        stdout.write(`${lines.join("\n")}\n`);
      }
    } catch (error) {
      if (!(error instanceof MessageDecodeError)) throw error;
      if (options.json) {
        writeJson({ ok: false, size: bytes.length, error: errorDetails(error) });
      } else {
        const { message, field, offset } = error;
        stderr.write(`zirconia: ${printable(message)} (${field} at ${hex(offset)})\n`);
      }
      process.exitCode = ExitCode.Failed;
    }
  });

/** `zirconia message`: what is said to new processes. */
export const message = new Command("message")
  .description("Work with bootstrap messages.")
  .addCommand(decode);

function fromHex(text: string): Buffer {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new Error("The message is not made of pairs of hexadecimal digits");
  }
  return Buffer.from(digits, "hex");
}

/** How many handle infos there is room for. Whether that is right is for decoding to say. */
function statedHandles(bytes: Buffer): number {
  if (bytes.length < ARGS_OFF + 4) return 0;
  const room = bytes.readUInt32LE(ARGS_OFF) - bytes.readUInt32LE(HANDLE_INFO_OFF);
  return Math.min(Math.max(0, Math.floor(room / HANDLE_INFO_SIZE)), MAX_HANDLES);
}
