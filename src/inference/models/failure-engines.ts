// FailurePredictor, variants `engines*`: how many cycles a machine has left, from its sensors so far.
import { engineRow, type SensorCycles } from "../features/failure-engine.ts";
import { ModelError } from "../model/errors.ts";
import { evenBatches } from "../model/even-batches.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

/** Cycles left, at most as many as the model was taught to tell apart (125). */
export interface CyclesLeft {
  readonly cycles: number;
}

/** Throws ModelError `Corrupt` where the manifest does not say which sensors are read. */
export function createEnginePredictor(session: ModelSession): Scorer<SensorCycles, CyclesLeft> {
  return engineScorer(session, "cycles");
}

/** The ridge regression that was fitted with the model: the graph's second output. */
export function engineBaseline(session: ModelSession): Scorer<SensorCycles, CyclesLeft> {
  return engineScorer(session, "baseline");
}

function engineScorer(session: ModelSession, output: "cycles" | "baseline"): Scorer<SensorCycles, CyclesLeft> {
  const { manifest } = session;
  const sensors = sensorsOf(session);
  const even = evenBatches(session, 32);
  return {
    model: {
      name: `${manifest.name}/${manifest.variant}${output === "baseline" ? "/ridge" : ""}`,
      version: manifest.version,
    },
    async score(batch, { signal }) {
      if (batch.length === 0) return [];
      const rows = batch.map((cycles) => engineRow(cycles, sensors));
      const given = await even.run({ features: matrix(rows, manifest.features.length) }, { signal });
      return Array.from(given[output]?.data ?? [], (cycles) => ({ cycles }));
    },
  };
}

function sensorsOf({ manifest: { name, variant, scalers } }: ModelSession): readonly number[] {
  const sensors = scalers["sensors"];
  if (!Array.isArray(sensors))
    throw new ModelError("Corrupt", `${name}/${variant} does not say which sensors it reads`);
  return sensors.map(Number);
}
