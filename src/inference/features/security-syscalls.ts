// A trace of system calls as counts of the calls that follow each other.

/** Numbers of the calls, in order. */
export type SyscallTrace = readonly number[];

/** Counts of runs of `length` calls: at the place of each that `places` knows, and last all of the others. */
export function runCounts(trace: SyscallTrace, length: number, places: ReadonlyMap<string, number>): Float32Array {
  const counts = new Float32Array(places.size + 1);
  for (const run of runsOf(trace, length)) {
    const at = places.get(run) ?? places.size;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Every run of `length` calls; none where the trace is shorter. */
export function runsOf(trace: SyscallTrace, length: number): readonly string[] {
  return Array.from({ length: Math.max(0, trace.length - length + 1) }, (_, at) =>
    trace.slice(at, at + length).join(" "),
  );
}
