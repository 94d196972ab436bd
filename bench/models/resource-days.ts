// Days of use, in two halves: what is known, and what comes after.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { windowSamples } from "../../src/inference/features/resource-window.ts";
import { cellsOf, filesIn, recordsOf, textOf } from "./files.ts";

export interface Day {
  readonly before: Float32Array;
  readonly after: Float32Array;
}

const files = /\.csv(\.gz)?$/;

/**
 * The PlanetLab machines that are measured: of the days the training folder does not have; where there are none, of the
 * last third of its days, which the trainer leaves out then.
 */
export async function planetlabDays(data: string, train: string, signal: AbortSignal): Promise<readonly Day[]> {
  const digestsOf = async (folder: string): Promise<readonly (readonly [path: string, digest: string])[]> =>
    Promise.all(
      (await filesIn(join(folder, "planetlab"), files)).map(
        async (path) =>
          [
            path,
            createHash("sha256")
              .update(await readFile(path, { signal }))
              .digest("hex"),
          ] as const,
      ),
    );
  const [measured, learnt] = await Promise.all([digestsOf(data), digestsOf(train)]);
  const known = learnt.map(([, digest]) => digest);
  const fresh = measured.filter(([, digest]) => !known.includes(digest));
  const held = new Set(known.slice(known.length - Math.max(1, Math.floor(known.length / 3))));
  const chosen = fresh.length > 0 ? fresh : measured.filter(([, digest]) => held.has(digest));
  const texts = await Promise.all(chosen.map(([path]) => textOf(path, signal)));
  return texts.flatMap((text) => cellsOf(text).flatMap((cells) => dayOf(cells.map(Number))));
}

/** How many samples of a pod's memory (one every 57 s) make one of 5 minutes; their mean is taken. */
const podStep = 5;

/** Memory of the pods that were seen for a whole day. */
export async function podDays(data: string, signal: AbortSignal): Promise<readonly Day[]> {
  const paths = await filesIn(join(data, "alibaba-genai"), files);
  const texts = await Promise.all(paths.map((path) => textOf(path, signal)));
  return texts.flatMap((text) => {
    const pods = Map.groupBy(recordsOf(text), (row) => row["container_ip"] ?? "");
    return [...pods.values()].flatMap((rows) => {
      const values = rows
        .map((row) => [Number(row["timestamp_anon"]), Number(row["value"])] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, value]) => value);
      const samples = Array.from({ length: Math.floor(values.length / podStep) }, (_, at) => {
        const part = values.slice(at * podStep, (at + 1) * podStep);
        return part.reduce((sum, value) => sum + value, 0) / podStep;
      });
      return dayOf(samples);
    });
  });
}

/** None where a sample is missing or there are too few. */
export function dayOf(samples: readonly number[]): readonly Day[] {
  const day = samples.slice(0, 2 * windowSamples);
  if (day.length < 2 * windowSamples || !day.every((value) => Number.isFinite(value) && value >= 0)) return [];
  return [
    { before: Float32Array.from(day.slice(0, windowSamples)), after: Float32Array.from(day.slice(windowSamples)) },
  ];
}
