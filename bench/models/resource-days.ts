// Days of use, in two halves: what is known, and what comes after.
import { join } from "node:path";
import { windowSamples } from "../../src/inference/features/resource-window.ts";
import { cellsOf, filesIn, recordsOf, textOf } from "./files.ts";

export interface Day {
  readonly before: Float32Array;
  readonly after: Float32Array;
}

/**
 * The PlanetLab machines that are measured: of the days the training folder does not have; where there are none, of the
 * last third of its days, which the trainer leaves out then.
 */
export async function planetlabDays(data: string, train: string, signal: AbortSignal): Promise<readonly Day[]> {
  const [measured, learnt] = await Promise.all([data, train].map((folder) => machinesByDay(folder, signal)));
  const known = (learnt ?? []).map(shapesOf);
  const heldFrom = known.length - Math.max(1, Math.floor(known.length / 3));
  const places = (measured ?? []).map((machines) => known.findIndex((shapes) => isKnown(machines, shapes)));
  const fresh = places.includes(-1);
  const chosen = (measured ?? []).filter((_, at) => (fresh ? places[at] === -1 : (places[at] ?? 0) >= heldFrom));
  return chosen.flatMap((machines) => machines.flatMap(dayOf));
}

type Machines = readonly (readonly number[])[];

async function machinesByDay(folder: string, signal: AbortSignal): Promise<readonly Machines[]> {
  const paths = await filesIn(join(folder, "planetlab"), /\.csv(\.gz)?$/);
  return Promise.all(paths.map(async (path) => cellsOf(await textOf(path, signal)).map((cells) => cells.map(Number))));
}

/** Moves that make a machine's day unlike all others. */
const tellingMoves = 20;

/** What the machines of a day did, whatever the unit and the order: their ups and downs, where there are enough of them. */
export function shapesOf(machines: Machines): ReadonlySet<string> {
  const moves = machines.map((samples) => samples.map((value, at) => Math.sign(value - (samples[at - 1] ?? value))));
  return new Set(
    moves.filter((each) => each.filter((move) => move !== 0).length >= tellingMoves).map((each) => each.join("")),
  );
}

/** Whether most of a day's machines are among `shapes`: a day the trainer knows is known renamed, reordered and in part. */
export function isKnown(machines: Machines, shapes: ReadonlySet<string>): boolean {
  const own = shapesOf(machines);
  return own.size > 0 && [...own].filter((shape) => shapes.has(shape)).length > own.size / 2;
}

/** How many samples of a pod's memory (one every 57 s) make one of 5 minutes; their mean is taken. */
const podStep = 5;

/** Memory of the pods that were seen for a whole day. */
export async function podDays(data: string, signal: AbortSignal): Promise<readonly Day[]> {
  const paths = await filesIn(join(data, "alibaba-genai"), /^pod_memory.*\.csv(\.gz)?$/);
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
