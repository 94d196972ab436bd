// SecurityThreatDetector, variant `syscalls`: how unlike what a process does is to what was normal.
import { runCounts, runsOf, type SyscallTrace } from "../features/security-syscalls.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelSession, Scorer } from "../model/session.ts";
import { matrix } from "../model/tensor.ts";

/** 0: as a normal trace; 1: nothing in common with any. */
export interface TraceOddness {
  readonly oddness: number;
}

const lengths = { pairs: 2, triples: 3 } as const;
/** Traces a run: their counts are wide. */
const tracesARun = 32;

/** By the nearest normal trace. Throws ModelError `Corrupt` where the manifest does not say which runs are known. */
export function createTraceJudge(session: ModelSession): Scorer<SyscallTrace, TraceOddness> {
  const { manifest } = session;
  const pairs = placesOf(session, "pairs");
  const triples = placesOf(session, "triples");
  const rowsOf = (traces: readonly SyscallTrace[], length: number, places: ReadonlyMap<string, number>) =>
    matrix(
      traces.map((trace) => runCounts(trace, length, places)),
      places.size + 1,
    );
  return {
    model: { name: `${manifest.name}/${manifest.variant}`, version: manifest.version },
    async score(batch, { signal }) {
      const given: TraceOddness[] = [];
      for (let from = 0; from < batch.length; from += tracesARun) {
        const traces = batch.slice(from, from + tracesARun);
        const inputs = {
          pairs: rowsOf(traces, lengths.pairs, pairs),
          triples: rowsOf(traces, lengths.triples, triples),
        };
        // oxlint-disable-next-line no-await-in-loop -- the counts of all traces at once would not fit
        const { oddness } = await session.run(inputs, { signal });
        for (const value of oddness?.data ?? []) given.push({ oddness: value });
      }
      return given;
    },
  };
}

/** Share of a trace's runs of six calls that no normal trace has; 0 for a shorter trace. */
export function traceBaseline(normal: readonly SyscallTrace[]): Scorer<SyscallTrace, TraceOddness> {
  const known = new Set(normal.flatMap((trace) => runsOf(trace, 6)));
  return {
    model: { name: "SecurityThreatDetector/unseen-runs", version: "1.0.0" },
    score: async (batch, { signal }) => {
      signal.throwIfAborted();
      return batch.map((trace) => {
        const runs = runsOf(trace, 6);
        return { oddness: runs.filter((run) => !known.has(run)).length / Math.max(1, runs.length) };
      });
    },
  };
}

function placesOf({ manifest }: ModelSession, name: keyof typeof lengths): ReadonlyMap<string, number> {
  const { known } = manifest.scalers;
  const runs: unknown = typeof known === "object" && known !== null ? Reflect.get(known, name) : undefined;
  if (!Array.isArray(runs))
    throw new ModelError("Corrupt", `${manifest.name}/${manifest.variant} does not say which ${name} it knows`);
  return new Map(runs.map((run, at) => [String(run), at]));
}
