// A model run in this thread by ONNX Runtime: what the inference thread, the bench and the tests share.
import { InferenceSession, Tensor as OnnxTensor } from "onnxruntime-node";
import { ModelError } from "./errors.ts";
import type { ModelFile } from "./folder.ts";
import type { Manifest, Port } from "./manifest.ts";
import type { ModelSession, Tensors } from "./session.ts";
import type { Tensor } from "./tensor.ts";

/** A session that can be given back. */
export interface OpenModel extends ModelSession {
  close(): Promise<void>;
}

/**
 * Opens a model on one thread. Rejects with ModelError: `Corrupt` when ONNX Runtime can't read it, `WrongShape` when its
 * inputs or outputs are not those of the manifest.
 */
export async function openModel({ manifest, bytes, source }: ModelFile): Promise<OpenModel> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new ModelError("Corrupt", `${source}: ONNX Runtime can't read it: ${messageOf(error)}`, { cause: error });
  }
  const names = (found: readonly string[], asked: readonly Port[], what: string): void => {
    const missing = asked.find(({ name }) => !found.includes(name));
    if (missing !== undefined || found.length !== asked.length)
      throw new ModelError(
        "WrongShape",
        `${source}: its ${what} are ${found.join(", ")}; the manifest says ${asked.map(({ name }) => name).join(", ")}`,
      );
  };
  names(session.inputNames, manifest.inputs, "inputs");
  names(session.outputNames, manifest.outputs, "outputs");
  return {
    manifest,
    async run(inputs, { signal }) {
      signal.throwIfAborted();
      const feeds = feedsOf(manifest, inputs);
      let answer: InferenceSession.OnnxValueMapType;
      try {
        answer = await session.run(feeds);
      } catch (error) {
        throw new ModelError("WrongShape", `${source}: it could not be run: ${messageOf(error)}`, { cause: error });
      }
      return resultsOf(manifest, answer, source);
    },
    close: () => session.release(),
  };
}

function feedsOf(manifest: Manifest, inputs: Tensors): Record<string, OnnxTensor> {
  return Object.fromEntries(
    manifest.inputs.map((port) => {
      const tensor = inputs[port.name];
      if (tensor === undefined)
        throw new ModelError("WrongShape", `${manifest.name}/${manifest.variant} was run without ${port.name}`);
      checkShape(manifest, port, tensor);
      const { data, dims } = tensor;
      return [
        port.name,
        data instanceof Float32Array
          ? new OnnxTensor("float32", data, [...dims])
          : new OnnxTensor("int32", data, [...dims]),
      ];
    }),
  );
}

function resultsOf(manifest: Manifest, answer: InferenceSession.OnnxValueMapType, source: string): Tensors {
  return Object.fromEntries(
    manifest.outputs.map((port) => {
      const value = answer[port.name];
      const data = value?.data;
      if (value === undefined || !(data instanceof Float32Array || data instanceof Int32Array))
        throw new ModelError("WrongShape", `${source}: ${port.name} is ${value?.type ?? "missing"}, not ${port.type}`);
      const tensor = { data, dims: value.dims };
      checkShape(manifest, port, tensor);
      checkValues(manifest, port, tensor);
      return [port.name, tensor];
    }),
  );
}

function checkShape(manifest: Manifest, port: Port, { data, dims }: Tensor): void {
  const type = data instanceof Float32Array ? "float32" : "int32";
  const fits =
    type === port.type &&
    dims.length === port.shape.length &&
    port.shape.every((size, axis) => size === null || size === dims[axis]);
  if (!fits)
    throw new ModelError(
      "WrongShape",
      `${manifest.name}/${manifest.variant}: ${port.name} is ${type}[${dims.join(", ")}], the manifest says ${port.type}[${port.shape.map((size) => size ?? "batch").join(", ")}]`,
    );
}

/** Slack of a range, for rounding in float32. */
const slack = 1e-4;

function checkValues(manifest: Manifest, port: Manifest["outputs"][number], { data }: Tensor): void {
  const [low, high] = port.range ?? [-Infinity, Infinity];
  for (const value of data) {
    if (Number.isFinite(value) && value >= low - slack && value <= high + slack) continue;
    throw new ModelError(
      "BadOutput",
      `${manifest.name}/${manifest.variant}: ${port.name} gave ${value}, allowed is ${low} to ${high}`,
    );
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
