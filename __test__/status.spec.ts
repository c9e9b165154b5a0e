import test from "ava";

import { statusName, ZirconiaError, ZxError, ZxStatus } from "../index.js";

test("an error's code is the name of its status, and a code for a status without one", (t) => {
  for (const [name, status] of Object.entries(ZxStatus)) {
    t.is(new ZirconiaError("it failed", status).code, `ZX_ERR_${name}`);
  }
  for (const status of [-5, -5050, -(2 ** 31), 1]) {
    const error = new ZxError("zx_object_get_info", status);
    t.is(error.code, "ZX_ERR_UNKNOWN");
    t.is(error.status, status);
    t.is(error.message, `zx_object_get_info: Unknown zircon status code: ${status}`);
    t.is(statusName(status), `Unknown zircon status code: ${status}`);
  }
});
