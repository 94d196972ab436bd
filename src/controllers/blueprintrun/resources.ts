// All resources of a plan, old and new, as policies and prices look at them.
import { type ExistingResource, NOT_KNOWN, type PlannedResource, type ResourceOperation } from "../../policy/index.ts";
import { nodesOf, type PlanStep, type ResourceGraph, type StepOp, type Value } from "../../provision/index.ts";
import type { Deployment, ResourceState } from "../../provision/state/index.ts";
import { isRecord } from "../../kube/json.ts";
import type { PricedChange } from "../../finance/index.ts";
import type { Engine } from "./deps.ts";

/** Every resource of the state and of the graph once; what is not known before it exists is absent. */
export function plannedResources(
  graph: ResourceGraph | undefined,
  steps: readonly PlanStep[],
  deployment: Deployment | undefined,
  nature: Engine["nature"],
): readonly PlannedResource[] {
  const states = new Map(
    (deployment?.resources ?? []).filter(isReal).map((resource) => [nameOf(resource.urn), resource]),
  );
  const nodes = new Map((graph?.nodes ?? []).map((node) => [node.name, node]));
  const byName = new Map(steps.map((step) => [step.name, step]));
  const names = new Set([...nodes.keys(), ...states.keys(), ...byName.keys()]);
  const urnOf = (name: string): string => byName.get(name)?.urn ?? states.get(name)?.urn ?? name;
  return [...names].map((name) => {
    const node = nodes.get(name);
    const state = states.get(name);
    const step = byName.get(name);
    const type = node?.type ?? step?.type ?? state?.type ?? "";
    const after = node === undefined ? undefined : known({ kind: "map", entries: node.properties });
    return {
      urn: urnOf(name),
      name: node?.owner ?? name,
      type,
      operation: operationOf(step?.op, graph === undefined),
      ...(state?.inputs === undefined ? {} : { old: state.inputs }),
      ...(isRecord(after) ? { new: after } : {}),
      ...(node === undefined ? {} : { references: referencesOf(node.properties, urnOf) }),
      changed: step?.changed ?? [],
      replaceReasons: step?.replaceReasons ?? [],
      ...nature(type),
      protect: step?.protect ?? state?.protect ?? node?.options.protect ?? false,
    };
  });
}

/** What is there, as compliance looks at it: inputs, outputs and ids from the state. */
export function existingResources(deployment: Deployment | undefined): readonly ExistingResource[] {
  return (deployment?.resources ?? []).filter(isReal).map((resource) => {
    const { urn, type, id, inputs = {}, outputs, propertyDependencies = {} } = resource;
    const references = Object.entries(propertyDependencies).flatMap(([property, urns]) =>
      urns === null || urns.length === 0 ? [] : [[property, urns] as const],
    );
    return {
      urn,
      name: nameOf(urn),
      type,
      new: inputs,
      ...(id === undefined ? {} : { id }),
      ...(outputs === undefined ? {} : { outputs }),
      references: Object.fromEntries(references),
    };
  });
}

/** The same resources for the price tables. */
export function pricedChanges(resources: readonly PlannedResource[]): readonly PricedChange[] {
  return resources.map(({ urn, type, operation, old, new: after }) => ({
    ...(old === undefined ? {} : { before: { urn, type, properties: old } }),
    ...(operation === "delete" || (after === undefined && old === undefined)
      ? {}
      : { after: { urn, type, properties: after ?? old ?? {} } }),
  }));
}

/** True when resources live with a provider configuration (cloud, region) that the plan does not use any more. */
export function movesElsewhere(graph: ResourceGraph | undefined, deployment: Deployment | undefined): boolean {
  if (graph === undefined) return false;
  const used = new Set(graph.packages.map(({ provider }) => provider));
  const present = (deployment?.resources ?? []).filter(({ type }) => type.startsWith("pulumi:providers:"));
  return present.some(({ urn }) => !used.has(nameOf(urn)) && !nameOf(urn).startsWith("default"));
}

/** True for what exists in a cloud: no provider, component or stack, and nothing that only waits for its deletion. */
export function isReal(resource: ResourceState): boolean {
  return resource.custom === true && !resource.type.startsWith("pulumi:") && resource.delete !== true;
}

/** urn:pulumi:STACK::PROJECT::TYPE::NAME */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function operationOf(op: StepOp | undefined, destroys: boolean): ResourceOperation {
  switch (op) {
    case undefined:
      return destroys ? "delete" : "same";
    case "create":
    case "update":
    case "replace":
    case "delete":
    case "read":
    case "import":
    case "same":
      return op;
    case "refresh":
      return "same";
    case "discard":
      return "delete";
  }
}

/** The value as far as it is known before anything is made: NOT_KNOWN for the rest, secrets masked. */
function known(value: Value): unknown {
  switch (value.kind) {
    case "literal":
      return value.secret ? "[secret]" : value.value;
    case "output":
      return NOT_KNOWN;
    case "concat": {
      const parts = value.parts.map(known);
      return parts.includes(NOT_KNOWN)
        ? NOT_KNOWN
        : parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join("");
    }
    case "list":
      return value.items.map(known);
    case "map":
      return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, known(entry)]));
  }
}

function referencesOf(
  properties: Readonly<Record<string, Value>>,
  urnOf: (name: string) => string,
): Readonly<Record<string, readonly string[]>> {
  const found = Object.entries(properties).flatMap(([property, value]) => {
    const urns = [...new Set(nodesOf(value))].map(urnOf);
    return urns.length === 0 ? [] : [[property, urns] as const];
  });
  return Object.fromEntries(found);
}
