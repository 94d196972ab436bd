// The live table of `npm start`: pure rendering, and a painter that redraws on a terminal and prints changes elsewhere.

/** What one line of the table says. */
export interface Row {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly phase: string;
  readonly ready: string;
  readonly health: string;
  readonly resources: string;
  readonly cost: string;
  readonly why: string;
}

const columns = [
  ["KIND", "kind"],
  ["NAMESPACE", "namespace"],
  ["NAME", "name"],
  ["PHASE", "phase"],
  ["READY", "ready"],
  ["HEALTH", "health"],
  ["RES", "resources"],
  ["COST/MONTH", "cost"],
  ["WHY", "why"],
] as const;

/** The table as lines no wider than `width`; only the last column is cut. */
export function renderTable(rows: readonly Row[], width: number): readonly string[] {
  const widths = columns.map(([title, key]) => Math.max(title.length, ...rows.map((row) => row[key].length)));
  const line = (cells: readonly string[]): string => {
    const text = cells
      .map((cell, index) => (index === cells.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join("  ");
    return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.trimEnd();
  };
  return [line(columns.map(([title]) => title)), ...rows.map((row) => line(columns.map(([, key]) => row[key])))];
}

/** Where lines go. */
export interface Screen {
  readonly isTTY: boolean;
  readonly width: number;
  write(text: string): void;
}

/** Shows the table anew on each call: in place on a terminal, elsewhere only the rows that changed. */
export function createPainter(screen: Screen): { paint(rows: readonly Row[]): void; done(): void } {
  let drawn = 0;
  const last = new Map<string, string>();
  return {
    paint: (rows) => {
      if (screen.isTTY) {
        const lines = renderTable(rows, screen.width);
        screen.write(
          `${drawn > 0 ? `\u001b[${drawn}A` : ""}${lines.map((text) => `\u001b[2K${paintReady(text)}\n`).join("")}\u001b[J`,
        );
        drawn = lines.length;
        return;
      }
      for (const row of rows) {
        const text = `${row.kind} ${row.namespace}/${row.name}: ${row.phase || "Pending"}${row.health === "-" ? "" : `, health ${row.health}`}${row.why === "" ? "" : ` - ${row.why}`}`;
        const key = `${row.kind}/${row.namespace}/${row.name}`;
        if (last.get(key) !== text) screen.write(`  ${text}\n`);
        last.set(key, text);
      }
    },
    done: () => {
      drawn = 0;
    },
  };
}

function paintReady(line: string): string {
  return line
    .replace(/ True /, " \u001b[32mTrue\u001b[0m ")
    .replace(/ False /, " \u001b[31mFalse\u001b[0m ")
    .replace(/ Unknown /, " \u001b[33mUnknown\u001b[0m ");
}
