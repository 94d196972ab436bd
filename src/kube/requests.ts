// What the options of a call become in its query and body.
import type { DeleteOptions, Selection, WatchOptions, WriteOptions } from "./kube.ts";
import { query } from "./paths.ts";

export function selectors(selection: Selection) {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector };
}

export function pageOf(options: {
  limit?: number;
  continueToken?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
}) {
  return {
    limit: options.limit,
    continue: options.continueToken,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  };
}

export function watchQuery(options: WatchOptions) {
  return {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: options.resourceVersion,
    timeoutSeconds: options.timeoutSeconds,
    ...(options.sendInitialEvents && { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }),
  };
}

export function writeQuery(
  options: Pick<WriteOptions, "fieldManager" | "dryRun"> & { readonly force?: boolean },
): string {
  return query({
    fieldManager: options.fieldManager,
    force: options.force,
    dryRun: options.dryRun ? "All" : undefined,
  });
}

export function deleteBody(options: DeleteOptions): object {
  const preconditions = {
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.resourceVersion !== undefined && { resourceVersion: options.resourceVersion }),
  };
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(Object.keys(preconditions).length > 0 && { preconditions }),
    ...(options.propagation !== undefined && { propagationPolicy: options.propagation }),
    ...(options.gracePeriodSeconds !== undefined && { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.dryRun && { dryRun: ["All"] }),
  };
}
