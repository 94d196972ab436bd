// `dharma explain`: why an object is as it is, what its reason means, and what to do next.
import {
  blueprints,
  checkStatus,
  conditionOf,
  isReason,
  kinds,
  reasons,
  type Condition,
  type KubeObject,
  type ResourceType,
} from "../api/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { planLines } from "./print-plan.ts";
import { blueprintNamed, runsOf } from "./runs.ts";

interface Judged extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[]; readonly phase?: string };
}

/** Lines about `[KIND/]NAME`; a name alone means a Blueprint. */
export async function explain(
  kube: Kube,
  namespace: string,
  resource: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [kindName, name] = resource.includes("/") ? resource.split("/", 2) : ["blueprint", resource];
  const type = typeNamed(kindName ?? "");
  const object =
    type.kind === blueprints.kind
      ? await blueprintNamed(kube, namespace, name ?? "", signal)
      : await read(kube, type, namespace, name ?? "", signal);
  const lines = [
    `${type.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`.replace(" /", " "),
    "",
    ...conditionLines(object),
  ];
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
    if (status?.health !== undefined) lines.push(...healthLines(status.health));
    const [latest] = await runsOf(kube, blueprint, signal);
    lines.push(
      "",
      "The newest run:",
      ...(latest === undefined ? ["  none yet"] : planLines(latest).map((line) => `  ${line}`)),
    );
  }
  const broken = checkStatus(object);
  if (broken.length > 0)
    lines.push("", "This status breaks its own rules; please report it:", ...broken.map((rule) => `  ${rule}`));
  return lines;
}

function healthLines(health: {
  readonly class: string;
  readonly score?: number;
  readonly reasons?: readonly { readonly message: string }[];
}): readonly string[] {
  return [
    `  health: ${health.class}${health.score === undefined ? "" : `, ${health.score} of 100`}`,
    ...(health.reasons ?? []).map((reason) => `    ${reason.message}`),
  ];
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

function typeNamed(name: string): ResourceType<Judged> {
  const wanted = name.toLowerCase();
  const found = kinds.find(({ type, shortName }) => [type.kind.toLowerCase(), type.plural, shortName].includes(wanted));
  if (found === undefined)
    throw new CommandError(
      `There is no kind ${name}. Known: ${kinds.map(({ type }) => type.kind.toLowerCase()).join(", ")}.`,
    );
  return found.type;
}

async function read(
  kube: Kube,
  type: ResourceType<Judged>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Judged> {
  try {
    return await kube.get(type, type.namespaced ? { namespace, name } : { name }, { signal });
  } catch (error) {
    if (isKubeError(error, "notFound"))
      throw new CommandError(`There is no ${type.kind} ${name}${type.namespaced ? ` in namespace ${namespace}` : ""}.`);
    throw error;
  }
}
