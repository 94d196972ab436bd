// SecurityThreatDetector, variants `connections*`: is a network connection an attack.
import { connectionRow, type ConnectionRecord } from "../features/security-connection.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { evenBatches } from "../model/even-batches.ts";
import { matrix } from "../model/tensor.ts";

/** Above `threshold` of the manifest's `attack` it is taken for one. */
export interface ConnectionJudgement {
  readonly probability: number;
}

/** Known attacks by trees, new ones by how unlike they are to normal connections. Throws ModelError `Corrupt`. */
export function createConnectionJudge(session: ModelSession): Scorer<ConnectionRecord, ConnectionJudgement> {
  return judge(session, "probability");
}

/** The trees alone: the graph's second output. */
export function connectionBaseline(session: ModelSession): Scorer<ConnectionRecord, ConnectionJudgement> {
  return judge(session, "baseline");
}

function judge(
  session: ModelSession,
  output: "probability" | "baseline",
): Scorer<ConnectionRecord, ConnectionJudgement> {
  const { manifest } = session;
  const words = wordsOf(session);
  const even = evenBatches(session, 64);
  return {
    model: {
      name: `${manifest.name}/${manifest.variant}${output === "baseline" ? "/trees" : ""}`,
      version: manifest.version,
    },
    async score(batch, { signal }) {
      if (batch.length === 0) return [];
      const rows = batch.map((record) => connectionRow(record, words));
      const given = await even.run({ features: matrix(rows, manifest.features.length) }, { signal });
      return Array.from(given[output]?.data ?? [], (probability) => ({ probability }));
    },
  };
}

function wordsOf({ manifest: { name, variant, scalers } }: ModelSession): readonly (readonly string[])[] {
  const words = scalers["words"];
  if (!Array.isArray(words) || !words.every((known) => Array.isArray(known)))
    throw new ModelError("Corrupt", `${name}/${variant} does not say which words it knows`);
  return words.map((known: readonly unknown[]) => known.map(String));
}
