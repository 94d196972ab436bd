// The shipped variant on simulated audit logs that training did not see: other actors, and kinds of attack kept out of it.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AuditInput } from "../../src/inference/features/security-audit.ts";
import { thresholdOf } from "../../src/inference/index.ts";
import { createThreatDetector, threatBaseline } from "../../src/inference/models/security-audit.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { auc } from "./metrics/auc.ts";
import { averagePrecision } from "./metrics/average-precision.ts";
import { recallAtFalsePositiveRate } from "./metrics/recall-at-fpr.ts";

interface Actor {
  readonly service: boolean;
  /** [time, verb, resource, namespace, name, address, agent, code] */
  readonly events: readonly (readonly [number, string, string, string, string, string, string, number])[];
  readonly windows: readonly { readonly now: number; readonly attack: string | null }[];
}

export async function measureAudit(context: ModelContext): Promise<readonly Measurement[]> {
  const session = await context.shipped("audit");
  const model = createThreatDetector(session);
  const baseline = threatBaseline();
  const threshold = thresholdOf(session.manifest, "attack");
  const measure = async (file: string, name: string): Promise<readonly Measurement[]> => {
    const text = await readFile(join(await context.fit(), file), { encoding: "utf8", signal: context.signal });
    const actors: readonly Actor[] = JSON.parse(text);
    const attacked = actors.flatMap(({ windows }) => windows.map(({ attack }) => attack !== null));
    const inputs = actors.flatMap(inputsOf);
    const [given, simple] = await Promise.all(
      [model, baseline].map(async (scorer) =>
        (await scorer.score(inputs, context)).map(({ probability }) => probability),
      ),
    );
    if (given === undefined || simple === undefined) return [];
    const data = `simulated audit logs, ${name}: ${inputs.length} windows, ${attacked.filter(Boolean).length} with an attack`;
    const recall = (scores: readonly number[]): number =>
      recallAtFalsePositiveRate(
        scores.filter((_, index) => attacked[index] !== true),
        scores.filter((_, index) => attacked[index] === true),
        0.05,
      );
    const falseAlarms = given.filter((score, index) => score > threshold && attacked[index] !== true).length;
    const figure = (metric: string, value: number, simpler?: number) =>
      scored("SecurityThreatDetector", "shipped", {
        data,
        metric,
        value,
        unit: "share",
        ...(simpler === undefined ? {} : { baseline: simpler }),
      });
    return [
      figure("AUC", auc(given, attacked), auc(simple, attacked)),
      figure("AP", averagePrecision(given, attacked), averagePrecision(simple, attacked)),
      figure("recall at 5 % false alarms", recall(given), recall(simple)),
      figure("false alarms at the shipped threshold", falseAlarms / attacked.filter((one) => !one).length),
    ];
  };
  return [
    ...(await measure("audit-known.json", "other actors")),
    ...(await measure("audit-new.json", "kinds of attack not trained on")),
  ];
}

function inputsOf({ service, events, windows }: Actor): readonly AuditInput[] {
  const named = events.map(([time, verb, resource, namespace, name, sourceAddress, userAgent, code]) => ({
    time,
    verb,
    resource,
    namespace,
    name,
    sourceAddress,
    userAgent,
    code,
  }));
  return windows.map(({ now }) => ({ service, events: named, now }));
}
