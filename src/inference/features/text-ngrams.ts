// Hashed word and character n-grams and word pairs of a text. models/training/incident_text.py computes the same for training.

export interface HashedText {
  /** Buckets in the order of first occurrence, 0 after the last. */
  readonly buckets: Int32Array;
  /** 1 + ln(occurrences); 0 is padding. */
  readonly counts: Float32Array;
}

/** The first quarter are words, the second characters, the upper half pairs. */
export const textBuckets = 1 << 18;
/** Different n-grams and pairs of a text that are looked at: the first ones, words before characters before pairs. */
export const textLength = 1024;

const charactersFrom = 1 << 16;
const pairsFrom = 1 << 17;
const longestWords = 3;
const shortestCharacters = 2;
const longestCharacters = 5;

/** Word 1- to 3-grams, character 2- to 5-grams inside words, and pairs of different words however far apart. */
export function hashedText(text: string): HashedText {
  const found = new Map<number, number>();
  const count = (bucket: number): void => void found.set(bucket, (found.get(bucket) ?? 0) + 1);
  const words = wordsOf(text);
  for (let size = 1; size <= longestWords; size++)
    for (let start = 0; start + size <= words.length; start++)
      count(fnv1a(`w${words.slice(start, start + size).join(" ")}`) % charactersFrom);
  for (const word of words) {
    const letters = Array.from(` ${word} `);
    for (let size = shortestCharacters; size <= longestCharacters; size++)
      for (let start = 0; start + size <= letters.length; start++)
        count((fnv1a(`c${letters.slice(start, start + size).join("")}`) % charactersFrom) + charactersFrom);
  }
  const halves = [...new Set(words)].map((word) => fnv1a(`p${word}`));
  for (const [at, one] of halves.entries())
    for (let before = 0; before < at && found.size < textLength; before++) count(pairBucket(one, halves[before] ?? 0));
  const buckets = new Int32Array(textLength);
  const counts = new Float32Array(textLength);
  for (const [index, [bucket, occurrences]] of [...found].slice(0, textLength).entries()) {
    buckets[index] = bucket;
    counts[index] = 1 + Math.log(occurrences);
  }
  return { buckets, counts };
}

/** The same for either order; the multiplier is 2^32 over the golden ratio (Knuth, volume 3, 6.4). */
const pairBucket = (one: number, other: number): number => pairsFrom + (Math.imul(one + other, 0x9e3779b1) >>> 15);

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
