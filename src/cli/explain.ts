// `dharma explain`: why an object is as it is, what its reason means, and what to do next.
import { blueprints, checkStatus, conditionOf, isReason, kindNamed, reasons, type Condition } from "../api/index.ts";
import type { Kube } from "../kube/index.ts";
import { healthLines, type HealthRequest } from "./explain-health.ts";
import { planLines } from "./print-plan.ts";
import { type Judged, resourceNamed } from "./resource.ts";
import { blueprintNamed, runsOf } from "./runs.ts";

/** Lines about `[KIND/]NAME`; a name alone means a Blueprint. */
export async function explain(
  kube: Kube,
  namespace: string,
  { resource, ...request }: HealthRequest & { readonly resource: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { type, object, health } = await resourceNamed(kube, namespace, resource, signal);
  const lines = [
    `${type.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`.replace(" /", " "),
    "",
    ...conditionLines(object),
  ];
  lines.push(...(await healthLines(kube, object, health, request, signal)));
  if (type.kind === blueprints.kind) {
    const blueprint = await blueprintNamed(kube, namespace, object.metadata.name, signal);
    const { status } = blueprint;
    if (status?.cloud?.identity !== undefined) lines.push(`  cloud: ${status.cloud.identity}`);
    if (status?.cost !== undefined)
      lines.push(
        `  cost: ${status.cost.monthly} ${status.cost.currency} a month${(status.cost.unknownCount ?? 0) > 0 ? `, without ${status.cost.unknownCount} of unknown price` : ""}`,
      );
    if (status?.drift !== undefined)
      lines.push(
        `  drift: ${status.drift.driftedResources ?? 0} resources, looked at ${status.drift.lastCheckTime ?? "never"}`,
      );
    const [latest] = await runsOf(kube, blueprint, signal);
    lines.push(
      "",
      "The newest run:",
      ...(latest === undefined ? ["  none yet"] : planLines(latest).map((line) => `  ${line}`)),
    );
  }
  const broken = kindNamed(type.kind) === undefined ? [] : checkStatus(object);
  if (broken.length > 0)
    lines.push("", "This status breaks its own rules; please report it:", ...broken.map((rule) => `  ${rule}`));
  return lines;
}

function conditionLines(object: Judged): readonly string[] {
  const conditions = object.status?.conditions ?? [];
  const ready = conditionOf(conditions, "Ready");
  if (ready === undefined)
    return ["  The operator has not looked at it yet. Is it running? kubectl get pods -n dharma-system"];
  const phase = object.status?.phase;
  const others = conditions.filter((condition) => condition.type !== "Ready");
  return [
    `  Ready is ${ready.status}${phase === undefined ? "" : `, phase ${phase}`}, since ${ready.lastTransitionTime}`,
    ...reasonLines(ready),
    ...others.flatMap((condition) => [
      `  ${condition.type} is ${condition.status}${condition.reason === ready.reason ? "" : `: ${condition.reason}, ${condition.message}`}`,
    ]),
  ];
}

function reasonLines(condition: Condition): readonly string[] {
  const known = isReason(condition.reason) ? reasons[condition.reason] : undefined;
  return [
    `  ${condition.reason}: ${condition.message}`,
    ...(known === undefined ? [] : [`    it means:   ${known.meaning}`, `    what next:  ${known.action}`]),
  ];
}
