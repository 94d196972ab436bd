// The object a person means by `[KIND/]NAME`.
import { blueprints, type Condition, type Health, kinds, type KubeObject, type ResourceType } from "../api/index.ts";
import { asScored, workloadTypes } from "../controllers/health/workload.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { blueprintNamed } from "./runs.ts";

/** An object of one of our kinds, or a workload in their shape. */
export interface Judged extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly phase?: string;
    readonly health?: Health;
  };
}

export interface Named {
  readonly type: ResourceType;
  readonly object: Judged;
  readonly health: Health | undefined;
}

/** A name alone means a Blueprint. Rejects with CommandError that says what there is. */
export async function resourceNamed(
  kube: Kube,
  namespace: string,
  resource: string,
  signal: AbortSignal,
): Promise<Named> {
  const [kindName = "", name = ""] = resource.includes("/") ? resource.split("/", 2) : ["blueprint", resource];
  const wanted = kindName.toLowerCase();
  const workload = workloadTypes.find(({ kind, plural }) => [kind.toLowerCase(), plural].includes(wanted));
  if (workload !== undefined) {
    const object = asScored(await read(kube, workload, namespace, name, signal));
    return { type: workload, object, health: object.status?.health };
  }
  const type = typeNamed(wanted);
  const object =
    type.kind === blueprints.kind
      ? await blueprintNamed(kube, namespace, name, signal)
      : await read(kube, type, namespace, name, signal);
  return { type, object, health: object.status?.health };
}

function typeNamed(wanted: string): ResourceType<Judged> {
  const found = kinds.find(({ type, shortName }) => [type.kind.toLowerCase(), type.plural, shortName].includes(wanted));
  if (found === undefined)
    throw new CommandError(
      `There is no kind ${wanted}. Known: ${[...kinds.map(({ type }) => type), ...workloadTypes].map(({ kind }) => kind.toLowerCase()).join(", ")}.`,
    );
  return found.type;
}

async function read<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await kube.get(type, type.namespaced ? { namespace, name } : { name }, { signal });
  } catch (error) {
    if (isKubeError(error, "notFound"))
      throw new CommandError(`There is no ${type.kind} ${name}${type.namespaced ? ` in namespace ${namespace}` : ""}.`);
    throw error;
  }
}
