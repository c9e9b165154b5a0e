import type { Commands } from "../conversation.js";
import { bytesOfHex, countOf } from "../hex.js";
import { ProtocolError } from "../protocol-error.js";
import { OFFSETS, type Register, RegisterFile, REGISTERS } from "../register-file.js";

/** Reading and writing registers: of the thread that is looked at, all or one. */
export const REGISTER_COMMANDS: Commands = {
  g: (_, { thread }) => {
    const file = new RegisterFile(thread);
    return REGISTERS.map((register) => file.get(register)).join("");
  },
  G: (digits, { thread }) => {
    const bytes = bytesOfHex(digits);
    const file = new RegisterFile(thread);
    REGISTERS.forEach((register, number) => {
      const at = OFFSETS[number]!;
      const end = at + register.bits / 8;
      if (end <= bytes.length) file.set(register, bytes.subarray(at, end));
    });
    file.apply();
    return "OK";
  },
  p: (number, { thread }) => new RegisterFile(thread).get(registerOf(number)),
  P: (argument, { thread }) => {
    const [number, digits = ""] = argument.split("=");
    const register = registerOf(number);
    const bytes = bytesOfHex(digits);
    if (bytes.length !== register.bits / 8) throw new ProtocolError("the value has another size");
    const file = new RegisterFile(thread);
    file.set(register, bytes);
    file.apply();
    return "OK";
  },
};

function registerOf(number: string | undefined): Register {
  const register = REGISTERS[countOf(number)];
  if (register === undefined) throw new ProtocolError(`there is no register ${number}`);
  return register;
}
