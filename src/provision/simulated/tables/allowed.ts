// Allowed values of a property as the fact tables write them: `a|b`, `16-28`, `1-`, `0|30-900`.

export interface Allowed {
  readonly text: string;
  readonly admits: (value: string | number | boolean) => boolean;
}

export function parseAllowed(text: string): Allowed {
  const parts = text.split("|").map((part) => {
    const range = /^(-?\d+)-(\d*)$/.exec(part);
    if (range === null) return (value: string) => value === part;
    const low = Number(range[1]);
    const high = range[2] === "" ? Number.POSITIVE_INFINITY : Number(range[2]);
    return (value: string) => value !== "" && Number(value) >= low && Number(value) <= high;
  });
  return { text, admits: (value) => parts.some((part) => part(String(value))) };
}
