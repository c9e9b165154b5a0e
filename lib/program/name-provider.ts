import { NameProvider as NameProviderProtocol } from "../fidl/libraries/fuchsia-device.js";
import type { MethodsOf } from "../fidl/protocol.js";
import type { Context } from "../kernel/context.js";
import { Service, type Session } from "../service/service.js";

type NameProviderMethods = MethodsOf<typeof NameProviderProtocol>;

/** What devices are called that nobody has given a name. */
const NAME = "fuchsia";

/** Serves `fuchsia.device/NameProvider`, by which `uname` and `gethostname` know a name. */
export class NameProvider extends Service<NameProviderMethods> {
  constructor(context: Context) {
    super(NameProviderProtocol, context);
  }

  /** @internal */
  protected override accept(): Session<NameProviderMethods> {
    const result = { kind: "response", value: { name: NAME } } as const;
    return { answers: { getDeviceName: () => ({ result }) } };
  }
}
