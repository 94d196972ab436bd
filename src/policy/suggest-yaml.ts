// A suggestion as a YAML document to review: what it says, what it rests on, and what to merge.
import { Document } from "yaml";
import type { Suggestion } from "./suggest-mined.ts";

/** One YAML document, with its `---`. It is no Kubernetes object: nothing applies it. */
export function suggestionYaml({ kind, name, title, evidence, change, settings }: Suggestion): string {
  const document = new Document({
    suggestion: kind,
    name,
    title,
    evidence,
    ...(change === undefined ? {} : { change }),
    ...(settings === undefined ? {} : { settings }),
  });
  document.commentBefore = ` ${title}.`;
  const merge = document.get("settings", true);
  const comment =
    kind === "Exception"
      ? " To merge into settings.yaml of the policy settings, with owner and reason filled in: empty ones are refused."
      : " To merge into settings.yaml of the policy settings after a look at each value.";
  if (merge !== undefined && typeof merge === "object" && merge !== null) Reflect.set(merge, "commentBefore", comment);
  return `---\n${document.toString({ lineWidth: 120 })}`;
}
