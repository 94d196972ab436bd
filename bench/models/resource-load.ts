// Simulated demand of a service over two days, in pods' worth of work, by seed.

export const stepSeconds = 15;
export const stepsADay = 5760;
/** Requests one pod serves in a step: a request takes 0.1 s. */
const requestsAStep = 150;

/** `daily` is the kind the model was trained on; `crowds` (sudden) and `steps` (to another level, for good) are not. */
export type LoadKind = "daily" | "crowds" | "steps";

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Two days of demand, a value every 15 s: a daily wave, slow wandering, what the kind adds, and the noise of counting. */
export function demandOf(kind: LoadKind, seed: number): Float64Array {
  const random = randomOf(seed);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const length = 2 * stepsADay;
  const level = Math.exp(between(Math.log(1.5), Math.log(40)));
  const [phase, wave] = [random(), between(0.1, 0.8)];
  const [keep, size] = [1 - 1 / between(80, 400), between(0.02, 0.12)];
  const factor = new Float64Array(length).fill(1);
  const events = kind === "daily" ? between(0, 16) : between(2, 8);
  for (let left = Math.round(events); left > 0; left--) addEvent(factor, kind, between);
  let wander = 0;
  return Float64Array.from({ length }, (_, at) => {
    wander = keep * wander + normal() * size * Math.sqrt(1 - keep ** 2);
    const daily = Math.max(0.05, 1 + wave * Math.sin(2 * Math.PI * (at / stepsADay + phase)));
    const requests = Math.max(0.1, level * daily * Math.exp(wander) * (factor[at] ?? 1)) * requestsAStep;
    // Arrivals are a Poisson number; at 15 and more the normal one is close enough.
    return Math.max(0, Math.round(requests + normal() * Math.sqrt(requests))) / requestsAStep;
  });
}

function addEvent(factor: Float64Array, kind: LoadKind, between: (low: number, high: number) => number): void {
  const start = Math.floor(between(0, factor.length));
  const [length, rise, height] =
    kind === "daily"
      ? [between(12, 120), between(2, 24), between(0.1, 0.7)]
      : kind === "crowds"
        ? [between(40, 160), between(1, 4), between(0.8, 2)]
        : [factor.length, 1, between(-0.4, 0.8)];
  for (let at = start; at < Math.min(factor.length, start + length); at++) {
    const share = Math.min(1, (at - start) / rise, (start + length - at) / rise);
    factor[at] = Math.max(0.2, (factor[at] ?? 1) + height * share);
  }
}
