// Orders names so that each comes after what it needs, and names a cycle when there is one.

/** An order, or one cycle written `a -> b -> a`. */
export type Order =
  | { readonly kind: "ok"; readonly names: readonly string[] }
  | { readonly kind: "cycle"; readonly names: readonly string[] };

/**
 * Topological order, stable: among names that are free to come next the one written first comes first.
 * Needs that are no key of `needs` are ignored; they are reported elsewhere.
 */
export function orderByNeeds(needs: ReadonlyMap<string, ReadonlySet<string>>): Order {
  const done = new Set<string>();
  const open = new Set<string>();
  const names: string[] = [];
  for (const start of needs.keys()) {
    const cycle = visit(start);
    if (cycle !== undefined) return { kind: "cycle", names: cycle };
  }
  return { kind: "ok", names };

  // An explicit stack: a chain of 1,000 components must not depend on the engine's stack size.
  function visit(start: string): string[] | undefined {
    const stack: { name: string; rest: Iterator<string> }[] = [];
    const enter = (name: string) => {
      open.add(name);
      stack.push({ name, rest: (needs.get(name) ?? new Set<string>()).values() });
    };
    if (!done.has(start)) enter(start);
    while (stack.length > 0) {
      const top = stack.at(-1);
      if (top === undefined) break;
      const next = top.rest.next();
      if (next.done === true) {
        open.delete(top.name);
        done.add(top.name);
        names.push(top.name);
        stack.pop();
      } else if (open.has(next.value)) {
        const from = stack.findIndex(({ name }) => name === next.value);
        return [...stack.slice(from).map(({ name }) => name), next.value];
      } else if (needs.has(next.value) && !done.has(next.value)) {
        enter(next.value);
      }
    }
    return undefined;
  }
}
