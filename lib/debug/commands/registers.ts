import type { Commands, Conversation } from "../conversation.js";
import { bytesOfHex, countOf } from "../hex.js";
import { ProtocolError } from "../protocol-error.js";
import { OFFSETS, type Register, RegisterFile, REGISTERS } from "../register-file.js";

/** Reading and writing registers: of the thread that is looked at, all or one. */
export const REGISTER_COMMANDS: Commands = {
  g: (suffix, conversation) => {
    const { thread } = asked(suffix, conversation);
    const file = new RegisterFile(thread);
    return REGISTERS.map((register) => file.get(register)).join("");
  },
  G: (argument, conversation) => {
    const { thread, rest } = asked(argument, conversation);
    const bytes = bytesOfHex(rest);
    const file = new RegisterFile(thread);
    REGISTERS.forEach((register, number) => {
      const at = OFFSETS[number]!;
      const end = at + register.bits / 8;
      if (end <= bytes.length) file.set(register, bytes.subarray(at, end));
    });
    file.apply();
    return "OK";
  },
  p: (argument, conversation) => {
    const { thread, rest } = asked(argument, conversation);
    return new RegisterFile(thread).get(registerOf(rest));
  },
  P: (argument, conversation) => {
    const { thread, rest } = asked(argument, conversation);
    const [number, digits = ""] = rest.split("=");
    const register = registerOf(number);
    const bytes = bytesOfHex(digits);
    if (bytes.length !== register.bits / 8) throw new ProtocolError("the value has another size");
    const file = new RegisterFile(thread);
    file.set(register, bytes);
    file.apply();
    return "OK";
  },
};

/** The thread that lldb names behind a request; gdb has said before which it is about. */
function asked(argument: string, conversation: Conversation) {
  const [rest = "", id] = argument.split(/;(?:thread:)?/);
  const thread = id === undefined || id === "" ? conversation.thread : conversation.find(id)[1];
  return { thread, rest };
}

function registerOf(number: string | undefined): Register {
  const register = REGISTERS[countOf(number)];
  if (register === undefined) throw new ProtocolError(`there is no register ${number}`);
  return register;
}
