/** The outcome of each test by its name, from cargo's and libtest's output. */
export function readResults(log) {
  const results = new Map();
  let suite = "";
  for (const line of log.split("\n")) {
    const begins = /^\s+(?:Running (?:unittests )?(\S+) \(|(Doc-tests) )/.exec(line);
    if (begins !== null) suite = begins[1] ?? begins[2];
    const test = /^test (.+?)(?: - should panic)? \.\.\. .*?\b(ok|FAILED|ignored)(?:,|$)/.exec(
      line,
    );
    if (test !== null) results.set(`${suite}: ${test[1]}`, test[2]);
  }
  return results;
}

/**
 * Compares what the tests of a crate say on Linux and here.
 *
 * @param {Map<string, string>} linux
 * @param {Map<string, string>} here
 * @param {readonly (readonly [RegExp, string])[]} listed tests that differ, and why
 */
export function compare(linux, here, listed) {
  const failures = [];
  const unused = new Set(listed);
  let same = 0;
  let differing = 0;
  for (const name of new Set([...linux.keys(), ...here.keys()])) {
    const [there, ours] = [linux.get(name) ?? "missing", here.get(name) ?? "missing"];
    const entry = listed.find(([pattern]) => pattern.test(name));
    if (there === ours) {
      if (there === "ok") same++;
    } else if (entry !== undefined) {
      unused.delete(entry);
      differing++;
    } else {
      failures.push(`${name}: ${there} on Linux, ${ours} here`);
    }
  }
  if (linux.size === 0) failures.push("no test ran on Linux");
  for (const [pattern] of unused) failures.push(`${pattern}: listed, but nothing differs`);
  return { same, differing, failures };
}
