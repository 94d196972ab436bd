// One worker thread that evaluates policies: started when needed, ended when it is late, broken or has grown.
import { Worker } from "node:worker_threads";
import type { Clock } from "../kube/clock.ts";
import type { Bundle } from "./bundle.ts";

export interface WorkerData {
  readonly module: WebAssembly.Module;
  readonly data: Readonly<Record<string, unknown>>;
  readonly maxPages: number;
}

export interface WorkerRequest {
  readonly entrypoint: string;
  /** UTF-8 JSON. */
  readonly input: ArrayBuffer;
}

export type WorkerAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "value"; readonly value: unknown; readonly pages: number }
  | { readonly kind: "failed"; readonly message: string };

/** How an evaluation ended. */
export type Outcome =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "late"; readonly afterMs: number }
  | { readonly kind: "failed"; readonly message: string };

export interface EvaluatorLimits {
  /** An evaluation that takes longer is ended. */
  readonly deadlineMs: number;
  /** Starting the thread and the module; counted apart, it happens once. */
  readonly startMs: number;
  /** Memory pages of 64 KiB past which the instance is replaced (its memory never shrinks). */
  readonly recyclePages: number;
  /** Pages past which an evaluation fails. */
  readonly maxPages: number;
}

/** Evaluates one input at a time; the caller waits for each before it gives the next. Never rejects. */
export class Evaluator {
  readonly #bundle: Bundle;
  readonly #limits: EvaluatorLimits;
  readonly #clock: Clock;
  #worker: Worker | undefined;

  constructor(bundle: Bundle, limits: EvaluatorLimits, clock: Clock) {
    this.#bundle = bundle;
    this.#limits = limits;
    this.#clock = clock;
  }

  async evaluate(entrypoint: string, input: string): Promise<Outcome> {
    const { deadlineMs, startMs, recyclePages } = this.#limits;
    const worker = this.#worker ?? this.#start();
    if (this.#worker === undefined) {
      const started = await this.#next(worker, startMs);
      if (started.kind !== "ready") {
        await worker.terminate();
        return { kind: "failed", message: `the policy module did not start: ${reasonOf(started)}` };
      }
      this.#worker = worker;
    }
    const bytes = Uint8Array.from(Buffer.from(input)).buffer;
    const answered = this.#next(worker, deadlineMs);
    worker.postMessage({ entrypoint, input: bytes } satisfies WorkerRequest, [bytes]);
    const answer = await answered;
    if (answer.kind === "value" && answer.pages <= recyclePages) return { kind: "value", value: answer.value };
    await this.close(); // late, broken, or grown: the next evaluation gets a new instance
    if (answer.kind === "value") return { kind: "value", value: answer.value };
    if (answer.kind === "late") return { kind: "late", afterMs: deadlineMs };
    return { kind: "failed", message: reasonOf(answer) };
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const { module, data } = this.#bundle;
    const workerData: WorkerData = { module, data, maxPages: this.#limits.maxPages };
    const worker = new Worker(new URL("./worker.ts", import.meta.url), {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    worker.on("error", () => undefined); // #next tells the one who waits; without a listener it would end the process
    return worker;
  }

  /** The thread's next message, or how it ended, or that it is late. */
  #next(worker: Worker, limitMs: number): Promise<WorkerAnswer | { readonly kind: "late" }> {
    return new Promise((resolve) => {
      const timer = new AbortController();
      const finish = (answer: WorkerAnswer | { readonly kind: "late" }) => {
        timer.abort();
        worker.off("message", finish).off("error", onError).off("exit", onExit);
        resolve(answer);
      };
      const onError = (error: unknown) => finish({ kind: "failed", message: String(error) });
      const onExit = (code: number) => finish({ kind: "failed", message: `the thread ended with code ${code}` });
      worker.on("message", finish).on("error", onError).on("exit", onExit);
      this.#clock.sleep(limitMs, timer.signal).then(
        () => finish({ kind: "late" }),
        () => undefined, // answered in time
      );
    });
  }
}

function reasonOf(answer: WorkerAnswer | { readonly kind: "late" }): string {
  if (answer.kind === "failed") return answer.message;
  return answer.kind === "late" ? "it took too long" : `unexpected answer ${answer.kind}`;
}
