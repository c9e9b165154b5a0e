import type { BootstrapMessage, MessagePart } from "../../../lib/report/document.js";
import { h, table } from "../dom.js";
import { ascii, count, spaced } from "../format.js";

const COLUMNS = [
  { title: "Offset", className: "code number" },
  { title: "Bytes", className: "code bytes" },
  { title: "As text", className: "code bytes" },
  { title: "What it is", className: "code" },
  { title: "What it says" },
];

/** A bootstrap message, its bytes beside what they mean. */
export function bootstrapMessage(message: BootstrapMessage): HTMLElement {
  const { reader, bytes, parts, handles } = message;
  const whose = reader === "linker" ? "For the dynamic linker" : "For the program";
  const size = `${count(bytes.length / 2, "byte")}, ${count(handles.length, "handle")}`;
  return h(
    "details",
    { open: reader === "program" },
    h("summary", {}, `${whose}: ${size}`),
    h(
      "div",
      { className: "scrolls" },
      table(
        whose,
        COLUMNS,
        parts.map((part) => cells(bytes, part)),
      ),
    ),
  );
}

function cells(bytes: string, { offset, size, name, meaning }: MessagePart) {
  const own = bytes.slice(2 * offset, 2 * (offset + size));
  return [offset, spaced(own), ascii(own), name, meaning];
}
