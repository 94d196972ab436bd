// Worker thread: holds one instance of the policy module and evaluates what it is sent, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import { hostBuiltins } from "./builtins.ts";
import type { WorkerAnswer, WorkerData, WorkerRequest } from "./evaluator.ts";

const PAGE_BYTES = 64 * 1024;

async function serve(data: WorkerData): Promise<void> {
  if (parentPort === null) throw new Error("worker.ts runs in a worker thread");
  const port = parentPort;
  const policy = await loadPolicy(data.module, { initial: 8, maximum: data.maxPages }, hostBuiltins);
  policy.setData(data.data);
  port.on("message", (request: WorkerRequest) => port.postMessage(answer(policy, request)));
  port.postMessage({ kind: "ready" } satisfies WorkerAnswer);
}

function answer(policy: LoadedPolicy, request: WorkerRequest): WorkerAnswer {
  try {
    const value: unknown = policy.evaluate(request.input, request.entrypoint);
    return { kind: "value", value, pages: policy.mem.buffer.byteLength / PAGE_BYTES };
  } catch (thrown) {
    return { kind: "failed", message: messageOf(thrown) };
  }
}

/** The SDK throws strings and plain objects as well as errors. */
function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown === "object" && thrown !== null) return String(Reflect.get(thrown, "message"));
  return String(thrown);
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a structured clone of what evaluator.ts passed
await serve(workerData as WorkerData);
