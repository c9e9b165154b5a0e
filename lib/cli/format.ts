import type { DecodedMessage, MappingInfo } from "../../index.js";
import { hex, hexBytes, permissions, printable, quoted } from "../base/text.js";

/** An address space, one line for each VMAR and mapping. */
export function formatMaps(maps: readonly MappingInfo[]): string[] {
  return maps.map((line) => {
    const range = `${hex(line.base)}..${hex(line.base + line.size)}`;
    const indent = "  ".repeat(line.depth);
    if (line.type === "vmar") return `${indent}${range}  VMAR ${line.koid}`;
    const offset = line.vmoOffset === 0n ? "" : ` + ${hex(line.vmoOffset)}`;
    return `${indent}${range}  ${permissions(line.permissions)}  ${printable(line.name)}${offset}`;
  });
}

/** A bootstrap message, one line for each thing it tells. */
export function formatMessage(message: DecodedMessage): string[] {
  return [
    ...message.handleInfos.map((info, index) => `handle[${index}] = ${info}`),
    ...formatStrings(message),
  ];
}

/** The strings of a bootstrap message, one line for each. */
export function formatStrings(message: DecodedMessage): string[] {
  return [
    ...list("args", message.args),
    ...list("environ", message.environmentVars),
    ...list("names", message.namespacePaths),
  ];
}

function list(name: string, values: readonly string[]): string[] {
  return values.map((value, index) => `${name}[${index}] = ${quoted(value)}`);
}

/** Bytes, 16 to a line: where they are, in hexadecimal, and as ASCII. */
export function hexDump(bytes: Uint8Array): string[] {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const text = Buffer.from(row)
      .toString("latin1")
      .replace(/[^ -~]/g, ".");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hexBytes(row).padEnd(47)}  ${text}`);
  }
  return lines;
}

/** Rows in columns as wide as their widest cell; cells that look like numbers go to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^(0x)?[0-9a-f]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
