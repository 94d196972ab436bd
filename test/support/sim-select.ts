// Which objects a list or watch of the simulated API server is about.
import type { KubeObject } from "../../src/api/index.ts";
import type { Selection, WatchEvent } from "../../src/kube/index.ts";
import type { SimObject, SimWrite } from "./sim-storage.ts";

export function selects(selection: Selection, object: KubeObject): boolean {
  const { metadata } = object;
  if (selection.namespace !== undefined && metadata.namespace !== selection.namespace) return false;
  const labels = metadata.labels ?? {};
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
  };
  return matches(selection.labelSelector, labels) && matches(selection.fieldSelector, fields);
}

/** `a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas. */
function matches(selector: string | undefined, values: Readonly<Record<string, string | undefined>>): boolean {
  return (selector ?? "")
    .split(",")
    .filter((term) => term !== "")
    .every((term) => {
      const [, name = "", operator, value] = /^([^=!]+)(==?|!=)(.*)$/.exec(term) ?? [];
      if (operator === "!=") return values[name] !== value;
      if (operator !== undefined) return values[name] === value;
      return term.startsWith("!") ? values[term.slice(1)] === undefined : values[term] !== undefined;
    });
}

/** What a watcher of `selection` is told about a write: an object that leaves the selection is deleted for it. */
export function eventOf(selection: Selection, write: SimWrite): WatchEvent<SimObject> | undefined {
  const before = write.before !== undefined && selects(selection, write.before);
  if (write.after !== undefined && selects(selection, write.after))
    return { kind: before ? "modified" : "added", object: shown(selection, write.after) };
  if (!before || write.before === undefined) return undefined;
  const last = write.after ?? write.before;
  const metadata = { ...last.metadata, resourceVersion: String(write.revision) };
  return { kind: "deleted", object: shown(selection, { ...last, metadata }) };
}

/** A copy for the client, who may change it; without its body where only metadata is asked for. */
export function shown(selection: Selection, object: SimObject): SimObject {
  const { apiVersion, kind, metadata } = object;
  return structuredClone(selection.metadataOnly ? { apiVersion, kind, metadata } : object);
}
