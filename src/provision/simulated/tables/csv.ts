// Comma-separated values as the fact tables write them: a header, quoted fields where a comma is in them.

/** Rows by column name. Every row has every column; a short row's missing cells are "". */
export function readCsv(text: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const columns = cells(header ?? "");
  return lines.map((line) => {
    const row = cells(line);
    return Object.fromEntries(columns.map((column, index) => [column, row[index] ?? ""]));
  });
}

function cells(line: string): string[] {
  const found: string[] = [];
  for (const [, quoted, plain] of `,${line.trimEnd()}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    found.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
  }
  return found;
}
