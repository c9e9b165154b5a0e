import { statusOf } from "../../base/errors.js";
import { encodeEpitaph } from "../../fidl/message.js";
import type { WireFormat } from "../../fidl/wire.js";
import type { Channel } from "../../handles/channel.js";
import { send } from "../session.js";

/** What a method has come to: a response, or the status of what it threw. */
export interface Outcome<T> {
  readonly result:
    | { readonly kind: "response"; readonly value: T }
    | { readonly kind: "err"; readonly value: number };
}

/** The reply of a method that can fail. */
export async function answer<T extends object>(body: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { result: { kind: "response", value: await body() } };
  } catch (error) {
    return { result: { kind: "err", value: statusOf(error) } };
  }
}

/** The reply of a method that says no more than whether it failed. */
export function attempt(body: () => unknown): Promise<Outcome<{}>> {
  return answer(async () => {
    await body();
    return {};
  });
}

/** Refuses a connection: closes its server end, after an epitaph. */
export function refuse(channel: Channel, error: unknown, format: WireFormat): void {
  send(channel, { bytes: encodeEpitaph(statusOf(error), format), handles: [] });
  channel.close();
}
