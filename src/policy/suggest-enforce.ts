// Packs that only score and that nothing of a namespace fails: there they could refuse from now on.
import { frameworkOf, packOf } from "./catalog.ts";
import type { JudgedSubject } from "./report.ts";
import { type Mode, settingsFor } from "./settings.ts";
import { type Mined, nameFrom, type Suggestion } from "./suggest-mined.ts";

/** What holds where the settings say nothing; everything else is Audit (policies/mode.rego). */
export const enforcedByDefault: readonly string[] = [
  "dharma",
  "tagging",
  "residency",
  "limits",
  "windows",
  "naming",
  "admission",
];

/** One suggestion a namespace, for all its packs. Nothing where a Blueprint of it was not judged. */
export function suggestEnforcement(mined: Mined): readonly Suggestion[] {
  const namespaces = Map.groupBy(mined.judged, ({ namespace }) => namespace);
  return [...namespaces.entries()]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([namespace, subjects]) => enforceIn(namespace, subjects, mined) ?? []);
}

function enforceIn(namespace: string, subjects: readonly JudgedSubject[], mined: Mined): Suggestion | undefined {
  const { settings, catalog } = mined;
  if (settings === undefined || !subjects.every(isWholly)) return undefined;
  const { modes = {} } = settingsFor(settings, namespace);
  const modeOf = (pack: string): Mode => modes[pack] ?? (enforcedByDefault.includes(pack) ? "Enforce" : "Audit");
  const scores = subjects.flatMap(({ compliance }) => compliance?.frameworks ?? []);
  const clean = (name: string) => {
    const of = scores.filter((score) => score.name === name);
    return of.every(({ failed = 0, excepted = 0 }) => failed + excepted === 0) ? sum(of.map((each) => each.passed)) : 0;
  };
  const frameworks = [...new Set(scores.map(({ name }) => name))];
  const packs = [...ownFrameworks(Object.entries(catalog))].filter(([pack]) => !frameworks.includes(pack));
  const candidates = [
    ...frameworks.map((name) => ({ name, passed: clean(name) })),
    // A pack's own count is in no status: that it was judged at all shows in frameworks that no other pack serves.
    ...packs.map(([name, own]) => ({
      name,
      passed: failsNone(name, subjects) ? Math.max(0, ...own.map(clean)) : 0,
    })),
  ]
    .filter(({ name, passed }) => passed > 0 && modeOf(name) === "Audit")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (candidates.length === 0) return undefined;
  const enforce = Object.fromEntries(candidates.map(({ name }) => [name, "Enforce" as const]));
  const times = subjects.map(({ compliance }) => compliance?.evaluateTime ?? "").toSorted();
  const [firstTime] = times;
  const lastTime = times.at(-1);
  return {
    kind: "Enforce",
    name: nameFrom("enforce", namespace),
    title: `Nothing in namespace ${namespace} fails ${candidates.map(({ name }) => name).join(", ")}: refuse it from now on`,
    evidence: {
      count: subjects.length,
      runs: [],
      ...(firstTime === undefined || firstTime === "" ? {} : { firstTime }),
      ...(lastTime === undefined || lastTime === "" ? {} : { lastTime }),
      facts: [
        `all ${subjects.length} Blueprints of the namespace are judged, and none fails or is excepted`,
        ...candidates.map(
          ({ name, passed }) =>
            `${name}: ${passed} passed; enforced it refuses by ${countOf(name, catalog)} controls, also those that had nothing to judge yet`,
        ),
      ],
    },
    change: "Before it is merged, try plans under it with: dharma policy replay RUN --at-settings current.",
    settings: { namespaces: { [namespace]: { modes: enforce } } },
  };
}

/** Judged, and all that fails is named. */
function isWholly({ compliance }: JudgedSubject): boolean {
  return compliance !== undefined && (compliance.failed ?? 0) <= (compliance.failedControls ?? []).length;
}

function failsNone(pack: string, subjects: readonly JudgedSubject[]): boolean {
  return subjects.every(
    ({ compliance }) =>
      (compliance?.excepted ?? 0) === 0 && !compliance?.failedControls?.some(({ rule }) => packOf(rule) === pack),
  );
}

/** Frameworks that the controls of one pack alone serve, by pack. */
function ownFrameworks(
  catalog: readonly (readonly [string, { readonly controls: readonly string[] }])[],
): ReadonlyMap<string, readonly string[]> {
  const pairs = catalog.flatMap(([rule, { controls }]) =>
    controls.map((control) => ({ pack: packOf(rule), framework: frameworkOf(control) })),
  );
  const byFramework = Map.groupBy(pairs, ({ framework }) => framework);
  const own = [...byFramework].flatMap(([framework, served]) => {
    const packs = new Set(served.map(({ pack }) => pack));
    return packs.size === 1 ? [...packs].map((pack) => ({ pack, framework })) : [];
  });
  const byPack = Map.groupBy(own, ({ pack }) => pack);
  return new Map([...byPack].map(([pack, of]) => [pack, of.map(({ framework }) => framework)]));
}

function countOf(name: string, catalog: Mined["catalog"]): number {
  return Object.entries(catalog).filter(
    ([rule, { controls }]) => packOf(rule) === name || controls.some((control) => frameworkOf(control) === name),
  ).length;
}

function sum(numbers: readonly (number | undefined)[]): number {
  return numbers.reduce<number>((total, number = 0) => total + number, 0);
}
