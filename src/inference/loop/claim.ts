// Whose the samples of a cycle are.
import { inTurns } from "../../runtime/index.ts";
import type { Sample } from "../../signals/index.ts";
import type { SamplesOf } from "./advance.ts";

export interface Claimed {
  readonly samples: SamplesOf;
  /** Samples of no subject. */
  readonly unclaimed: number;
}

/** The samples of all sources by the uid they are about; those that `subjectOf` gives to nobody `known` are counted. */
export async function claim(
  readings: readonly { readonly samples: readonly Sample[] }[],
  subjectOf: (sample: Sample) => string | undefined,
  known: { has(uid: string): boolean },
): Promise<Claimed> {
  const samples = new Map<string, Sample[]>();
  let unclaimed = 0;
  const give = (sample: Sample): void => {
    const uid = subjectOf(sample);
    if (uid === undefined || !known.has(uid)) unclaimed += 1;
    else {
      const own = samples.get(uid);
      if (own === undefined) samples.set(uid, [sample]);
      else own.push(sample);
    }
  };
  for (const reading of readings) {
    // oxlint-disable-next-line no-await-in-loop -- one source after the other
    await inTurns(reading.samples, (part) => part.forEach(give));
  }
  return { samples, unclaimed };
}
