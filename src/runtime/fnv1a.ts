// A small hash that is the same everywhere and always: for spreading, not for secrets.

/** FNV-1a, 32 bits, over the text's UTF-16 code units (draft-eastlake-fnv has bytes; names and uids are ASCII). */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
