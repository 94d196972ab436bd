// ADFA-LD: attacks among normal validation traces, judged by normal training traces alone.
import { join } from "node:path";
import type { SyscallTrace } from "../../src/inference/features/security-syscalls.ts";
import { createTraceJudge, traceBaseline } from "../../src/inference/models/security-syscalls.ts";
import type { Measurement } from "../measurement.ts";
import { type ModelContext, scored } from "./bench.ts";
import { filesIn, textOf } from "./files.ts";
import { auc } from "./metrics/auc.ts";

export async function measureSyscalls(context: ModelContext): Promise<readonly Measurement[]> {
  const normal = await tracesIn(context.data, "Validation", context.signal);
  const attacks = await tracesIn(context.data, "Attack", context.signal);
  const session = normal.length === 0 || attacks.length === 0 ? undefined : await context.fitted("syscalls");
  if (session === undefined) {
    const lacking =
      normal.length === 0 ? "no validation traces" : attacks.length === 0 ? "no attacks" : "no training traces";
    context.tell(`adfa-ld is not measured: it has ${lacking}`);
    return [];
  }
  const batch = [...normal, ...attacks];
  const attack = batch.map((_, index) => index >= normal.length);
  const judges = [createTraceJudge(session), traceBaseline(await tracesIn(context.train, "Training", context.signal))];
  const [model = Number.NaN, baseline = Number.NaN] = await Promise.all(
    judges.map(async (judge) =>
      auc(
        (await judge.score(batch, context)).map(({ oddness }) => oddness),
        attack,
      ),
    ),
  );
  return [
    scored(
      "SecurityThreatDetector",
      "fitted",
      {
        data: `ADFA-LD, learnt from normal training traces: ${normal.length} normal validation traces, ${attacks.length} attacks`,
        metric: "AUC of attacks, none of them learnt",
        value: model,
        unit: "share",
        baseline,
        published: 0.928,
      },
      { kind: "atLeast", value: 0.9 },
    ),
  ];
}

/** Traces whose class path begins with `kind`; lines that are no trace are passed over. */
async function tracesIn(folder: string, kind: string, signal: AbortSignal): Promise<readonly SyscallTrace[]> {
  const files = await filesIn(join(folder, "adfa-ld"), /^traces.*\.csv(\.gz)?$/);
  const texts = await Promise.all(files.map((file) => textOf(file, signal)));
  return texts
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.startsWith(kind))
    .map((line) => line.slice(line.indexOf(",") + 1).trim())
    .filter((calls) => /^\d+( \d+)*$/.test(calls))
    .map((calls) => calls.split(" ").map(Number));
}
