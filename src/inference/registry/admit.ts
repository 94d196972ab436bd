// Whether a model file may be used: everything that can be told before it scores anything.
import type { ModelHost } from "../host/host.ts";
import { ModelError } from "../model/errors.ts";
import type { ModelFile } from "../model/folder.ts";
import type { OpenModel } from "../model/open.ts";
import type { Tensors } from "../model/session.ts";
import { type ModelInterface, interfaceProblem } from "./interface.ts";
import { checkOnnxFile } from "./onnx-file.ts";
import { oneRow, typicalRows, withNaN, zeros } from "./probe-inputs.ts";
import { checkParity, readSamples } from "./samples.ts";

export interface AdmitOptions {
  /** Runs files nobody has run before: in processes, which can be killed. */
  readonly probe: ProbeHost;
  /** What the slot takes and gives. */
  readonly expected: ModelInterface;
  /** Inputs in which NaN may stand. */
  readonly mayBeAbsent: readonly string[];
  readonly maxBytes: number;
  /** Processor time of a batch of 256 rows, p99; Infinity: not measured, for what was measured when it was built in. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
}

/** A host that tells what its batches took. */
export interface ProbeHost {
  readonly host: Pick<ModelHost, "open">;
  /** Processor time of the last batch, milliseconds. */
  readonly lastCpuMs: () => number;
}

export interface Admission {
  /** Processor time of a batch of 256 rows, p99, milliseconds; undefined: not measured. */
  readonly p99Ms: number | undefined;
}

const timedRows = 256;
const warmUps = 3;
const timedRuns = 100;
/** Milliseconds of processor time after which fewer runs are enough. */
const enoughMs = 1_000;

/**
 * Resolves when the file is good: its digest and manifest are known to be (`modelFile`), its interface is the slot's, it
 * gives finite values within their ranges for zeros, typical rows and, where allowed, NaN; the same for a row alone and in
 * a batch; what its trainer gave for its samples; and all of it fast enough. Rejects with ModelError, or
 * with the signal's reason.
 */
export async function admit(file: ModelFile, options: AdmitOptions): Promise<Admission> {
  const { manifest, bytes, source } = file;
  if (bytes.length > options.maxBytes)
    throw new ModelError(
      "NotAllowed",
      `${source}/model.onnx has ${bytes.length} bytes: at most ${options.maxBytes} are run`,
    );
  if (manifest.origin !== "shipped")
    throw new ModelError("NotAllowed", `${source} was fitted for measuring only: train it as a shipped variant`);
  const problem = interfaceProblem(options.expected, manifest);
  if (problem !== undefined)
    throw new ModelError("WrongShape", `${source}: ${problem}: train it for ${manifest.name}/${manifest.variant}`);
  checkOnnxFile(file);
  const samples = file.samples === undefined ? undefined : readSamples(file.samples, manifest, source);
  const { signal } = options;
  const model = await options.probe.host.open(file, { signal });
  try {
    await model.run(zeros(manifest, 1), { signal });
    const typical = typicalRows(manifest, timedRows, samples);
    await checkAlone(model, typical, await model.run(typical, { signal }), options);
    for (const name of options.mayBeAbsent) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      await model.run(withNaN(typical, name), { signal });
    }
    if (samples !== undefined)
      checkParity(
        samples.outputs,
        await model.run(samples.inputs, { signal }),
        `${source} differs from its samples.json`,
      );
    if (options.maxMs === Infinity) return { p99Ms: undefined };
    const p99Ms = await timed(model, typical, options);
    if (p99Ms > options.maxMs)
      throw new ModelError(
        "TooSlow",
        `${source} takes ${p99Ms.toFixed(1)} ms (p99) for ${timedRows} rows: at most ${options.maxMs} ms are allowed; make it smaller`,
      );
    return { p99Ms };
  } finally {
    await model.close();
  }
}

/** Things are scored together that have nothing to do with each other. */
async function checkAlone(
  model: OpenModel,
  inputs: Tensors,
  together: Tensors,
  { signal }: AdmitOptions,
): Promise<void> {
  for (const row of [0, timedRows - 1]) {
    // oxlint-disable-next-line no-await-in-loop -- two single rows
    const alone = await model.run(oneRow(inputs, row), { signal });
    checkParity(
      oneRow(together, row),
      alone,
      `${model.manifest.name}/${model.manifest.variant} gives a row another value in a batch than alone`,
    );
  }
}

/** p99 of the runs: all but one are as fast. Two that are too slow decide it, and no more are waited for. */
async function timed(model: OpenModel, inputs: Tensors, { probe, maxMs, signal }: AdmitOptions): Promise<number> {
  const taken: number[] = [];
  for (let count = 0; count < warmUps + timedRuns; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one batch after the other
    await model.run(inputs, { signal });
    if (count >= warmUps) taken.push(probe.lastCpuMs());
    const spent = taken.reduce((sum, ms) => sum + ms, 0);
    if (taken.filter((ms) => ms > maxMs).length > 1 || (spent > enoughMs && taken.length > 2)) break;
  }
  return taken.toSorted((a, b) => b - a)[1] ?? 0;
}
