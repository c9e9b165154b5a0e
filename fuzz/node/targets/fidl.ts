/**
 * Messages of every method of the package's protocols: what can be read is written again as it was.
 */
import assert from "node:assert/strict";

import { Handle } from "../../../index.js";
import { closeHandles } from "../../../lib/fidl/handles.js";
import * as fidl from "../../../lib/fidl/index.js";
import { decodeBody, decodeHeader, encodeBody, type Header } from "../../../lib/fidl/message.js";
import { type Methods, Protocol } from "../../../lib/fidl/protocol.js";
import { CHANNEL, clients, inputOf, kernel, kindsOf, messagesOf } from "../input.js";
import { FORMATS, parametersOf, wordsOf, zeros } from "../seeds.js";
import type { Target } from "../target.js";

const PROTOCOLS = [fidl.io, fidl.io2026, fidl.ldsvc, fidl.process]
  .flatMap((library) => Object.values(library) as unknown[])
  .filter((value): value is Protocol<Methods> => value instanceof Protocol);
const ALL = parametersOf(PROTOCOLS);

export const target: Target = {
  seeds: ALL.flatMap(({ method, parameters }, place) =>
    FORMATS.flatMap((format) =>
      [0, kindsOf(CHANNEL)].map((kinds) =>
        inputOf([{ bytes: zeros(method, parameters, format), place, kinds }]),
      ),
    ),
  ),
  dictionary: wordsOf(PROTOCOLS),

  run(input) {
    const before = kernel.stats();
    for (const { place, bytes, handles: make } of messagesOf(input)) {
      const handles = make();
      const { parameters } = ALL[place % ALL.length]!;
      let header: Header;
      try {
        header = decodeHeader(bytes);
      } catch (error) {
        assert.ok(error instanceof fidl.FidlError, String(error));
        handles.forEach((handle) => handle.close());
        continue;
      }
      const { length } = handles;
      let value;
      try {
        value = decodeBody({ bytes, handles }, header.format, parameters);
      } catch (error) {
        assert.ok(error instanceof fidl.FidlError, String(error));
        continue;
      }
      if (hasUnknown(value)) {
        closeHandles(value);
        continue;
      }
      const again = encodeBody(header, parameters, value);
      assert.deepEqual(again.bytes.subarray(16), bytes.subarray(16));
      assert.equal(again.handles.length, length);
      again.handles.forEach((handle) => handle.close());
    }
    clients.splice(0).forEach((client) => client.close());
    assert.deepEqual(kernel.stats(), before);
  },
};

/** Whether a union in it is one that this package does not know, which is read and never written. */
function hasUnknown(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Handle) return false;
  return ("kind" in value && value.kind === "unknown") || Object.values(value).some(hasUnknown);
}
