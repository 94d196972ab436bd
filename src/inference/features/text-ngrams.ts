// Hashed word and character n-grams of a text. models/training/incident_text.py computes the same for training.

export interface HashedText {
  /** Buckets in the order of first occurrence, 0 after the last. */
  readonly buckets: Int32Array;
  /** 1 + ln(occurrences); 0 is padding. */
  readonly counts: Float32Array;
}

/** The lower half are words, the upper half characters. */
export const textBuckets = 1 << 17;
/** Different n-grams of a text that are looked at: the first ones, words before characters. */
export const textLength = 1024;

const half = textBuckets / 2;
const longestWords = 3;
const shortestCharacters = 2;
const longestCharacters = 5;

/** Word 1- to 3-grams, and character 2- to 5-grams inside words. */
export function hashedText(text: string): HashedText {
  const found = new Map<number, number>();
  const count = (bucket: number): void => void found.set(bucket, (found.get(bucket) ?? 0) + 1);
  const words = wordsOf(text);
  for (let size = 1; size <= longestWords; size++)
    for (let start = 0; start + size <= words.length; start++)
      count(fnv1a(`w${words.slice(start, start + size).join(" ")}`) % half);
  for (const word of words) {
    const letters = Array.from(` ${word} `);
    for (let size = shortestCharacters; size <= longestCharacters; size++)
      for (let start = 0; start + size <= letters.length; start++)
        count((fnv1a(`c${letters.slice(start, start + size).join("")}`) % half) + half);
  }
  const buckets = new Int32Array(textLength);
  const counts = new Float32Array(textLength);
  for (const [index, [bucket, occurrences]] of [...found].slice(0, textLength).entries()) {
    buckets[index] = bucket;
    counts[index] = 1 + Math.log(occurrences);
  }
  return { buckets, counts };
}

/** Runs of letters and digits in lower case; camelCase is several words. */
export function wordsOf(text: string): readonly string[] {
  const apart = text.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ");
  return (apart.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
}

const encoder = new TextEncoder();

/** FNV-1a, 32 bits, of the UTF-8 bytes (draft-eastlake-fnv). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
