// A network connection's record (the 41 columns of KDD Cup 1999, as NSL-KDD has them) as a row.

/** The cells of a record in order; what follows the 41st (label, difficulty) is not looked at. */
export type ConnectionRecord = readonly string[];

const columns = 41;
/** Columns that hold a word: protocol, service, flag. */
const wordColumns = [1, 2, 3] as const;

/** The numbers, then one column for each of `words` (by word column): a word that is not among them leaves all of its zero. */
export function connectionRow(record: ConnectionRecord, words: readonly (readonly string[])[]): Float32Array {
  const numbers = record
    .slice(0, columns)
    .filter((_, column) => !wordColumns.some((word) => word === column))
    .map(Number);
  const known = wordColumns.flatMap((column, at) => (words[at] ?? []).map((word) => (record[column] === word ? 1 : 0)));
  return Float32Array.from([...numbers, ...known]);
}
