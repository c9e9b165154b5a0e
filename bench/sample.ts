/** One line of the report. */
export interface Measurement {
  readonly name: string;
  readonly ns: number;
  /** What stands beside it, measured in the same run. */
  readonly beside?: string;
  readonly besideNs?: number;
}

export function median(samples: number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Nanoseconds that one run of `work` takes. */
async function time(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start);
}

/** The median of a quick synchronous operation, repeated within each sample. */
export function quick(name: string, repeats: number, work: () => void): Measurement {
  const samples: number[] = [];
  for (let sample = 0; sample < 101; sample++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < repeats; i++) work();
    samples.push(Number(process.hrtime.bigint() - start) / repeats);
  }
  return { name, ns: median(samples) };
}

/** The median of a slow operation. */
export async function slow(
  name: string,
  rounds: number,
  work: () => Promise<unknown>,
): Promise<Measurement> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await time(work));
  return { name, ns: median(samples) };
}

/** The medians of two slow operations, run in turns. */
export function inTurns(
  rounds: number,
  [name, work]: [string, () => unknown],
  [beside, other]: [string, () => unknown],
): Promise<Measurement> {
  return toldInTurns(rounds, [name, () => time(work)], [beside, () => time(other)]);
}

/** The medians of what two operations tell in nanoseconds, run in turns. */
export async function toldInTurns(
  rounds: number,
  [name, work]: [string, () => Promise<number>],
  [beside, other]: [string, () => Promise<number>],
): Promise<Measurement> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await work());
    theirs.push(await other());
  }
  return { name, ns: median(ours), beside, besideNs: median(theirs) };
}

/** A duration in the unit that reads best. */
function duration(ns: number): string {
  if (ns < 1_000) return `${ns.toFixed(0)} ns`;
  return ns < 1_000_000 ? `${(ns / 1e3).toFixed(2)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
}

/** Prints a measurement, with the ratio to what stands beside it. */
export function print({ name, ns, beside, besideNs }: Measurement): void {
  const value = duration(ns).padStart(10);
  if (beside === undefined || besideNs === undefined) {
    console.log(`${value}  ${name}`);
  } else {
    const ratio = (ns / besideNs).toFixed(2);
    console.log(`${value}  ${name}; ${ratio}x ${beside} (${duration(besideNs)})`);
  }
}
