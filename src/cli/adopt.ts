// `dharma adopt`: names existing cloud resources in a Blueprint's spec, so that they are taken over and not made twice.
import { type Blueprint, blueprints } from "../api/index.ts";
import { isKubeError, type Kube } from "../kube/index.ts";
import { CommandError } from "./connect.ts";
import { blueprintNamed } from "./runs.ts";

export interface AdoptRequest {
  readonly name: string;
  /** `COMPONENT.RESOURCE=CLOUD-ID`, or `RESOURCE=CLOUD-ID` for a raw resource. */
  readonly adoptions: readonly string[];
  /** `server`: the API server checks it and stores nothing. */
  readonly dryRun: "none" | "server";
}

/** One resource to take over; `part` is "" for a raw resource. */
interface Adoption {
  readonly owner: string;
  readonly part: string;
  readonly id: string;
}

/** Lines that show the change and what comes next. Nothing else of the spec is touched. */
export async function adopt(
  kube: Kube,
  namespace: string,
  { name, adoptions, dryRun }: AdoptRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const blueprint = await blueprintNamed(kube, namespace, name, signal);
  const wanted = adoptions.map((text) => adoptionOf(text, blueprint));
  const fresh = wanted.filter(({ owner, part, id }) => presentId(blueprint, owner, part) !== id);
  if (fresh.length === 0) return [`Blueprint ${name} names all of these already: nothing to do.`];
  for (const { owner, part, id } of fresh) {
    const present = presentId(blueprint, owner, part);
    if (present !== undefined)
      throw new CommandError(
        `${pathOf(owner, part)} adopts ${present} already, not ${id}: edit the Blueprint if that is wrong.`,
      );
  }
  const key = { namespace: blueprint.metadata.namespace ?? namespace, name };
  try {
    await kube.patch(
      blueprints,
      key,
      { kind: "json", body: patchOf(blueprint, fresh) },
      { fieldManager: "dharma-adopt", dryRun: dryRun === "server", signal },
    );
  } catch (error) {
    if (isKubeError(error, "conflict", "forbidden", "invalid")) throw new CommandError(error.message);
    throw error;
  }
  return [
    ...fresh.flatMap(diffOf),
    "",
    dryRun === "server"
      ? `Blueprint ${name} would be changed so (dry run).`
      : `Blueprint ${name} is changed. The operator makes a plan that imports; when it wants approval: dharma plan ${name} -n ${namespace}`,
    "Adopted resources stay in the cloud when the Blueprint is deleted, unless options.deletionPolicy says Destroy.",
    "Where the Blueprint comes from Git, put the same lines there.",
  ];
}

/** `net.vpc=vpc-0abc`: the id may hold anything, also `=`. */
function adoptionOf(text: string, { spec }: Blueprint): Adoption {
  const [path = "", ...rest] = text.split("=");
  const id = rest.join("=").trim();
  const [owner = "", ...parts] = path.split(".");
  const part = parts.join(".");
  if (owner === "" || id === "")
    throw new CommandError(`${text}: say COMPONENT.RESOURCE=CLOUD-ID, or NAME=CLOUD-ID for a raw resource.`);
  const components = (spec.components ?? []).map((each) => each.name);
  const resources = (spec.resources ?? []).map((each) => each.name);
  if (components.includes(owner)) {
    if (part === "")
      throw new CommandError(
        `${owner} is a component: say which of its resources, as in ${owner}.RESOURCE=${id} (dharma plan lists them as ${owner}-RESOURCE).`,
      );
    return { owner, part, id };
  }
  if (!resources.includes(owner)) {
    const known = [...components, ...resources].join(", ");
    throw new CommandError(`The Blueprint has no component or resource ${owner}. It has: ${known}.`);
  }
  if (part !== "") throw new CommandError(`${owner} is a raw resource, without parts: say ${owner}=${id}.`);
  return { owner, part, id };
}

function presentId({ spec }: Blueprint, owner: string, part: string): string | undefined {
  const component = spec.components?.find(({ name }) => name === owner);
  if (component !== undefined) return component.options?.import?.[part];
  return spec.resources?.find(({ name }) => name === owner)?.options?.import;
}

/** RFC 6902: nothing but the ids, and only if each place is still what was looked at. */
function patchOf({ spec }: Blueprint, fresh: readonly Adoption[]): readonly object[] {
  const seen = new Set<string>();
  return fresh.flatMap(({ owner, part, id }) => {
    const list = part === "" ? "resources" : "components";
    const members: readonly { readonly name: string; readonly options?: object }[] = spec[list] ?? [];
    const index = members.findIndex(({ name }) => name === owner);
    const at = `/spec/${list}/${index}`;
    const options = members[index]?.options;
    const operations: object[] = [{ op: "test", path: `${at}/name`, value: owner }];
    if (options === undefined && !seen.has(at)) operations.push({ op: "add", path: `${at}/options`, value: {} });
    const bare = options === undefined || !("import" in options);
    if (part !== "" && bare && !seen.has(at)) operations.push({ op: "add", path: `${at}/options/import`, value: {} });
    seen.add(at);
    const place = part === "" ? "" : `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [...operations, { op: "add", path: `${at}/options/import${place}`, value: id }];
  });
}

function diffOf({ owner, part, id }: Adoption): readonly string[] {
  return part === ""
    ? [`  resources[${owner}].options:`, `+   import: ${id}`]
    : [`  components[${owner}].options:`, `+   import: { ${part}: ${id} }`];
}

function pathOf(owner: string, part: string): string {
  return part === "" ? owner : `${owner}.${part}`;
}
