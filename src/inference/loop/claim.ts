// Whose the samples of a cycle are.
import type { Sample } from "../../signals/index.ts";
import type { SamplesOf } from "./advance.ts";

export interface Claimed {
  readonly samples: SamplesOf;
  /** Samples of no subject. */
  readonly unclaimed: number;
}

/** Samples between two turns for everybody else. */
const chunk = 4_096;

/** The samples of all sources by the uid they are about; those that `subjectOf` gives to nobody `known` are counted. */
export async function claim(
  readings: readonly { readonly samples: readonly Sample[] }[],
  subjectOf: (sample: Sample) => string | undefined,
  known: { has(uid: string): boolean },
  pause: () => Promise<void>,
): Promise<Claimed> {
  const samples = new Map<string, Sample[]>();
  let unclaimed = 0;
  let seen = 0;
  for (const reading of readings) {
    for (const sample of reading.samples) {
      seen += 1;
      // oxlint-disable-next-line no-await-in-loop -- a turn for everybody else
      if (seen % chunk === 0) await pause();
      const uid = subjectOf(sample);
      if (uid === undefined || !known.has(uid)) unclaimed += 1;
      else {
        const own = samples.get(uid);
        if (own === undefined) samples.set(uid, [sample]);
        else own.push(sample);
      }
    }
  }
  return { samples, unclaimed };
}
