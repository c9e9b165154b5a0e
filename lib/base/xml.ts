/** What XML has no character for. */
const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** Text as it is in an attribute, between double quotes. */
export function xmlAttribute(text: string): string {
  return characters(text).replace(/[&<>"\t\n\r]/g, (char) => ENTITIES[char]!);
}

/** Text as it is in an element. Line breaks stay what they are. */
export function xmlContent(text: string): string {
  return characters(text).replace(/[&<>\r]/g, (char) => ENTITIES[char]!);
}

/** Text of XML's characters: what it has none for is told by its number. */
function characters(text: string): string {
  return text.replace(NO_CHARACTER, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}
