// Names of components, inputs and outputs: what is allowed, and which known name a wrong one probably meant.

/** Most components plus raw resources one Blueprint may have. */
export const MAX_COMPONENTS = 1000;

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;
const RESERVED = new Set(["inputs"]);

/** Why `name` can't name a component or resource; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "the name is empty; give it a name of letters, digits, `-` and `_`";
  if (RESERVED.has(name)) return `\`${name}\` is a reserved name; choose another`;
  if (!NAME.test(name)) {
    return `\`${printable(name)}\` is not a name; start with a letter and use at most 63 ASCII letters, digits, \`-\` and \`_\``;
  }
  return undefined;
}

/** The name with control and direction characters made visible, cut to 80 characters. */
export function printable(text: string): string {
  const visible = text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return visible.length <= 80 ? visible : `${visible.slice(0, 79)}…`;
}

/** ` Did you mean ...?` with the nearest of `known`, or what is known when nothing is near; "" when nothing is known. */
export function suggestion(wrong: string, known: readonly string[]): string {
  const nearest = nearestName(wrong, known);
  if (nearest !== undefined) return `; did you mean \`${nearest}\`?`;
  if (known.length === 0) return "";
  const shown = [...known].toSorted().slice(0, 8);
  return `; known: ${shown.join(", ")}${known.length > shown.length ? `, and ${known.length - shown.length} more` : ""}`;
}

/** The known name with the smallest edit distance, when it is at most a third of the longer name (and at least 2). */
export function nearestName(wrong: string, known: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  const low = wrong.toLowerCase();
  for (const name of known) {
    const limit = Math.max(2, Math.floor(Math.max(wrong.length, name.length) / 3));
    if (Math.abs(wrong.length - name.length) > limit) continue;
    const distance = editDistance(low, name.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** Edit distance with swaps of neighbours counted once (optimal string alignment). */
export function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let value = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost);
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) value = Math.min(value, (beforeLast[column - 2] ?? 0) + 1);
      current.push(value);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
