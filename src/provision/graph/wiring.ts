// Who refers to whom in a spec: every reference checked, and an order in which to build.
import { COMPONENTS } from "../components/registry.ts";
import { collect, type FoundReference } from "./collect.ts";
import type { TranslateContext } from "./context.ts";
import { renderReference } from "./expression.ts";
import { printable, suggestion } from "./names.ts";
import { orderByNeeds } from "./order.ts";
import type { SpecProblem } from "./problem.ts";
import type { BuildSpec, ComponentSpec, RawResourceSpec } from "./spec.ts";

/** A component or raw resource with its place in the spec. */
export type Member =
  | { readonly kind: "component"; readonly path: string; readonly spec: ComponentSpec }
  | { readonly kind: "resource"; readonly path: string; readonly spec: RawResourceSpec };

/** The members in building order, and what is wrong with their wiring. With problems the order may be empty. */
export interface Wiring {
  readonly order: readonly Member[];
  readonly problems: readonly SpecProblem[];
}

/** Wires a spec whose names were checked. */
export function wire(spec: BuildSpec, context: TranslateContext): Wiring {
  const members = membersOf(spec);
  const byName = new Map(members.map((member) => [member.spec.name, member]));
  const inputs = new Set((spec.inputs ?? []).map(({ name }) => name));
  const problems: SpecProblem[] = [];
  const needs = new Map<string, Set<string>>();

  for (const member of members) {
    const mine = new Set<string>();
    needs.set(member.spec.name, mine);
    const found = [
      collect(member.spec.properties ?? {}, `${member.path}.properties`),
      collect(member.kind === "component" ? (member.spec.overrides ?? {}) : {}, `${member.path}.overrides`),
    ];
    for (const { references, problems: wrong } of found) {
      problems.push(...wrong);
      for (const reference of references) {
        problems.push(...checkReference(reference, byName, inputs, context));
        if (byName.has(reference.reference.name)) mine.add(reference.reference.name);
      }
    }
    for (const [index, name] of (member.spec.options?.dependsOn ?? []).entries()) {
      if (byName.has(name)) mine.add(name);
      else {
        problems.push({
          reason: "UnknownReference",
          path: `${member.path}.options.dependsOn[${index}]`,
          message: `there is no component or resource \`${printable(name)}\`${suggestion(name, [...byName.keys()])}`,
        });
      }
    }
  }
  for (const [index, input] of (spec.inputs ?? []).entries()) {
    // An input's value is data, not a template; only its plain secrets matter here.
    if (typeof input.value !== "string") continue;
    const { problems: wrong } = collect({ [input.name]: input.value }, `inputs[${index}].value`);
    problems.push(...wrong.filter(({ reason }) => reason === "PlaintextSecret"));
  }
  const outputs = collect(spec.outputs ?? {}, "outputs");
  problems.push(...outputs.problems.filter(({ reason }) => reason !== "PlaintextSecret"));
  for (const reference of outputs.references) problems.push(...checkReference(reference, byName, inputs, context));

  const order = orderByNeeds(needs);
  if (order.kind === "cycle") {
    const first = byName.get(order.names[0] ?? "");
    problems.push({
      reason: "ReferenceCycle",
      path: first?.path ?? "components",
      message: `${order.names.join(" -> ")} need each other; remove one of these references`,
    });
    return { order: [], problems };
  }
  return { order: order.names.flatMap((name) => byName.get(name) ?? []), problems };
}

function membersOf(spec: BuildSpec): readonly Member[] {
  return [
    ...(spec.components ?? []).map((component, index): Member => ({
      kind: "component",
      path: `components[${index}]`,
      spec: component,
    })),
    ...(spec.resources ?? []).map((resource, index): Member => ({
      kind: "resource",
      path: `resources[${index}]`,
      spec: resource,
    })),
  ];
}

function checkReference(
  { reference, path }: FoundReference,
  members: ReadonlyMap<string, Member>,
  inputs: ReadonlySet<string>,
  context: TranslateContext,
): readonly SpecProblem[] {
  const output = String(reference.path[0]);
  const unknown = (message: string): readonly SpecProblem[] => [{ reason: "UnknownReference", path, message }];
  if (reference.name === "inputs") {
    if (inputs.has(output)) return [];
    return unknown(`there is no input \`${printable(output)}\`${suggestion(output, [...inputs])}`);
  }
  const member = members.get(reference.name);
  if (member === undefined) {
    return unknown(
      `\`\${${renderReference(reference)}}\`: there is no component or resource \`${reference.name}\`${suggestion(reference.name, [...members.keys(), "inputs"])}`,
    );
  }
  const known = outputsOf(member, context);
  if (known === undefined || known.includes(output)) return [];
  return unknown(
    `${member.spec.type} \`${reference.name}\` has no output \`${printable(output)}\`${suggestion(output, known)}`,
  );
}

/** Names of a member's outputs; undefined where they can't be known. */
function outputsOf(member: Member, { catalog }: TranslateContext): readonly string[] | undefined {
  if (member.kind === "component") return COMPONENTS.get(member.spec.type)?.outputs;
  const found = catalog.lookup(member.spec.type);
  return found.kind === "known" ? [...found.shape.outputs] : undefined;
}
