// A bounded list of moments.

/** Moments kept of one kind for one object. */
const most = 256;

/** Those of the last `memoryMs` before `now`, oldest first, each once; the newest where there are too many. */
export function recentTimes(times: readonly number[], now: number, memoryMs: number): readonly number[] {
  const kept = new Set(times.filter((time) => time <= now && time > now - memoryMs));
  return [...kept].toSorted((a, b) => a - b).slice(-most);
}
