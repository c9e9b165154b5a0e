import type { Method, Methods, Protocol } from "./protocol.js";
import type { FidlType } from "./type.js";

/**
 * A protocol in FIDL's own language, with the ordinals of its methods, after the types that it
 * needs.
 */
export function describe<M extends Methods>(protocol: Protocol<M>): string {
  const [library, name] = protocol.name.split("/");
  const declarations = new Set<string>();
  for (const method of protocol.allMethods) {
    for (const type of typesOf(method)) {
      declare(type, declarations);
    }
  }
  const methods = protocol.allMethods.map(
    (method) =>
      `    /// 0x${method.ordinal.toString(16).padStart(16, "0")}\n    ${signature(method)};\n`,
  );
  const parts = [
    `library ${library};`,
    ...declarations,
    `${protocol.openness === "closed" ? "" : `${protocol.openness} `}protocol ${name} {\n${methods.join("")}};`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function typesOf(method: Method): readonly FidlType<unknown>[] {
  const request = method.kind === "event" ? [] : (method.request.struct?.parts ?? []);
  const response = method.kind === "one-way" ? [] : (method.response.struct?.parts ?? []);
  return [...request, ...response];
}

/** Adds what a type is made of, and then the type itself. */
function declare(type: FidlType<unknown>, declarations: Set<string>): void {
  type.parts.forEach((part) => declare(part, declarations));
  if (type.declaration !== undefined) {
    declarations.add(type.declaration);
  }
}

function signature(method: Method): string {
  const { name, kind } = method;
  const strictness = method.isFlexible === true ? "flexible " : "";
  switch (kind) {
    case "one-way":
      return `${strictness}${name}(${method.request.name})`;
    case "two-way":
      return `${strictness}${name}(${method.request.name}) -> (${method.response.name})`;
    case "event":
      return `${strictness}-> ${name}(${method.response.name})`;
  }
}
