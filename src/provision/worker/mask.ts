// Takes secrets out of everything a worker says.
import type { Value } from "../graph/graph.ts";
import { textOf } from "../graph/resolve.ts";
import type { OperationJob } from "./job.ts";

const HIDDEN = "[secret]";
/** Shorter values would blank ordinary words. */
const SHORTEST = 4;

/** A function that replaces every secret the job knows, however it is escaped in JSON. Longer secrets go first. */
export function createMask(job: OperationJob): (text: string) => string {
  const secrets = new Set<string>(Object.values(job.credentials));
  if (job.backend.kind === "service") secrets.add(job.backend.accessToken);
  else
    for (const secret of [job.backend.passphrase, ...Object.values(job.backend.environment ?? {})]) secrets.add(secret);
  if ("graph" in job.request && job.request.graph !== undefined) {
    const { nodes, outputs } = job.request.graph;
    for (const node of nodes) for (const value of Object.values(node.properties)) collectSecrets(value, secrets);
    for (const value of Object.values(outputs)) collectSecrets(value, secrets);
  }
  const forms = [...secrets].flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const ordered = [...new Set(forms)]
    .filter(({ length }) => length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((masked, secret) => masked.replaceAll(secret, HIDDEN), text);
}

function collectSecrets(value: Value, secrets: Set<string>): void {
  switch (value.kind) {
    case "literal":
      if (value.secret) secrets.add(textOf(value.value));
      return;
    case "output":
      return;
    case "concat":
      for (const part of value.parts) collectSecrets(part, secrets);
      return;
    case "list":
      for (const item of value.items) collectSecrets(item, secrets);
      return;
    case "map":
      for (const entry of Object.values(value.entries)) collectSecrets(entry, secrets);
  }
}
