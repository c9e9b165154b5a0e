const NAMES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it is in an attribute. What XML cannot have is left out. */
export function xmlText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "").replaceAll(/[&<>"]/g, (char) => NAMES[char]!);
}
