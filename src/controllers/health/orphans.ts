// What was kept of objects that were deleted while no operator ran: found by its labels. What to delete is decided here.
import { configMaps, type KubeObject } from "../../api/index.ts";
import type { Kube, ListPage } from "../../kube/index.ts";
import type { Informer } from "../../runtime/index.ts";
import { keptLabels, subjectAnnotation } from "./names.ts";

/** What is known of the objects that anything is kept of. */
export interface Present {
  /** Kinds of which every object is known. */
  readonly kinds: ReadonlySet<string>;
  /** Whether these are all kinds of which anything is ever kept. */
  readonly isAll: boolean;
  readonly has: (uid: string) => boolean;
}

/** What is younger may be of an object that a cache has not heard of. */
const minAgeMs = 600_000;

/**
 * Those whose object is certainly gone: it was of a kind of which all objects are known, and none has its uid. The kind is told by any of the things
 * that are kept of the object; where none tells it, it may be of any kind.
 */
export function orphansOf(kept: readonly KubeObject[], present: Present, now: number): readonly KubeObject[] {
  const kinds = new Map<string, string>();
  for (const each of kept) {
    const [kind] = (each.metadata.annotations?.[subjectAnnotation] ?? "").split(" ", 1);
    if (kind !== undefined && kind !== "") kinds.set(uidOf(each), kind);
  }
  return kept.filter((each) => {
    const uid = uidOf(each);
    const kind = kinds.get(uid);
    const isKnown = kind === undefined ? present.isAll : present.kinds.has(kind);
    const age = now - Date.parse(each.metadata.creationTimestamp ?? "");
    return uid !== "" && isKnown && age >= minAgeMs && !present.has(uid);
  });
}

function uidOf({ metadata: { labels = {} } }: KubeObject): string {
  return keptLabels.map((label) => labels[label]).find((uid) => uid !== undefined) ?? "";
}

/** The present by caches: a kind counts once its cache has its first whole state. */
export function presentIn(
  caches: readonly Pick<Informer<KubeObject>, "type" | "hasSynced" | "list">[],
  workloads: "selected" | "none",
): Present {
  const synced = caches.filter(({ hasSynced }) => hasSynced);
  const uids = new Set(synced.flatMap((cache) => cache.list().map(({ metadata }) => metadata.uid ?? "")));
  return {
    kinds: new Set(synced.map(({ type }) => type.kind)),
    isAll: workloads === "selected" && synced.length === caches.length,
    has: (uid) => uids.has(uid),
  };
}

/** Everything that is kept of objects, without its content. */
export async function listKept(
  kube: Pick<Kube, "list">,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const kept: KubeObject[] = [];
  for (const labelSelector of keptLabels) {
    let from: { readonly continueToken?: string } | undefined = {};
    while (from !== undefined) {
      const selection = { namespace, labelSelector, metadataOnly: true, limit: 500, ...from } as const;
      // oxlint-disable-next-line no-await-in-loop -- page after page
      const page: ListPage<KubeObject> = await kube.list(configMaps, { ...selection, signal });
      kept.push(...page.items);
      from = page.continueToken === undefined ? undefined : { continueToken: page.continueToken };
    }
  }
  return kept;
}
