// Reads values out of Prometheus' text format.

type Labels = Readonly<Record<string, string | undefined>>;

/** The sum of a metric's series whose labels `wanted` accepts; 0 where there are none. */
export function sumOf(text: string, metric: string, wanted: (labels: Labels) => boolean = () => true): number {
  let sum = 0;
  for (const line of text.split("\n")) {
    if (!line.startsWith(metric)) continue;
    const rest = line.slice(metric.length);
    const match = /^(?:\{(.*)\})? (\S+)/.exec(rest);
    if (match !== null && wanted(labelsOf(match[1] ?? ""))) sum += Number(match[2]);
  }
  return sum;
}

function labelsOf(text: string): Labels {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", value]) => [name, value]),
  );
}
