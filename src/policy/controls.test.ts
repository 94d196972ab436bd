// The cases of the compliance packs once more, in the host that judges in production.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { evaluatedByOpa, opaPath } from "../../test/support/policy.ts";
import { systemClock } from "../kube/clock.ts";
import { asArray, asRecord, asText } from "../kube/json.ts";
import {
  compiledBundle,
  type ComplianceInput,
  createPolicyHost,
  type EffectiveSettings,
  type PolicyHost,
} from "./index.ts";

interface Case {
  readonly name: string;
  readonly resources?: readonly Readonly<Record<string, unknown>>[];
  readonly object?: Readonly<Record<string, unknown>>;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly fails?: readonly string[];
  readonly passes?: readonly string[];
}

const root = join(import.meta.dirname, "../..");
const policies = join(root, "policies");
const { signal } = new AbortController();
const cases = await allCases();
let host: PolicyHost;
let expected: readonly unknown[];

beforeAll(async () => {
  const opa = await opaPath();
  const bundle = await compiledBundle(policies, { opa, signal });
  host = createPolicyHost({
    bundles: { current: () => bundle },
    key: { id: "test", secret: new Uint8Array(32) },
    // Each case has a namespace of its own name, and so its own settings.
    settings: (namespace) => settingsOf(cases[Number(namespace)]),
    clock: systemClock,
    limits: { threads: 1, deadlineMs: 20_000 },
  });
  expected = await evaluatedByOpa(
    policies,
    cases.map((entry, index) => ({ ...inputOf(entry, index), settings: settingsOf(entry) })),
    '[sort([sprintf("%s %s %s", [f.rule, f.resource, f.message]) | some f in e.fails]) | some i in input.inputs; e := data.dharma.compliance.evaluation with input as i]',
  );
}, 120_000);

afterAll(() => host?.close());

describe("every control decides in the wasm host as it does in opa", () => {
  test.each(cases.map((entry, index) => ({ ...entry, index })))("$name", async (entry) => {
    const { fails } = await host.evaluate(inputOf(entry, entry.index), { signal });
    const rules = new Set(fails.map(({ rule }) => rule));
    expect(entry.fails?.filter((rule) => !rules.has(rule)) ?? []).toEqual([]);
    expect(entry.passes?.filter((rule) => rules.has(rule)) ?? []).toEqual([]);
    const findings = fails.map(({ rule, resource, message }) => `${rule} ${resource} ${message}`).toSorted();
    expect(findings).toEqual(expected[entry.index]);
  });
});

/** The same merge as policies/controls/controls_test.rego makes. */
function inputOf({ given, resources, object }: Case, index: number): ComplianceInput {
  const { settings: _, ...rest } = given ?? {};
  const input = {
    time: "2026-01-01T12:00:00Z",
    ...rest,
    namespace: String(index),
    ...(object === undefined ? {} : { operation: "Create", object }),
    ...(resources === undefined
      ? {}
      : {
          resources: resources.map((resource) => ({
            urn: `urn:${asText(resource["name"])}`,
            operation: "create",
            ...resource,
          })),
        }),
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- cases hold only what their rule looks at
  return input as unknown as ComplianceInput;
}

function settingsOf(entry: Case | undefined): EffectiveSettings {
  return asRecord(entry?.given?.["settings"]);
}

async function allCases(): Promise<readonly Case[]> {
  const entries = await readdir(join(policies, "controls"), { recursive: true, withFileTypes: true });
  const files = entries.filter(({ name }) => name.endsWith("_cases.yaml"));
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
  return texts.flatMap((text) =>
    Object.entries(asRecord(parse(text))).flatMap(([family, list]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form that policies/README.md tells
      (asArray(list) as Case[]).map((entry) => ({ ...entry, name: `${family}: ${entry.name}` })),
    ),
  );
}
