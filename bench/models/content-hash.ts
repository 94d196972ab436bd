// A number for what a row says: equal to the trainer's, whatever the order of rows and columns.

/** FNV-1a (32 bit) over the cells in order of their columns' names, without the columns named in `apart`. */
export function contentHash(row: Readonly<Record<string, string>>, apart: readonly string[] = []): number {
  const content = Object.keys(row)
    .filter((column) => !apart.includes(column))
    .toSorted()
    .map((column) => (row[column] ?? "").trim())
    .join("\u001F");
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(content, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
