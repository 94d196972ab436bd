// Provisioning as the controllers use it: translation, summary and what is known of a type, bound to this operator's settings.
import type { Blueprint } from "../api/index.ts";
import type { Engine } from "../controllers/blueprintrun/deps.ts";
import {
  type CloudPackage,
  createSdkCatalog,
  natureOf,
  type Plugins,
  type SpecProblem,
  checkSpec,
  summarizePlan,
  translate,
  type TranslateContext,
  type WorkerPool,
} from "../provision/index.ts";

export interface EngineOptions {
  readonly pool: WorkerPool;
  readonly plugins: Plugins;
  readonly deadlineMs: number;
  /** Keys the secrets that go into plan ids. */
  readonly inputKey: Uint8Array;
  readonly allowedPackages?: readonly string[];
}

/** The engine, and the check of specs that admission and controller share. */
export function createEngine(
  options: EngineOptions,
): Engine & { checkSpec(blueprint: Blueprint): readonly SpecProblem[] } {
  const catalog = createSdkCatalog();
  const contextOf = (blueprint: Blueprint): TranslateContext => ({
    identity: {
      uid: blueprint.metadata.uid ?? "",
      name: blueprint.metadata.name,
      namespace: blueprint.metadata.namespace ?? "",
    },
    catalog,
    ...(options.allowedPackages === undefined ? {} : { allowedPackages: options.allowedPackages }),
  });
  return {
    pool: options.pool,
    plugins: options.plugins,
    deadlineMs: options.deadlineMs,
    checkSpec: (blueprint) => checkSpec(blueprint.spec, contextOf(blueprint)),
    translate: (blueprint, inputs) => translate(blueprint.spec, inputs, contextOf(blueprint)),
    summarize: (blueprint, inputs, graph, planned) =>
      summarizePlan({
        uid: blueprint.metadata.uid ?? "",
        spec: blueprint.spec,
        inputs,
        inputKey: options.inputKey,
        graph,
        planned,
      }),
    providerConfig(graph, blueprint) {
      const name = packageOf(blueprint.spec.provider);
      if (graph === undefined) return { package: name, config: regionConfig(name, blueprint.spec.region) };
      const use = graph.packages.find((each) => each.name === name);
      return use === undefined ? undefined : { package: name, config: use.config };
    },
    nature: natureOf,
  };
}

/** A stored spec is looked at once a generation, not once a pass; for stored objects only. Bounded: the oldest answers go first. */
export function rememberingChecks(check: (blueprint: Blueprint) => readonly SpecProblem[]) {
  const most = 10_000;
  const answers = new Map<string, { readonly generation: number; readonly problems: readonly SpecProblem[] }>();
  return (blueprint: Blueprint): readonly SpecProblem[] => {
    const { uid = "", generation = 0 } = blueprint.metadata;
    const known = answers.get(uid);
    if (known?.generation === generation) return known.problems;
    const problems = check(blueprint);
    answers.delete(uid);
    answers.set(uid, { generation, problems });
    if (answers.size > most) answers.delete(answers.keys().next().value ?? "");
    return problems;
  };
}

function packageOf(provider: Blueprint["spec"]["provider"]): CloudPackage {
  return provider === "azure" ? "azure-native" : provider;
}

function regionConfig(name: CloudPackage, region: string): Readonly<Record<string, string>> {
  return name === "azure-native" ? { location: region } : { region };
}
