// Checks that need no references: how many, what they are called, which types and packages, which region.
import { COMPONENTS } from "../components/registry.ts";
import { parseToken } from "./catalog.ts";
import { DEFAULT_PACKAGES, type TranslateContext } from "./context.ts";
import type { CloudProvider } from "./graph.ts";
import { MAX_COMPONENTS, nameProblem, nearestName, printable, suggestion } from "./names.ts";
import type { SpecProblem } from "./problem.ts";
import type { BuildSpec, RawResourceSpec } from "./spec.ts";

/** How each provider's regions look, to tell a region of another cloud at once. */
const REGION: Readonly<Record<CloudProvider, { readonly pattern: RegExp; readonly example: string }>> = {
  aws: { pattern: /^[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d$/, example: "eu-west-1" },
  azure: { pattern: /^[a-z]+\d?[a-z]*$/, example: "westeurope" },
  gcp: { pattern: /^[a-z]+-[a-z]+\d+$/, example: "europe-west1" },
};

/** Problems of names, types and the region. */
export function checkNames(spec: BuildSpec, context: TranslateContext): readonly SpecProblem[] {
  const components = spec.components ?? [];
  const resources = spec.resources ?? [];
  if (components.length + resources.length > MAX_COMPONENTS) {
    return [
      {
        reason: "TooManyComponents",
        path: "components",
        message: `${components.length + resources.length} components and resources; at most ${MAX_COMPONENTS} fit one Blueprint, split it and connect the parts by blueprintRef`,
      },
    ];
  }
  const problems: SpecProblem[] = [];
  const region = REGION[spec.provider];
  if (!region.pattern.test(spec.region)) {
    problems.push({
      reason: "WrongRegion",
      path: "region",
      message: `\`${printable(spec.region)}\` is not a region of ${spec.provider}; write one such as ${region.example}`,
    });
  }
  const seen = new Map<string, string>();
  const named = (name: string, path: string) => {
    const wrong = nameProblem(name);
    if (wrong !== undefined) problems.push({ reason: "InvalidName", path: `${path}.name`, message: wrong });
    const first = seen.get(name);
    if (first === undefined) seen.set(name, path);
    else {
      problems.push({
        reason: "DuplicateName",
        path: `${path}.name`,
        message: `\`${printable(name)}\` is already the name of ${first}; names are unique across components and resources`,
      });
    }
  };
  for (const [index, { name, type }] of components.entries()) {
    const path = `components[${index}]`;
    named(name, path);
    if (!COMPONENTS.has(type)) {
      problems.push({
        reason: "UnknownComponent",
        path: `${path}.type`,
        message: `there is no component type \`${printable(type)}\`${suggestion(type, [...COMPONENTS.keys()])}`,
      });
    }
  }
  for (const [index, resource] of resources.entries()) {
    named(resource.name, `resources[${index}]`);
    problems.push(...checkToken(resource, `resources[${index}].type`, context));
  }
  problems.push(...duplicateInputs(spec));
  return problems;
}

function checkToken({ type }: RawResourceSpec, path: string, context: TranslateContext): readonly SpecProblem[] {
  const allowed = context.allowedPackages ?? DEFAULT_PACKAGES;
  const token = parseToken(type);
  if (token === undefined) {
    return [
      {
        reason: "UnknownType",
        path,
        message: `\`${printable(type)}\` is not a Pulumi type token; write one such as \`aws:sqs/queue:Queue\``,
      },
    ];
  }
  if (!allowed.includes(token.packageName)) {
    const near = nearestName(token.packageName, allowed);
    const hint = near === undefined ? `allowed: ${allowed.join(", ")}` : `did you mean \`${near}\`?`;
    return [
      {
        reason: "PackageNotAllowed",
        path,
        message: `the package \`${token.packageName}\` is not allowed here; ${hint}; an administrator may allow more`,
      },
    ];
  }
  const found = context.catalog.lookup(type);
  if (found.kind !== "unknown") return [];
  const hint =
    found.nearest === undefined ? "look it up in the package's registry page" : `did you mean \`${found.nearest}\`?`;
  return [
    { reason: "UnknownType", path, message: `the package ${token.packageName} has no type \`${type}\`; ${hint}` },
  ];
}

function duplicateInputs(spec: BuildSpec): readonly SpecProblem[] {
  const seen = new Set<string>();
  return (spec.inputs ?? []).flatMap(({ name }, index): readonly SpecProblem[] => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      {
        reason: "DuplicateName",
        path: `inputs[${index}].name`,
        message: `the input \`${printable(name)}\` is there twice`,
      },
    ];
  });
}
