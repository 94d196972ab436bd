// Everything of one type, page by page.
import type { KubeObject, ResourceType } from "../api/index.ts";
import type { Kube } from "../kube/index.ts";

const pageSize = 500;

/** All objects of a type; of every namespace where `namespace` is "". */
export async function every<T extends KubeObject>(
  kube: Kube,
  type: ResourceType<T>,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly T[]> {
  const found: T[] = [];
  let continueToken: string | undefined;
  do {
    // oxlint-disable-next-line no-await-in-loop -- each page names the next
    const page = await kube.list(type, {
      ...(namespace === "" ? {} : { namespace }),
      ...(continueToken === undefined ? {} : { continueToken }),
      limit: pageSize,
      signal,
    });
    found.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined && continueToken !== "");
  return found;
}
