/**
 * The objects in a stream of JSON, each as it ends: some who write such streams begin a line for each,
 * and some do not.
 *
 * @throws SyntaxError for what is no JSON, and for what comes between objects or after them
 */
export async function* jsonObjects(
  stream: AsyncIterable<string>,
): AsyncGenerator<object, void, undefined> {
  let text = "";
  let depth = 0;
  let isString = false;
  let isEscaped = false;
  for await (const chunk of stream) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const char = chunk[at];
      if (isString) {
        if (!isEscaped && char === '"') isString = false;
        isEscaped = !isEscaped && char === "\\";
      } else if (char === '"') {
        isString = true;
      } else if (char === "{") {
        depth++;
      } else if (char === "}" && --depth <= 0) {
        yield JSON.parse(text + chunk.slice(start, at + 1)) as object;
        [text, start, depth] = ["", at + 1, 0];
      }
    }
    text += chunk.slice(start);
  }
  if (text.trim() === "") return;
  JSON.parse(text);
  throw new SyntaxError("JSON that is no object comes after the last one");
}
